#pragma once
#include <cstdint>

namespace chroom::rtp {

// Serial number arithmetic (RFC 1982) on the 16-bit sequence and the 32-bit timestamp. Distance half the circle: not newer.
constexpr bool is_newer(uint16_t a, uint16_t b) { return a != b && static_cast<uint16_t>(a - b) < 0x8000; }
constexpr bool is_newer_timestamp(uint32_t a, uint32_t b) { return a != b && a - b < 0x80000000u; }
constexpr int16_t sequence_distance(uint16_t from, uint16_t to) {
  return static_cast<int16_t>(static_cast<uint16_t>(to - from));
}

// Extends 16-bit numbers to 64 bits: each number is taken as the one nearest to the highest seen. The first call
// anchors at its own value plus one cycle (65536), so that older packets which arrive later stay positive.
template <typename Narrow>
class Unwrapper {
 public:
  // The extended number; remembers it when it is the highest so far.
  int64_t unwrap(Narrow value) {
    const int64_t extended = peek(value);
    if (!started_ || extended > highest_) highest_ = extended;
    started_ = true;
    return extended;
  }
  // The same without remembering.
  int64_t peek(Narrow value) const {
    if (!started_) return kCycle + value;
    const auto forward = static_cast<Narrow>(value - static_cast<Narrow>(highest_));
    return forward < kCycle / 2 ? highest_ + forward : highest_ + forward - kCycle;
  }
  bool started() const { return started_; }
  int64_t highest() const { return highest_; }
  void reset() { *this = Unwrapper(); }

 private:
  static constexpr int64_t kCycle = int64_t{1} << (8 * sizeof(Narrow));
  int64_t highest_ = 0;
  bool started_ = false;
};

using SequenceUnwrapper = Unwrapper<uint16_t>;
using TimestampUnwrapper = Unwrapper<uint32_t>;

}  // namespace chroom::rtp
