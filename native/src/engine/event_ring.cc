#include "engine/event_ring.h"

#include <algorithm>

namespace chroom::engine {

EventRing::EventRing() : memory_(new uint8_t[kCapacityBytes]) {}

EventRing::~EventRing() {
  drain([](const RecordHeader&, Bytes) {});  // Takes over what is elsewhere.
}

bool EventRing::write(RecordKind kind, uint32_t request_id, uint8_t code, Bytes payload, Importance importance) {
  const uint64_t tail = tail_.load(std::memory_order_relaxed);
  const size_t free = kCapacityBytes - static_cast<size_t>(tail - head_.load(std::memory_order_acquire));
  RecordHeader header{static_cast<uint32_t>(payload.size()), request_id, kind, code};
  const size_t inline_bytes = sizeof header + padded(payload.size());
  const size_t keep = importance == Importance::kDroppable ? kCapacityBytes / 2 : kReserveBytes;
  if (payload.size() <= kMaxInlineBytes && free >= inline_bytes + keep) {
    copy_in(tail, &header, sizeof header);
    copy_in(tail + sizeof header, payload.data(), payload.size());
    tail_.store(tail + inline_bytes, std::memory_order_release);
    return true;
  }
  const size_t pointer_bytes = sizeof header + sizeof(void*);
  const size_t keep_elsewhere = importance == Importance::kOwed ? 0 : keep;
  if (free < pointer_bytes + keep_elsewhere) return false;
  header.elsewhere = 1;
  auto* raw = new std::vector<uint8_t>(payload.begin(), payload.end());
  copy_in(tail, &header, sizeof header);
  copy_in(tail + sizeof header, &raw, sizeof raw);
  tail_.store(tail + pointer_bytes, std::memory_order_release);
  return true;
}

void EventRing::copy_in(uint64_t at, const void* from, size_t bytes) {
  const size_t offset = static_cast<size_t>(at % kCapacityBytes);
  const size_t first = std::min(bytes, kCapacityBytes - offset);
  if (bytes == 0) return;
  std::memcpy(memory_.get() + offset, from, first);
  std::memcpy(memory_.get(), static_cast<const uint8_t*>(from) + first, bytes - first);
}

void EventRing::copy_out(uint64_t at, void* to, size_t bytes) const {
  const size_t offset = static_cast<size_t>(at % kCapacityBytes);
  const size_t first = std::min(bytes, kCapacityBytes - offset);
  if (bytes == 0) return;
  std::memcpy(to, memory_.get() + offset, first);
  std::memcpy(static_cast<uint8_t*>(to) + first, memory_.get(), bytes - first);
}

}  // namespace chroom::engine
