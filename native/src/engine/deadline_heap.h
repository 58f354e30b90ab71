#pragma once
#include <cstddef>
#include <vector>

#include "vocabulary/time.h"

namespace chroom::engine {

// Who must be looked at when. A waiter moves forward only when its deadline gets earlier; one that got later is found
// early once, and schedules itself again. So the packet path, which mostly postpones, touches nothing. T has a member
// `DeadlineSlot deadline_slot`. Binary heap of borrowed pointers, each beside its deadline: to order ten thousand waiters
// takes no look at any of them.
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
      heap_.emplace_back();
    }
    sift_up({at, waiter}, slot.position);
  }

  void remove(T* waiter) {
    const size_t position = waiter->deadline_slot.position;
    if (position == DeadlineSlot::kNowhere) return;
    waiter->deadline_slot = {};
    const Entry last = heap_.back();
    heap_.pop_back();
    if (last.waiter == waiter) return;
    sift_down(last, sift_up(last, position));
  }

  Instant next() const { return heap_.empty() ? kNever : heap_.front().at; }

  // The next waiter whose time has come, taken out; nullptr when there is none.
  T* pop_due(Instant now) {
    if (next() > now) return nullptr;
    T* waiter = heap_.front().waiter;
    remove(waiter);
    return waiter;
  }

 private:
  struct Entry {
    Instant at{};
    T* waiter = nullptr;
  };

  void put(const Entry& entry, size_t position) {
    heap_[position] = entry;
    entry.waiter->deadline_slot.position = position;
  }

  // Puts the entry at `position` or, past later ones, nearer to the front. Returns where.
  size_t sift_up(const Entry& entry, size_t position) {
    for (; position > 0 && heap_[(position - 1) / 2].at > entry.at; position = (position - 1) / 2) {
      put(heap_[(position - 1) / 2], position);
    }
    put(entry, position);
    return position;
  }

  void sift_down(const Entry& entry, size_t position) {
    for (;;) {
      size_t child = position * 2 + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
      if (heap_[child].at >= entry.at) break;
      put(heap_[child], position);
      position = child;
    }
    put(entry, position);
  }

  std::vector<Entry> heap_;
};

}  // namespace chroom::engine
