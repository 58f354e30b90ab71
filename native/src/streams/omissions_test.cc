#include "streams/omissions.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace chroom::streams {
namespace {

TEST(Omissions, SayOfAStreamThatSendsEverythingThatNothingIsMissing) {
  Omissions<2> omissions;
  omissions.update(1000);
  EXPECT_EQ(omissions.oldest(990, 1000), 990);
  EXPECT_EQ(omissions.oldest(0, 1000), 1000 - Omissions<2>::kSpan);
  EXPECT_FALSE(omissions.contains(995));
  EXPECT_EQ(omissions.count_since(990), 0);
}

TEST(Omissions, KnowWhatWentBeforeTheFirstOne) {
  Omissions<2> omissions;
  omissions.add(1003, 900, 1000);
  omissions.update(1010);
  EXPECT_EQ(omissions.oldest(900, 1010), 900);
  EXPECT_FALSE(omissions.contains(900));
  EXPECT_TRUE(omissions.contains(1003));
  EXPECT_EQ(omissions.count_since(900), 1);
  EXPECT_EQ(omissions.count_since(1004), 0);
}

TEST(Omissions, ForgetAllWhenTheNumberingBeginsAnew) {
  Omissions<2> omissions;
  omissions.add(10, 0, 10);
  omissions.restart(500);
  omissions.update(510);
  EXPECT_EQ(omissions.oldest(500, 510), 500);
  EXPECT_EQ(omissions.count_since(500), 0);
}

TEST(Omissions, AgreeWithASetOverManyRandomStreams) {
  std::mt19937 random(0x0417);
  for (int stream = 0; stream < 200; ++stream) {
    Omissions<2> omissions;
    std::set<int64_t> left_out;
    const int64_t first = 1 + static_cast<int64_t>(random() % 100'000);
    const unsigned share = random() % 4;  // of four packets
    int64_t next = first;
    for (int step = 0; step < 400; ++step) {
      const int64_t index = next + (random() % 16 == 0 ? static_cast<int64_t>(random() % 9) : 0);
      if (random() % 4 < share) {
        omissions.add(index, first, next);
        left_out.insert(index);
      }
      next = index + 1;
      omissions.update(next);
      const int64_t oldest = omissions.oldest(first, next);
      ASSERT_LE(oldest, std::max(first, next - Omissions<2>::kSpan));
      const int64_t asked = oldest + static_cast<int64_t>(random() % static_cast<uint64_t>(next - oldest));
      ASSERT_EQ(omissions.contains(asked), left_out.contains(asked));
      ASSERT_EQ(omissions.count_since(asked), std::distance(left_out.lower_bound(asked), left_out.end()));
    }
  }
}

}  // namespace
}  // namespace chroom::streams
