#pragma once
#include <algorithm>

#include "vocabulary/time.h"

namespace chroom::streams {

// Turns many wishes for a key frame of one encoding into few requests: one in flight at a time, at least kMinInterval
// apart, repeated with growing pauses (at most kMaxInterval) until a key frame comes. Sans-IO.
class KeyFrameThrottle {
 public:
  static constexpr Duration kMinInterval = std::chrono::milliseconds(500);
  static constexpr Duration kMaxInterval = std::chrono::milliseconds(4000);

  // Somebody needs a key frame that begins after now. False: the wish joins a request that is under way.
  bool want(Instant now) {
    if (wanted_) return false;
    wanted_ = true;
    interval_ = kMinInterval;
    due_at_ = asked_once_ ? std::max(now, asked_at_ + kMinInterval) : now;
    return true;
  }

  void on_key_frame() {
    wanted_ = false;
    due_at_ = kNever;
  }

  // The sender is muted or gone: whoever still needs a key frame asks again later.
  void cancel() { on_key_frame(); }

  // True when a request (PLI or FIR) is to be sent at this moment.
  bool take_due(Instant now) {
    if (!wanted_ || now < due_at_) return false;
    asked_once_ = true;
    asked_at_ = now;
    due_at_ = now + interval_;
    interval_ = std::min(interval_ * 2, kMaxInterval);
    return true;
  }

  bool wanted() const { return wanted_; }
  Instant next_deadline() const { return due_at_; }

 private:
  bool wanted_ = false;
  bool asked_once_ = false;
  Instant asked_at_{};
  Instant due_at_ = kNever;
  Duration interval_ = kMinInterval;
};

}  // namespace chroom::streams
