#pragma once
#include <cstdint>
#include <vector>

#include "vocabulary/time.h"

namespace chroom::streams {

// How one packet was sent, enough to send the same again from the shared history.
struct SentPacket {
  int64_t source_sequence = 0;   // In the encoding's numbering.
  uint32_t timestamp = 0;        // As sent.
  uint32_t resent_at_ms = 0;
  uint16_t sequence = 0;         // As sent.
  uint16_t picture_id = 0;       // As sent; VP8.
  uint8_t tl0_picture_index = 0; // As sent; VP8.
  uint8_t encoding = 0;
  uint8_t resends = 0;
  bool valid = false;
};
static_assert(sizeof(SentPacket) <= 32);

// The last packets of one subscription by the number they were sent under. Fixed size.
class SentPackets {
 public:
  // capacity: a power of two up to 32768, or 0 for none.
  explicit SentPackets(size_t capacity) : slots_(capacity) {}

  SentPacket* claim(uint16_t sequence) {
    if (slots_.empty()) return nullptr;
    // Many subscriptions take turns, so the next line has left the cache since it was last used.
    __builtin_prefetch(&slots_[(sequence + kSlotsPerLine) & (slots_.size() - 1)], 1);
    SentPacket& slot = slots_[sequence & (slots_.size() - 1)];
    slot.sequence = sequence;
    slot.resends = 0;
    slot.valid = true;
    return &slot;
  }
  SentPacket* find(uint16_t sequence) {
    if (slots_.empty()) return nullptr;
    SentPacket& slot = slots_[sequence & (slots_.size() - 1)];
    return slot.valid && slot.sequence == sequence ? &slot : nullptr;
  }

 private:
  static constexpr size_t kSlotsPerLine = 64 / sizeof(SentPacket);

  std::vector<SentPacket> slots_;
};

}  // namespace chroom::streams
