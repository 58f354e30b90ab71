#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "vocabulary/bytes.h"
#include "vocabulary/check.h"
#include "vocabulary/time.h"

namespace chroom::buffer {

class PacketPool;

inline constexpr size_t kSlotBytes = 2048;
// Room for what the parsers found out about the packet; a trivially destructible type of the user's choice.
inline constexpr size_t kDescriptorBytes = 224;

// One packet in memory. Slots belong to the pool of one worker; no other thread takes, counts or gives back references
// (router/worker_link.h says how another worker may read one).
struct PacketSlot {
  PacketPool* pool;       // borrowed
  PacketSlot* next_free;  // only while free
  Instant arrival;
  uint32_t references;
  uint16_t length;
  alignas(16) uint8_t descriptor[kDescriptorBytes];
  alignas(16) uint8_t data[kSlotBytes - 256];
};
inline constexpr size_t kPacketBytes = sizeof(PacketSlot::data);
static_assert(sizeof(PacketSlot) == kSlotBytes);

// Counted reference to a packet. Moves are free; a second reference is taken explicitly with share(). The count is
// a plain integer: a reference must stay on its worker's thread.
class PacketRef {
 public:
  PacketRef() = default;
  PacketRef(PacketRef&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  PacketRef& operator=(PacketRef&& other) noexcept {
    if (this != &other) {
      reset();
      slot_ = std::exchange(other.slot_, nullptr);
    }
    return *this;
  }
  PacketRef(const PacketRef&) = delete;
  PacketRef& operator=(const PacketRef&) = delete;
  ~PacketRef() { reset(); }

  explicit operator bool() const { return slot_ != nullptr; }
  PacketRef share() const {
    if (slot_ != nullptr) ++slot_->references;
    return PacketRef(slot_);
  }
  inline void reset();

  // The whole room of kPacketBytes, for receiving or writing; then set_length().
  MutableBytes storage() { return {slot_->data, kPacketBytes}; }
  void set_length(size_t length) {
    CHROOM_CHECK(length <= kPacketBytes, "a packet is never longer than the slot it was written to");
    slot_->length = static_cast<uint16_t>(length);
  }
  Bytes bytes() const { return {slot_->data, slot_->length}; }
  MutableBytes mutable_bytes() { return {slot_->data, slot_->length}; }
  size_t length() const { return slot_->length; }

  // Asks for what a reader of descriptor and bytes will touch first, without waiting.
  void prefetch() const {
    if (slot_ == nullptr) return;
    for (size_t at = 0; at < sizeof(PacketSlot::descriptor); at += 64) __builtin_prefetch(slot_->descriptor + at);
    for (size_t at = 0; at < slot_->length; at += 64) __builtin_prefetch(slot_->data + at);
  }

  Instant arrival() const { return slot_->arrival; }
  void set_arrival(Instant arrival) { slot_->arrival = arrival; }

  // The descriptor space as a T. emplace_descriptor() starts its life; all references of the packet see the same one.
  template <typename T>
  T& emplace_descriptor() {
    check_descriptor<T>();
    return *new (slot_->descriptor) T{};
  }
  template <typename T>
  T& descriptor() {
    check_descriptor<T>();
    return *std::launder(reinterpret_cast<T*>(slot_->descriptor));
  }
  template <typename T>
  const T& descriptor() const {
    check_descriptor<T>();
    return *std::launder(reinterpret_cast<const T*>(slot_->descriptor));
  }

 private:
  friend class PacketPool;
  explicit PacketRef(PacketSlot* slot) : slot_(slot) {}
  template <typename T>
  static constexpr void check_descriptor() {
    static_assert(sizeof(T) <= kDescriptorBytes && alignof(T) <= 16 && std::is_trivially_destructible_v<T>);
  }
  PacketSlot* slot_ = nullptr;
};

// Fixed slots in slabs, handed out last in, first out so that the hottest memory is used again first. Grows by a slab
// at a time up to a cap and never shrinks; after warm-up it allocates nothing. Used by one thread. Must outlive all
// its references.
class PacketPool {
 public:
  // max_slots: the cap (at least 1), so max_slots * 2 KiB of memory at most. slab_slots: slots per allocation.
  explicit PacketPool(size_t max_slots, size_t slab_slots = 256);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // A packet of length 0 with one reference; an empty reference when the cap is reached (count kPoolExhausted).
  PacketRef acquire();

  size_t slots_in_use() const { return in_use_; }
  size_t slots_allocated() const { return slabs_.size() * slab_slots_; }
  size_t max_slots() const { return max_slots_; }

 private:
  friend class PacketRef;
  struct SlabDeleter {
    void operator()(std::byte* memory) const;
  };
  void release(PacketSlot* slot) {
    slot->next_free = free_;
    free_ = slot;
    --in_use_;
  }
  PacketSlot* carve();

  std::vector<std::unique_ptr<std::byte, SlabDeleter>> slabs_;
  PacketSlot* free_ = nullptr;
  size_t carved_in_last_slab_ = 0;
  size_t in_use_ = 0;
  size_t carved_ = 0;
  size_t max_slots_;
  size_t slab_slots_;
};

inline void PacketRef::reset() {
  if (slot_ == nullptr) return;
  if (--slot_->references == 0) slot_->pool->release(slot_);
  slot_ = nullptr;
}

}  // namespace chroom::buffer

namespace chroom {
using buffer::PacketPool;
using buffer::PacketRef;
}
