#pragma once
#include <cstddef>
#include <utility>
#include <vector>

namespace chroom::sctp {

// A queue in one contiguous block, indexable from the front. An empty Fifo owns at most kKeptBytes, which is what
// keeps idle associations small (a std::deque owns half a kilobyte even when empty). Popping is amortised O(1).
template <typename T>
class Fifo {
 public:
  bool empty() const { return head_ == items_.size(); }
  size_t size() const { return items_.size() - head_; }
  T& operator[](size_t index) { return items_[head_ + index]; }
  const T& operator[](size_t index) const { return items_[head_ + index]; }
  T& front() { return items_[head_]; }
  const T& front() const { return items_[head_]; }
  T& back() { return items_.back(); }
  void push_back(T item) { items_.push_back(std::move(item)); }

  T pop_front() {
    T item = std::move(items_[head_]);
    ++head_;
    if (empty()) {
      clear();
    } else if (head_ >= kCompactAt && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return item;
  }

  void clear() {
    head_ = 0;
    if (items_.capacity() * sizeof(T) > kKeptBytes) {
      std::vector<T>().swap(items_);
    } else {
      items_.clear();
    }
  }

 private:
  static constexpr size_t kKeptBytes = 256;
  static constexpr size_t kCompactAt = 32;

  std::vector<T> items_;
  size_t head_ = 0;
};

}  // namespace chroom::sctp
