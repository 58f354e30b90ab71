#include "streams/index_window.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace chroom::streams {
namespace {

TEST(IndexWindow, CountsTheSameAsASetOnRandomWalks) {
  std::mt19937 random(7);
  IndexWindow<2> window;
  std::set<int64_t> marked;
  int64_t next = 1000;
  window.start(next);
  for (int step = 0; step < 20000; ++step) {
    const int64_t index = next + static_cast<int64_t>(random() % (step % 500 == 0 ? 300 : 4));
    window.advance(index);
    next = index + 1;
    if (random() % 3 == 0) {
      window.mark(index);
      marked.insert(index);
    }
    const int64_t probe = next - 1 - static_cast<int64_t>(random() % 128);
    if (!window.covers(probe)) continue;
    ASSERT_EQ(window.is_marked(probe), marked.contains(probe)) << "step " << step;
    ASSERT_EQ(window.marked_since(probe), std::distance(marked.lower_bound(probe), marked.end())) << "step " << step;
  }
}

TEST(IndexWindow, CoversNothingBeforeItsStart) {
  IndexWindow<1> window;
  window.start(50);
  window.advance(60);
  EXPECT_FALSE(window.covers(49));
  EXPECT_TRUE(window.covers(50));
  EXPECT_TRUE(window.covers(60));
  EXPECT_FALSE(window.covers(61));
}

TEST(IndexWindow, ForgetsWhatFellOutOfItsSpan) {
  IndexWindow<1> window;
  window.start(0);
  window.advance(0);
  window.mark(0);
  window.advance(64);
  EXPECT_FALSE(window.covers(0));
  EXPECT_FALSE(window.is_marked(64));
}

}  // namespace
}  // namespace chroom::streams
