#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>

#include "streams/index_window.h"

namespace chroom::streams {

// Which of the last indices of one numbering (packets, pictures) were left out on purpose. Takes memory with the first
// one, for good: most streams send everything. The numbering belongs to the caller, who says where it began (`first`) and
// what comes next.
template <size_t kWords>
class Omissions {
 public:
  static constexpr int64_t kSpan = IndexWindow<kWords>::kSpan;

  // The numbering begins anew.
  void restart(int64_t first) {
    if (window_) window_->start(first);
  }

  // `index`, at least `next`, is left out; what it jumps over is not.
  void add(int64_t index, int64_t first, int64_t next) {
    if (!window_) {
      const int64_t known_from = oldest(first, next);
      window_ = std::make_unique<IndexWindow<kWords>>();
      window_->start(known_from);
    }
    window_->advance(index);
    window_->mark(index);
  }

  // The questions below are about indices from oldest() on, up to the one before `next`, after update(next).
  void update(int64_t next) {
    if (window_) window_->advance(next - 1);
  }
  int64_t oldest(int64_t first, int64_t next) const {
    return window_ ? window_->lowest() : std::max({first, next - kSpan, int64_t{0}});
  }
  bool contains(int64_t index) const { return window_ && window_->is_marked(index); }
  // From `index` to the newest.
  int64_t count_since(int64_t index) const { return window_ ? window_->marked_since(index) : 0; }

 private:
  std::unique_ptr<IndexWindow<kWords>> window_;
};

}  // namespace chroom::streams
