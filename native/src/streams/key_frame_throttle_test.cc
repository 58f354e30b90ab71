#include "streams/key_frame_throttle.h"

#include <gtest/gtest.h>

namespace chroom::streams {
namespace {

using std::chrono::milliseconds;
Instant at(int64_t ms) { return Instant{milliseconds(ms)}; }

TEST(KeyFrameThrottle, SendsOneRequestForManyWishes) {
  KeyFrameThrottle throttle;
  int sent = 0, first = 0;
  for (int64_t ms = 1000; ms < 1400; ++ms) {
    first += throttle.want(at(ms));
    sent += throttle.take_due(at(ms));
  }
  EXPECT_EQ(sent, 1);
  EXPECT_EQ(first, 1) << "the others join it";
}

TEST(KeyFrameThrottle, RepeatsWithGrowingPausesUntilAKeyFrameComes) {
  KeyFrameThrottle throttle;
  throttle.want(at(0));
  std::vector<int64_t> times;
  for (int64_t ms = 0; ms < 8000; ++ms) {
    if (throttle.take_due(at(ms))) times.push_back(ms);
  }
  EXPECT_EQ(times, (std::vector<int64_t>{0, 500, 1500, 3500, 7500}));
  throttle.on_key_frame();
  EXPECT_EQ(throttle.next_deadline(), kNever);
  EXPECT_FALSE(throttle.take_due(at(60000)));
}

TEST(KeyFrameThrottle, KeepsTheMinimumIntervalAfterAnAnswer) {
  KeyFrameThrottle throttle;
  throttle.want(at(0));
  EXPECT_TRUE(throttle.take_due(at(0)));
  throttle.on_key_frame();
  throttle.want(at(100));
  EXPECT_FALSE(throttle.take_due(at(499)));
  EXPECT_EQ(throttle.next_deadline(), at(500));
  EXPECT_TRUE(throttle.take_due(at(500)));
}

}  // namespace
}  // namespace chroom::streams
