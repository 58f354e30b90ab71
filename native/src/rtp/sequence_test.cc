#include "rtp/sequence.h"

#include <gtest/gtest.h>

namespace chroom::rtp {
namespace {

TEST(Sequence, ComparesAroundTheWrap) {
  EXPECT_TRUE(is_newer(1, 0));
  EXPECT_TRUE(is_newer(0, 65535));
  EXPECT_FALSE(is_newer(65535, 0));
  EXPECT_FALSE(is_newer(5, 5));
  EXPECT_TRUE(is_newer(0x7FFF, 0));
  EXPECT_FALSE(is_newer(0x8000, 0)) << "half the circle is neither";
  EXPECT_TRUE(is_newer_timestamp(10, 0xFFFFFFF0));
  EXPECT_FALSE(is_newer_timestamp(0xFFFFFFF0, 10));
}

TEST(Sequence, MeasuresSignedDistance) {
  EXPECT_EQ(sequence_distance(65534, 2), 4);
  EXPECT_EQ(sequence_distance(2, 65534), -4);
}

TEST(SequenceUnwrapper, ExtendsAcrossWrapsInBothDirections) {
  SequenceUnwrapper unwrapper;
  const int64_t start = unwrapper.unwrap(65530);
  EXPECT_EQ(unwrapper.unwrap(3), start + 9);
  EXPECT_EQ(unwrapper.unwrap(65535), start + 5);
  EXPECT_EQ(unwrapper.highest(), start + 9);
  EXPECT_EQ(unwrapper.unwrap(3), start + 9);
}

TEST(SequenceUnwrapper, StaysPositiveWhenOlderPacketsFollowTheFirst) {
  SequenceUnwrapper unwrapper;
  const int64_t start = unwrapper.unwrap(0);
  EXPECT_EQ(unwrapper.unwrap(65535), start - 1);
  EXPECT_GT(unwrapper.unwrap(40000), 0);
}

TEST(SequenceUnwrapper, PeeksWithoutRemembering) {
  SequenceUnwrapper unwrapper;
  const int64_t start = unwrapper.unwrap(10);
  EXPECT_EQ(unwrapper.peek(20), start + 10);
  EXPECT_EQ(unwrapper.highest(), start);
  unwrapper.reset();
  EXPECT_FALSE(unwrapper.started());
}

TEST(TimestampUnwrapper, ExtendsThirtyTwoBits) {
  TimestampUnwrapper unwrapper;
  const int64_t start = unwrapper.unwrap(0xFFFFFF00);
  EXPECT_EQ(unwrapper.unwrap(0x100), start + 0x200);
}

}  // namespace
}  // namespace chroom::rtp
