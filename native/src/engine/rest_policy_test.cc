#include "engine/rest_policy.h"

#include <gtest/gtest.h>

namespace chroom::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(RestPolicy, HoldsNoMediaOnAWorkerWithLittleToDo) {
  EXPECT_EQ(rest_policy::hold(0), Duration{0});
  EXPECT_EQ(rest_policy::hold(100), Duration{0});
}

TEST(RestPolicy, HoldsMediaLongerTheBusierTheWorkerIsUpToABound) {
  EXPECT_EQ(rest_policy::hold(200), microseconds(250));
  EXPECT_EQ(rest_policy::hold(300), microseconds(500));
  EXPECT_EQ(rest_policy::hold(1000), microseconds(500));
}

TEST(RestPolicy, LooksForTheRestOfAFrameAtGrowingDistancesAndNeverPastItsHold) {
  EXPECT_EQ(rest_policy::until_next_look(Duration{0}, 1000), microseconds(25));
  EXPECT_EQ(rest_policy::until_next_look(microseconds(60), 1000), microseconds(60));
  EXPECT_EQ(rest_policy::until_next_look(microseconds(300), 1000), microseconds(100));
  EXPECT_EQ(rest_policy::until_next_look(microseconds(470), 1000), microseconds(30));
  EXPECT_EQ(rest_policy::until_next_look(microseconds(600), 1000), Duration{0});
  EXPECT_EQ(rest_policy::until_next_look(Duration{0}, 0), Duration{0});
}

TEST(RestPolicy, GathersChecksOnlyWhereThereAreManyAndNothingFlows) {
  EXPECT_TRUE(rest_policy::gathers_checks(milliseconds(100), 1000));
  EXPECT_FALSE(rest_policy::gathers_checks(milliseconds(99), 1000));
  EXPECT_FALSE(rest_policy::gathers_checks(milliseconds(100), 999));
}

}  // namespace
}  // namespace chroom::engine
