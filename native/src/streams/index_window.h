#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace chroom::streams {

// One mark for each of the last 64 * kWords indices (unwrapped sequence numbers or picture ids): "received", or "left
// out on purpose". Moves forward only. The common, in-order case touches one word. Kept small: streams have some each.
template <size_t kWords>
class IndexWindow {
 public:
  static constexpr int64_t kSpan = 64 * kWords;

  // Forgets everything; the next index is `first` (not negative).
  void start(int64_t first) {
    bits_.fill(0);
    next_ = first;
    known_ = 0;
  }

  // Makes `index` and all before it part of the window; new ones are unmarked.
  void advance(int64_t index) {
    if (index < next_) return;
    if (index - next_ >= kSpan) {
      bits_.fill(0);
    } else {
      for (int64_t i = next_; i <= index; ++i) bits_[word_of(i)] &= ~mask_of(i);
    }
    known_ = static_cast<uint64_t>(std::min(index + 1 - lowest(), kSpan));
    next_ = index + 1;
  }

  bool covers(int64_t index) const { return index >= lowest() && index < next_; }
  int64_t lowest() const { return next_ - static_cast<int64_t>(known_); }
  int64_t next() const { return next_; }

  // Only for indices that are covered.
  void mark(int64_t index) { bits_[word_of(index)] |= mask_of(index); }
  bool is_marked(int64_t index) const { return (bits_[word_of(index)] & mask_of(index)) != 0; }

  // Marks from `index` (covered, or next()) to the newest.
  int64_t marked_since(int64_t index) const {
    int64_t count = 0;
    for (int64_t i = index; i < next_;) {
      const int64_t shift = i & 63;
      const int64_t in_word = 64 - shift;
      uint64_t word = bits_[word_of(i)] >> shift;
      if (next_ - i < in_word) word &= (uint64_t{1} << (next_ - i)) - 1;
      count += std::popcount(word);
      i += in_word;
    }
    return count;
  }

 private:
  static size_t word_of(int64_t index) { return static_cast<size_t>(index / 64) % kWords; }
  static uint64_t mask_of(int64_t index) { return uint64_t{1} << (index & 63); }

  std::array<uint64_t, kWords> bits_{};
  int64_t next_ : 48 = 0;    // of packets or pictures of one stream: its lifetime is too short for more
  uint64_t known_ : 16 = 0;  // how many before `next_` are covered
  static_assert(kSpan <= UINT16_MAX);
};
static_assert(sizeof(IndexWindow<1>) == 16);

}  // namespace chroom::streams
