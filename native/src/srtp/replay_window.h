#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace chroom::srtp {

inline constexpr size_t kReplayWindowPackets = 1024;

// Which of the newest kReplayWindowPackets indices were seen (RFC 3711 section 3.3.2). A ring of bits: index i has bit
// i modulo the window.
class ReplayWindow {
 public:
  enum class Verdict : uint8_t { kFresh, kReplayed, kTooOld };

  explicit ReplayWindow(uint64_t first_index) : highest_(first_index) { mark(first_index); }

  uint64_t highest() const { return highest_; }
  Verdict check(uint64_t index) const;
  // Only for an index that check() called fresh, and only after the packet was authentic.
  void accept(uint64_t index);

 private:
  void mark(uint64_t index) { bits_[index / 64 % kWords] |= uint64_t{1} << (index % 64); }
  static constexpr size_t kWords = kReplayWindowPackets / 64;

  uint64_t highest_;
  std::array<uint64_t, kWords> bits_{};
};

// The 48-bit index a sequence number stands for, given the highest authentic one (RFC 3711 section 3.3.1): the nearest.
// Where the nearest would be before the first rollover the answer is in the first.
constexpr uint64_t estimate_index(uint64_t highest, uint16_t sequence) {
  const auto distance = static_cast<int16_t>(static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest)));
  if (distance < 0 && static_cast<uint64_t>(-int64_t{distance}) > highest) return sequence;
  return highest + static_cast<uint64_t>(int64_t{distance});
}

}  // namespace chroom::srtp
