#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "vocabulary/time.h"

namespace chroom::router {

// How fast packets may leave for one receiver: a token bucket that holds kBurst of its rate. A frame that fits leaves in
// one go; what is larger follows in spaced runs. Debt is allowed for one packet, so a rate is kept whatever the sizes.
// The rate is the congestion controller's to set; until then it is one that holds nobody back. Sans-IO.
class Pacer {
 public:
  // More than a receiver's network card takes: nothing is counted and nothing waits.
  static constexpr uint64_t kUnpacedBps = 10'000'000'000;
  static constexpr uint64_t kMinBps = 30'000;
  static constexpr Duration kBurst = std::chrono::milliseconds(40);
  // What leaves together after the first burst: as much as the kernel cuts in one call, or what this time is worth.
  static constexpr size_t kMaxSpacedPackets = 16;
  static constexpr Duration kSpacing = std::chrono::milliseconds(5);

  bool paces() const { return rate_bps_ < kUnpacedBps; }
  uint64_t rate_bps() const { return rate_bps_; }

  // The bucket of a new rate is full when nothing was paced before, else keeps its share.
  void set_rate(uint64_t rate_bps, Instant now) {
    const bool began = paces();
    refill(now);
    rate_bps_ = std::clamp(rate_bps, kMinBps, kUnpacedBps);
    budget_bytes_ = began ? std::min(budget_bytes_, burst_bytes()) : burst_bytes();
    refilled_at_ = now;
  }

  bool may_send(Instant now) {
    refill(now);
    return budget_bytes_ > 0;
  }
  void on_sent(size_t bytes) { budget_bytes_ -= static_cast<int64_t>(bytes); }

  // When `bytes`, which wait, or a spacing's worth of them may leave.
  Instant ready_at(size_t bytes) const {
    const int64_t wanted = std::clamp<int64_t>(static_cast<int64_t>(bytes), 1, std::max<int64_t>(worth(kSpacing), 1));
    const int64_t missing = wanted - budget_bytes_;
    if (missing <= 0) return refilled_at_;
    return refilled_at_ + Duration((missing * 8'000'000 + rate() - 1) / rate());
  }

 private:
  int64_t rate() const { return static_cast<int64_t>(rate_bps_); }
  int64_t worth(Duration time) const { return rate() * time.count() / 8'000'000; }
  int64_t burst_bytes() const { return worth(kBurst); }

  void refill(Instant now) {
    // A bucket is full after kBurst and its debt; longer is no different, and would only overflow.
    const Duration elapsed = std::clamp<Duration>(now - refilled_at_, Duration{0}, std::chrono::seconds(10));
    const int64_t earned = worth(elapsed);
    if (earned == 0) return;  // Too little yet for a byte: the time goes on counting.
    budget_bytes_ = std::min(budget_bytes_ + earned, burst_bytes());
    // What is left of a byte goes on counting, too.
    refilled_at_ = budget_bytes_ < burst_bytes() ? now - (elapsed - Duration(earned * 8'000'000 / rate())) : now;
  }

  uint64_t rate_bps_ = kUnpacedBps;
  int64_t budget_bytes_ = 0;
  Instant refilled_at_{};
};

}  // namespace chroom::router
