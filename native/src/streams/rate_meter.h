#pragma once
#include <array>
#include <cstdint>

#include "vocabulary/time.h"

namespace chroom::streams {

// Sum of what was counted in about the last second, in ten buckets of 100 ms. Constant time, no history kept.
class RateMeter {
 public:
  void add(uint64_t amount, Instant now) {
    roll(now);
    buckets_[static_cast<size_t>(slot_ % kBuckets)] += amount;
    sum_ += amount;
  }

  // Units per second over the window, which is shorter while the meter is young (at least one bucket).
  uint64_t per_second(Instant now) {
    roll(now);
    const int64_t young = slot_ - first_slot_ + 1;
    const int64_t filled = young < kBuckets ? (young < 1 ? 1 : young) : kBuckets;
    return sum_ * kBuckets / static_cast<uint64_t>(filled);
  }

 private:
  static constexpr int64_t kBuckets = 10;
  static constexpr Duration kBucket = std::chrono::milliseconds(100);

  void roll(Instant now) {
    const int64_t slot = now.time_since_epoch() / kBucket;
    if (first_slot_ < 0) first_slot_ = slot_ = slot;
    if (slot <= slot_) return;
    if (slot - slot_ >= kBuckets) {
      buckets_.fill(0);
      sum_ = 0;
    } else {
      for (int64_t i = slot_ + 1; i <= slot; ++i) {
        uint64_t& bucket = buckets_[static_cast<size_t>(i % kBuckets)];
        sum_ -= bucket;
        bucket = 0;
      }
    }
    slot_ = slot;
  }

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t sum_ = 0;
  int64_t slot_ = -1;
  int64_t first_slot_ = -1;
};

}  // namespace chroom::streams
