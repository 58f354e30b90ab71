#pragma once
#include <cstddef>
#include <vector>

#include "vocabulary/transport_address.h"

namespace chroom::engine {

// Remote address to whoever receives from it: open addressing with linear probing, one cache line per look-up in the
// common case, no allocation except when it grows. Values are borrowed pointers.
template <typename T>
class AddressTable {
 public:
  explicit AddressTable(size_t capacity = 256) : slots_(capacity) {}

  T* find(const TransportAddress& address) const {
    for (size_t i = home(address);; i = next(i)) {
      const Slot& slot = slots_[i];
      if (slot.value == nullptr) return nullptr;
      if (slot.address == address) return slot.value;
    }
  }

  // Asks for what find() will read, without waiting.
  void prefetch(const TransportAddress& address) const { __builtin_prefetch(&slots_[home(address)]); }

  // Replaces what the address led to before.
  void set(const TransportAddress& address, T* value) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    place(address, value);
  }

  // Only if the address still leads to `value`: it may have been taken over meanwhile.
  void erase(const TransportAddress& address, const T* value) {
    size_t hole = home(address);
    while (slots_[hole].value != nullptr && !(slots_[hole].address == address)) hole = next(hole);
    if (slots_[hole].value == nullptr || slots_[hole].value != value) return;
    --size_;
    // Moves back what had been pushed past the hole, so that no probe meets a gap.
    for (size_t i = next(hole); slots_[i].value != nullptr; i = next(i)) {
      const size_t distance_home = (i - home(slots_[i].address)) & (slots_.size() - 1);
      const size_t distance_hole = (i - hole) & (slots_.size() - 1);
      if (distance_home < distance_hole) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole].value = nullptr;
  }

  size_t size() const { return size_; }

 private:
  // Never across two cache lines: one is asked for ahead.
  struct alignas(32) Slot {
    TransportAddress address;
    T* value = nullptr;
  };
  static_assert(sizeof(Slot) == 32);

  size_t home(const TransportAddress& address) const { return TransportAddressHash{}(address) & (slots_.size() - 1); }
  size_t next(size_t i) const { return (i + 1) & (slots_.size() - 1); }

  void place(const TransportAddress& address, T* value) {
    size_t i = home(address);
    while (slots_[i].value != nullptr && !(slots_[i].address == address)) i = next(i);
    if (slots_[i].value == nullptr) ++size_;
    slots_[i] = {address, value};
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.value != nullptr) place(slot.address, slot.value);
    }
  }

  std::vector<Slot> slots_;  // A power of two, at most half full.
  size_t size_ = 0;
};

}  // namespace chroom::engine
