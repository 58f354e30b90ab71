#include "streams/nack_generator.h"

#include <gtest/gtest.h>

#include <vector>

namespace chroom::streams {
namespace {

using std::chrono::milliseconds;
constexpr Duration kRoundTrip = milliseconds(50);

struct NackGeneratorTest : testing::Test {
  Instant at(int64_t ms) { return Instant{milliseconds(ms)}; }
  std::vector<uint16_t> collect(int64_t ms) {
    std::vector<uint16_t> out(256);
    out.resize(nack.collect(at(ms), kRoundTrip, out));
    return out;
  }
  NackGenerator nack;
};

TEST_F(NackGeneratorTest, AsksForAGapOnceItIsNoReordering) {
  nack.on_packet(100, at(0));
  nack.on_packet(102, at(1));
  EXPECT_EQ(nack.next_deadline(), at(1) + NackGenerator::kReorderDelay);
  EXPECT_TRUE(collect(2).empty());
  EXPECT_EQ(collect(11), std::vector<uint16_t>{101});
}

TEST_F(NackGeneratorTest, AsksAtOnceWhenThreePacketsCameBehindTheGap) {
  nack.on_packet(100, at(0));
  nack.on_packet(102, at(1));
  nack.on_packet(103, at(1));
  nack.on_packet(104, at(1));
  EXPECT_EQ(nack.next_deadline(), at(1));
  EXPECT_EQ(collect(1), std::vector<uint16_t>{101});
}

TEST_F(NackGeneratorTest, ForgetsAPacketThatWasOnlyReordered) {
  nack.on_packet(100, at(0));
  nack.on_packet(102, at(1));
  const auto outcome = nack.on_packet(101, at(2));
  EXPECT_FALSE(outcome.recovered);
  EXPECT_EQ(nack.next_deadline(), kNever);
  EXPECT_TRUE(collect(50).empty());
}

TEST_F(NackGeneratorTest, RepeatsEveryRoundTripUntilItGivesUp) {
  nack.on_packet(100, at(0));
  nack.on_packet(102, at(0));
  EXPECT_EQ(collect(10).size(), 1u);
  EXPECT_TRUE(collect(59).empty());
  EXPECT_EQ(collect(60).size(), 1u);
  int asked = 2;
  for (int64_t ms = 61; ms < 3000; ++ms) asked += static_cast<int>(collect(ms).size());
  EXPECT_EQ(asked, NackGenerator::kMaxTries);
  EXPECT_EQ(nack.missing(), 0u);
  EXPECT_EQ(nack.next_deadline(), kNever);
}

TEST_F(NackGeneratorTest, MeasuresTheRoundTripOfASingleRequestOnly) {
  nack.on_packet(100, at(0));
  nack.on_packet(103, at(0));
  collect(10);
  const auto once = nack.on_packet(101, at(40));
  EXPECT_TRUE(once.recovered);
  EXPECT_EQ(once.round_trip, milliseconds(30));
  collect(60);
  const auto twice = nack.on_packet(102, at(90));
  EXPECT_TRUE(twice.recovered);
  EXPECT_EQ(twice.round_trip, Duration{0});
}

TEST_F(NackGeneratorTest, GivesUpOnAGapThatIsTooWide) {
  nack.on_packet(100, at(0));
  EXPECT_FALSE(nack.on_packet(101 + NackGenerator::kCapacity, at(0)).overflowed);
  EXPECT_EQ(nack.missing(), NackGenerator::kCapacity);
  EXPECT_TRUE(nack.on_packet(1000 + NackGenerator::kCapacity, at(0)).overflowed);
  EXPECT_EQ(nack.missing(), 0u);
  EXPECT_EQ(nack.next_deadline(), kNever);
}

TEST_F(NackGeneratorTest, MissesNothingFromBeforeAReset) {
  nack.on_packet(100, at(0));
  nack.on_packet(105, at(0));
  nack.reset();
  nack.on_packet(900, at(1));
  EXPECT_TRUE(collect(100).empty());
}

TEST_F(NackGeneratorTest, AsksInSlicesWhenTheOutputIsSmall) {
  nack.on_packet(100, at(0));
  nack.on_packet(108, at(0));
  std::vector<uint16_t> out(4);
  EXPECT_EQ(nack.collect(at(10), kRoundTrip, out), 4u);
  EXPECT_EQ(out.front(), 101);
  EXPECT_EQ(nack.next_deadline(), at(0));
  EXPECT_EQ(nack.collect(at(10), kRoundTrip, out), 3u);
  EXPECT_EQ(out.front(), 105);
}

}  // namespace
}  // namespace chroom::streams
