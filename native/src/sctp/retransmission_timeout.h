#pragma once
#include <algorithm>

#include "vocabulary/time.h"

namespace chroom::sctp {

// The retransmission timeout from round trip samples (RFC 9260, section 6.3.1, as RFC 6298), with doubling.
class RetransmissionTimeout {
 public:
  RetransmissionTimeout(Duration initial, Duration min, Duration max) : min_(min), max_(max), rto_(initial) {}

  void add_sample(Duration rtt) {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = std::max(rtt, Duration(1));
      variation_ = rtt / 2;
    } else {
      const Duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
      variation_ = (variation_ * 3 + error) / 4;
      smoothed_ = std::max((smoothed_ * 7 + rtt) / 8, Duration(1));
    }
    rto_ = std::clamp(smoothed_ + 4 * variation_, min_, max_);
  }
  void back_off() { rto_ = std::min(rto_ * 2, max_); }

  Duration value() const { return rto_; }
  // Zero before the first sample.
  Duration smoothed() const { return smoothed_; }

 private:
  Duration min_;
  Duration max_;
  Duration rto_;
  Duration smoothed_{0};
  Duration variation_{0};
};

}  // namespace chroom::sctp
