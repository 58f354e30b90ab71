#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace chroom::engine {

// Bounded queue between one producing and one consuming thread. Neither ever waits.
template <typename T>
class SpscQueue {
 public:
  explicit SpscQueue(size_t capacity) : capacity_(capacity), slots_(std::make_unique<T[]>(capacity)) {}

  // Producer. False when full; `value` is then untouched.
  bool push(T&& value) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == capacity_) return false;
    slots_[tail % capacity_] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer.
  std::optional<T> pop() {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> value(std::exchange(slots_[head % capacity_], T{}));
    head_.store(head + 1, std::memory_order_release);
    return value;
  }

  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  const size_t capacity_;
  std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace chroom::engine
