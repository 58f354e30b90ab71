#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace chroom::load {

// Delays in buckets of 1/32 relative width, from 1 ns to about 70 s.
class DelayHistogram {
 public:
  void add(int64_t ns) {
    ++counts_[bucket_of(static_cast<uint64_t>(ns < 1 ? 1 : ns))];
    ++total_;
    if (ns > max_ns_) max_ns_ = ns;
  }
  uint64_t total() const { return total_; }
  int64_t max_ns() const { return max_ns_; }

  // Upper end of the bucket in which the share (0..1) is reached; 0 when there is nothing.
  double quantile_ns(double share) const {
    const double wanted = share * static_cast<double>(total_);
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] > 0 && static_cast<double>(seen) >= wanted) return upper_end(i);
    }
    return 0;
  }

 private:
  static constexpr size_t kSteps = 32;  // per doubling
  static constexpr size_t kDoublings = 36;

  static size_t bucket_of(uint64_t ns) {
    if (ns < kSteps) return static_cast<size_t>(ns);
    const auto shift = static_cast<size_t>(std::bit_width(ns)) - 6;  // leaves 6 bits: 32..63
    const size_t bucket = (shift + 1) * kSteps + static_cast<size_t>((ns >> shift) - kSteps);
    return bucket < kSteps * kDoublings ? bucket : kSteps * kDoublings - 1;
  }
  static double upper_end(size_t bucket) {
    if (bucket < kSteps) return static_cast<double>(bucket);
    const size_t shift = bucket / kSteps - 1;
    return static_cast<double>((uint64_t{bucket % kSteps + kSteps + 1} << shift) - 1);
  }

  std::array<uint64_t, kSteps * kDoublings> counts_{};
  uint64_t total_ = 0;
  int64_t max_ns_ = 0;
};

}  // namespace chroom::load
