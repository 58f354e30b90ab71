#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::engine {

enum class RecordKind : uint8_t {
  kResult = 0,   // payload: the serialised response
  kError = 1,    // payload: text; `code` says which
  kEvent = 2,    // payload: a serialised Event
  kRoomGone = 3  // payload: the room's name; for the engine itself, never handed out
};

// Head of each record, as drained and as TypeScript reads it (little endian; libs/engine/src/records.ts). The payload
// follows, padded to 8 bytes.
struct RecordHeader {
  uint32_t payload_bytes = 0;
  uint32_t request_id = 0;
  RecordKind kind = RecordKind::kResult;
  uint8_t code = 0;
  uint8_t elsewhere = 0;  // 1 inside the ring: the payload is a pointer to a vector that the reader takes over
  uint8_t unused[5] = {};
};
static_assert(sizeof(RecordHeader) == 16);

// Records from one worker to the one thread that drains. A byte ring: writing a record is two copies, no lock and no
// allocation. Results always find room: at most kMaxOutstanding are owed at a time (the engine counts them), and each
// can shrink to a pointer. Events are refused when only that reserve is left, and droppable ones already at half.
class EventRing {
 public:
  static constexpr size_t kCapacityBytes = 512 * 1024;  // About 6000 events of 64 bytes.
  static constexpr size_t kMaxOutstanding = 1024;
  static constexpr size_t kReserveBytes = (kMaxOutstanding + 64) * (sizeof(RecordHeader) + sizeof(void*));
  static constexpr size_t kMaxInlineBytes = 16 * 1024;

  enum class Importance { kDroppable, kImportant, kOwed };

  EventRing();
  ~EventRing();
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  // Worker. False: refused, nothing was written.
  bool write(RecordKind kind, uint32_t request_id, uint8_t code, Bytes payload, Importance importance);

  // Reader: calls take(header, payload) for each waiting record, in order.
  template <typename Take>
  void drain(Take&& take) {
    uint64_t head = head_.load(std::memory_order_relaxed);
    const uint64_t tail = tail_.load(std::memory_order_acquire);
    while (head != tail) {
      RecordHeader header;
      copy_out(head, &header, sizeof header);
      if (header.elsewhere != 0) {
        std::vector<uint8_t>* raw = nullptr;
        copy_out(head + sizeof header, &raw, sizeof raw);
        std::unique_ptr<std::vector<uint8_t>> owned(raw);
        head += sizeof header + sizeof raw;
        header.elsewhere = 0;
        take(header, Bytes(*owned));
      } else {
        scratch_.resize(header.payload_bytes);
        copy_out(head + sizeof header, scratch_.data(), header.payload_bytes);
        head += sizeof header + padded(header.payload_bytes);
        take(header, Bytes(scratch_));
      }
      head_.store(head, std::memory_order_release);
    }
  }

  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

  static constexpr size_t padded(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

 private:
  void copy_in(uint64_t at, const void* from, size_t bytes);
  void copy_out(uint64_t at, void* to, size_t bytes) const;

  std::unique_ptr<uint8_t[]> memory_;
  std::vector<uint8_t> scratch_;  // Reader's.
  alignas(64) std::atomic<uint64_t> head_{0};
  alignas(64) std::atomic<uint64_t> tail_{0};
};

}  // namespace chroom::engine
