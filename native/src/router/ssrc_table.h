#pragma once
#include <cstdint>
#include <vector>

namespace chroom::router {

// SSRC to value, flat and open-addressed. Grows only in reserve(), which the control path calls: inserting on the
// packet path never allocates and fails when the table is full.
template <typename Value>
class SsrcTable {
 public:
  void reserve(size_t entries) {
    size_t capacity = 8;
    while (capacity * 3 < entries * 4) capacity *= 2;
    if (capacity <= slots_.size()) return;
    std::vector<Slot> old(capacity);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.used) insert(slot.ssrc, slot.value);
    }
  }

  bool has_room() const { return size_ * 4 < slots_.size() * 3; }
  size_t size() const { return size_; }

  // Replaces the value of a known SSRC. False when there is no room.
  bool insert(uint32_t ssrc, const Value& value) {
    if (Value* known = find(ssrc)) {
      *known = value;
      return true;
    }
    if (!has_room()) return false;
    size_t at = home(ssrc);
    while (slots_[at].used) at = next(at);
    slots_[at] = {ssrc, true, value};
    ++size_;
    return true;
  }

  Value* find(uint32_t ssrc) {
    if (slots_.empty()) return nullptr;
    for (size_t at = home(ssrc); slots_[at].used; at = next(at)) {
      if (slots_[at].ssrc == ssrc) return &slots_[at].value;
    }
    return nullptr;
  }

  // Removes every entry that `matches` (a predicate on the value).
  template <typename Predicate>
  void erase_if(Predicate&& matches) {
    std::vector<Slot> kept(slots_.size());
    kept.swap(slots_);
    size_ = 0;
    for (const Slot& slot : kept) {
      if (slot.used && !matches(slot.value)) insert(slot.ssrc, slot.value);
    }
  }

 private:
  struct Slot {
    uint32_t ssrc = 0;
    bool used = false;
    Value value{};
  };
  // SSRCs are chosen by the far end: the multiplier spreads neighbours; a chain is at most as long as the table, which
  // is bounded by what this one peer published.
  size_t home(uint32_t ssrc) const { return (ssrc * 0x9E3779B1u >> 7) & (slots_.size() - 1); }
  size_t next(size_t at) const { return (at + 1) & (slots_.size() - 1); }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace chroom::router
