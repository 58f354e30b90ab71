#pragma once
#include <array>
#include <cstdint>

namespace chroom::streams {

// The last packets of one subscription that were sent again: how often, and when last. Small, because receivers ask for
// what they lost together, once per round trip; a flood over more packets than fit is bounded by the ResendBudget.
class RecentResends {
 public:
  static constexpr size_t kPackets = 8;
  static constexpr uint8_t kMaxResends = 8;

  // False: sent again less than patience_ms ago, or too often. Else notes that it is sent now. Times wrap.
  bool take(uint16_t sequence, uint16_t now_ms, uint16_t patience_ms) {
    for (Entry& entry : entries_) {
      if (entry.resends == 0 || entry.sequence != sequence) continue;
      if (static_cast<uint16_t>(now_ms - entry.at_ms) < patience_ms || entry.resends >= kMaxResends) return false;
      entry.at_ms = now_ms;
      ++entry.resends;
      return true;
    }
    entries_[next_++ % kPackets] = {sequence, now_ms, 1};
    return true;
  }

 private:
  struct Entry {
    uint16_t sequence = 0;
    uint16_t at_ms = 0;
    uint8_t resends = 0;  // 0: free
  };
  std::array<Entry, kPackets> entries_;
  uint8_t next_ = 0;
};

}  // namespace chroom::streams
