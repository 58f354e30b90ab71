#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "vocabulary/time.h"

namespace chroom::router {

// Who may go on when, by the millisecond: entering and leaving cost the same however many wait. T has a member
// `PacingSlot<T> pacing_slot_` that this class may use. Borrowed pointers in lists, one per tick of the wheel; who waits
// longer than one turn is found early, and enters again.
template <typename T>
struct PacingSlot {
  T* next = nullptr;
  T* previous = nullptr;
  int16_t place = -1;  // in the wheel; -1: not waiting
};

template <typename T>
class PacingWheel {
 public:
  static constexpr int64_t kTickUs = 1000;
  static constexpr int64_t kTicks = 64;

  // Not before `at`, rounded up to a tick, and not in the tick that was just taken.
  void add(T* waiter, Instant at) {
    remove(waiter);
    const int64_t wanted = (at.time_since_epoch().count() + kTickUs - 1) / kTickUs;
    const int64_t tick = std::clamp(wanted, taken_ + 1, taken_ + kTicks - 1);
    const auto place = static_cast<size_t>(tick % kTicks);
    PacingSlot<T>& slot = waiter->pacing_slot_;
    slot = {lists_[place], nullptr, static_cast<int16_t>(place)};
    if (slot.next != nullptr) slot.next->pacing_slot_.previous = waiter;
    lists_[place] = waiter;
    occupied_ |= uint64_t{1} << place;
  }

  void remove(T* waiter) {
    PacingSlot<T>& slot = waiter->pacing_slot_;
    if (slot.place < 0) return;
    const auto place = static_cast<size_t>(slot.place);
    if (slot.next != nullptr) slot.next->pacing_slot_.previous = slot.previous;
    (slot.previous != nullptr ? slot.previous->pacing_slot_.next : lists_[place]) = slot.next;
    if (lists_[place] == nullptr) occupied_ &= ~(uint64_t{1} << place);
    slot = {};
  }

  // Calls take(T&) for everybody whose tick has come; each has left the wheel and may enter again.
  template <typename Take>
  void take_due(Instant now, Take&& take) {
    const int64_t tick = now.time_since_epoch().count() / kTickUs;
    const int64_t from = std::max(taken_, tick - kTicks);
    taken_ = std::max(taken_, tick);
    for (int64_t at = from + 1; at <= tick && occupied_ != 0; ++at) {
      const auto place = static_cast<size_t>(at % kTicks);
      T* waiter = std::exchange(lists_[place], nullptr);
      occupied_ &= ~(uint64_t{1} << place);
      // Whoever enters again may get the same place, a turn later.
      while (waiter != nullptr) {
        T* next = waiter->pacing_slot_.next;
        waiter->pacing_slot_ = {};
        take(*waiter);
        waiter = next;
      }
    }
  }

  Instant next() const {
    if (occupied_ == 0) return kNever;
    const auto first = static_cast<int>((taken_ + 1) % kTicks);
    const int ahead = std::countr_zero(std::rotr(occupied_, first));
    return Instant(Duration((taken_ + 1 + ahead) * kTickUs));
  }

 private:
  std::array<T*, kTicks> lists_{};
  uint64_t occupied_ = 0;
  int64_t taken_ = 0;  // ticks up to this one are empty
};

}  // namespace chroom::router
