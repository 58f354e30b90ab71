#include "buffer/packet_pool.h"

#include <algorithm>

namespace chroom::buffer {
namespace {
constexpr std::align_val_t kSlabAlignment{4096};
}

PacketPool::PacketPool(size_t max_slots, size_t slab_slots)
    : max_slots_(std::max<size_t>(max_slots, 1)), slab_slots_(std::clamp<size_t>(slab_slots, 1, max_slots_)) {
  slabs_.reserve((max_slots_ + slab_slots_ - 1) / slab_slots_);
  carved_in_last_slab_ = slab_slots_;
}

PacketPool::~PacketPool() {
  CHROOM_CHECK(in_use_ == 0, "a worker drops its sessions, histories and queues before its pool");
}

PacketRef PacketPool::acquire() {
  PacketSlot* slot = free_;
  if (slot != nullptr) [[likely]] {
    free_ = slot->next_free;
  } else {
    slot = carve();
    if (slot == nullptr) return {};
  }
  ++in_use_;
  slot->references = 1;
  slot->length = 0;
  slot->arrival = Instant{};
  return PacketRef(slot);
}

// Slots are cut from the slab one by one, so that memory which was never needed is never touched.
PacketSlot* PacketPool::carve() {
  if (carved_ == max_slots_) return nullptr;
  if (carved_in_last_slab_ == slab_slots_) {
    auto* memory = static_cast<std::byte*>(::operator new(slab_slots_ * kSlotBytes, kSlabAlignment));
    slabs_.emplace_back(memory);
    carved_in_last_slab_ = 0;
  }
  std::byte* place = slabs_.back().get() + carved_in_last_slab_ * kSlotBytes;
  ++carved_in_last_slab_;
  ++carved_;
  auto* slot = new (place) PacketSlot;
  slot->pool = this;
  return slot;
}

void PacketPool::SlabDeleter::operator()(std::byte* memory) const { ::operator delete(memory, kSlabAlignment); }

}  // namespace chroom::buffer
