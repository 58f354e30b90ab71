#pragma once
#include <array>
#include <cstdint>

namespace chroom::streams {

// The last packets that were sent again to one receiver: how often, and when last. Small, because receivers ask for what
// they lost together, once per round trip; a flood over more packets than fit is bounded by the ResendBudget.
class RecentResends {
 public:
  static constexpr size_t kPackets = 64;
  static constexpr uint8_t kMaxResends = 8;

  // False: sent again less than patience_ms ago, or too often. Else notes that it is sent now. Times wrap.
  bool take(uint32_t ssrc, uint16_t sequence, uint16_t now_ms, uint16_t patience_ms) {
    for (Entry& entry : entries_) {
      if (entry.resends == 0 || entry.ssrc != ssrc || entry.sequence != sequence) continue;
      const auto waited_ms = static_cast<uint16_t>(now_ms - entry.at_ms) % kWrapMs;
      if (waited_ms < patience_ms || entry.resends >= kMaxResends) return false;
      entry.at_ms = now_ms % kWrapMs;
      ++entry.resends;
      return true;
    }
    entries_[next_++ % kPackets] = {ssrc, sequence, static_cast<uint16_t>(now_ms % kWrapMs), 1};
    return true;
  }

 private:
  // Many times what a receiver waits before it asks again.
  static constexpr uint16_t kWrapMs = 1 << 12;
  struct Entry {
    uint32_t ssrc = 0;
    uint16_t sequence = 0;
    uint16_t at_ms : 12 = 0;   // modulo kWrapMs
    uint16_t resends : 4 = 0;  // 0: free
  };
  static_assert(sizeof(Entry) == 8 && kMaxResends < 16);

  std::array<Entry, kPackets> entries_;
  uint8_t next_ = 0;
};

}  // namespace chroom::streams
