#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "buffer/packet_pool.h"
#include "vocabulary/time.h"

namespace chroom::streams {

// The last packets of one published encoding, as references to the plaintext that all its subscriptions share. A
// retransmission is written again from here; nothing is kept per receiver but a number.
class PacketHistory {
 public:
  // Older packets are of no use to a receiver that must play in time.
  static constexpr Duration kMaxAge = std::chrono::milliseconds(1500);

  // capacity: a power of two, or 0 to keep nothing.
  explicit PacketHistory(size_t capacity) : slots_(capacity) {}

  void insert(int64_t sequence, const buffer::PacketRef& packet) {
    if (slots_.empty()) return;
    Slot& slot = slot_of(sequence);
    if (slot.packet && slot.sequence > sequence) return;
    slot.sequence = sequence;
    slot.packet = packet.share();
    if (oldest_ < 0 || sequence < oldest_) oldest_ = sequence;
    if (sequence > newest_) newest_ = sequence;
  }

  // nullptr: never came, or too long ago. Valid until the next insert() or expire().
  const buffer::PacketRef* find(int64_t sequence) const {
    if (slots_.empty() || sequence < 0) return nullptr;
    const Slot& slot = slots_[static_cast<size_t>(sequence) & (slots_.size() - 1)];
    return slot.packet && slot.sequence == sequence ? &slot.packet : nullptr;
  }

  // Gives back packets older than kMaxAge.
  void expire(Instant now) {
    oldest_ = oldest_ < 0 ? -1 : std::max(oldest_, newest_ - static_cast<int64_t>(slots_.size()) + 1);
    while (oldest_ >= 0 && oldest_ <= newest_) {
      Slot& slot = slot_of(oldest_);
      if (slot.packet && slot.sequence == oldest_) {
        if (now - slot.packet.arrival() <= kMaxAge) return;
        slot.packet.reset();
      }
      ++oldest_;
    }
    oldest_ = -1;
  }

  void clear() {
    for (Slot& slot : slots_) slot.packet.reset();
    oldest_ = -1;
    newest_ = -1;
  }

  int64_t newest() const { return newest_; }

 private:
  struct Slot {
    int64_t sequence = -1;
    buffer::PacketRef packet;
  };
  Slot& slot_of(int64_t sequence) { return slots_[static_cast<size_t>(sequence) & (slots_.size() - 1)]; }

  std::vector<Slot> slots_;
  int64_t oldest_ = -1;
  int64_t newest_ = -1;
};

}  // namespace chroom::streams
