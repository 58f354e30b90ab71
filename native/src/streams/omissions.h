#pragma once
#include <algorithm>
#include <cstdint>

#include "streams/index_window.h"

namespace chroom::streams {

// Which of the last indices of one numbering (packets, pictures) were left out on purpose. The numbering, which never
// reaches back to 0, belongs to the caller, who says where it began (`first`) and what comes next.
template <size_t kWords>
class Omissions {
 public:
  static constexpr int64_t kSpan = IndexWindow<kWords>::kSpan;

  // The numbering begins anew.
  void restart(int64_t first) {
    if (any_yet()) window_.start(first);
  }

  // `index`, at least `next`, is left out; what it jumps over is not.
  void add(int64_t index, int64_t first, int64_t next) {
    if (!any_yet()) window_.start(oldest(first, next));
    window_.advance(index);
    window_.mark(index);
  }

  // The questions below are about indices from oldest() on, up to the one before `next`, after update(next).
  void update(int64_t next) {
    if (any_yet()) window_.advance(next - 1);
  }
  int64_t oldest(int64_t first, int64_t next) const {
    return any_yet() ? window_.lowest() : std::max({first, next - kSpan, int64_t{0}});
  }
  bool contains(int64_t index) const { return window_.is_marked(index); }
  // From `index` to the newest.
  int64_t count_since(int64_t index) const { return window_.marked_since(index); }

 private:
  bool any_yet() const { return window_.next() > 0; }

  IndexWindow<kWords> window_;
};

}  // namespace chroom::streams
