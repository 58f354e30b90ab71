#pragma once
#include <cstddef>
#include <vector>

#include "vocabulary/time.h"

namespace chroom::engine {

// Who must be looked at when. A waiter moves forward only when its deadline gets earlier; one that got later is found
// early once, and schedules itself again. So the packet path, which mostly postpones, touches nothing. T has a member
// `DeadlineSlot deadline_slot`. Binary heap of borrowed pointers.
struct DeadlineSlot {
  static constexpr size_t kNowhere = SIZE_MAX;
  size_t position = kNowhere;
  Instant at = kNever;
};

template <typename T>
class DeadlineHeap {
 public:
  void schedule(T* waiter, Instant at) {
    DeadlineSlot& slot = waiter->deadline_slot;
    if (at == kNever || (slot.position != DeadlineSlot::kNowhere && at >= slot.at)) return;
    slot.at = at;
    if (slot.position == DeadlineSlot::kNowhere) {
      slot.position = heap_.size();
      heap_.push_back(waiter);
    }
    sift_up(slot.position);
  }

  void remove(T* waiter) {
    const size_t position = waiter->deadline_slot.position;
    if (position == DeadlineSlot::kNowhere) return;
    waiter->deadline_slot = {};
    T* last = heap_.back();
    heap_.pop_back();
    if (last == waiter) return;
    put(last, position);
    sift_up(position);
    sift_down(last->deadline_slot.position);
  }

  Instant next() const { return heap_.empty() ? kNever : heap_.front()->deadline_slot.at; }

  // The next waiter whose time has come, taken out; nullptr when there is none.
  T* pop_due(Instant now) {
    if (next() > now) return nullptr;
    T* waiter = heap_.front();
    remove(waiter);
    return waiter;
  }

 private:
  void put(T* waiter, size_t position) {
    heap_[position] = waiter;
    waiter->deadline_slot.position = position;
  }
  Instant at(size_t position) const { return heap_[position]->deadline_slot.at; }

  void sift_up(size_t position) {
    T* waiter = heap_[position];
    while (position > 0 && at((position - 1) / 2) > waiter->deadline_slot.at) {
      put(heap_[(position - 1) / 2], position);
      position = (position - 1) / 2;
    }
    put(waiter, position);
  }

  void sift_down(size_t position) {
    T* waiter = heap_[position];
    for (;;) {
      size_t child = position * 2 + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && at(child + 1) < at(child)) ++child;
      if (at(child) >= waiter->deadline_slot.at) break;
      put(heap_[child], position);
      position = child;
    }
    put(waiter, position);
  }

  std::vector<T*> heap_;
};

}  // namespace chroom::engine
