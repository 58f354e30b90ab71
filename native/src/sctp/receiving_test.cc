// TSN tracking and reassembly without an association around them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "sctp/reassembly.h"
#include "sctp/received_tsns.h"
#include "sctp/virtual_network.h"

namespace chroom::sctp {
namespace {

constexpr uint32_t kNearWrap = 0xFFFFFFF0;

TEST(ReceivedTsnsTest, AgreesWithASetOnRandomArrivalsAcrossTheWrap) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    ReceivedTsns tracker(kNearWrap);
    std::set<uint32_t> model;  // Offsets from kNearWrap.
    uint32_t next_missing = 0;
    for (int i = 0; i < 2000; ++i) {
      const uint32_t offset = next_missing + static_cast<uint32_t>(random() % 40);
      const uint32_t tsn = kNearWrap + offset;
      const bool known = model.count(offset) > 0;
      ASSERT_EQ(tracker.classify(tsn), known ? ReceivedTsns::Verdict::kDuplicate : ReceivedTsns::Verdict::kNew) << seed;
      if (!known) {
        tracker.add(tsn);
        model.insert(offset);
      }
      while (model.count(next_missing) > 0) ++next_missing;
      ASSERT_EQ(tracker.cumulative(), kNearWrap + next_missing - 1) << seed;
      ASSERT_EQ(tracker.has_gaps(), *model.rbegin() >= next_missing);
    }
  }
}

TEST(ReceivedTsnsTest, BoundsHolesAndDistance) {
  ReceivedTsns tracker(1);
  EXPECT_EQ(tracker.classify(0), ReceivedTsns::Verdict::kDuplicate);
  EXPECT_EQ(tracker.classify(ReceivedTsns::kMaxAhead), ReceivedTsns::Verdict::kNew);
  EXPECT_EQ(tracker.classify(ReceivedTsns::kMaxAhead + 1), ReceivedTsns::Verdict::kOutOfWindow);
  EXPECT_EQ(tracker.classify(0x80000001), ReceivedTsns::Verdict::kDuplicate);
  uint32_t tsn = 3;
  for (size_t i = 0; i < ReceivedTsns::kMaxRanges; ++i, tsn += 2) {
    ASSERT_EQ(tracker.classify(tsn), ReceivedTsns::Verdict::kNew);
    tracker.add(tsn);
  }
  EXPECT_EQ(tracker.classify(tsn), ReceivedTsns::Verdict::kOutOfWindow);
  EXPECT_EQ(tracker.classify(tsn - 1), ReceivedTsns::Verdict::kNew);  // Makes a range longer, not another one.
  EXPECT_EQ(tracker.classify(1), ReceivedTsns::Verdict::kNew);        // What is missing always gets in.
}

TEST(ReceivedTsnsTest, WritesBlocksAndDuplicatesAndForgetsDuplicates) {
  ReceivedTsns tracker(100);
  for (const uint32_t tsn : {100u, 102u, 103u, 106u}) tracker.add(tsn);
  tracker.note_duplicate(100);
  std::vector<uint8_t> buffer(600);
  PacketWriter packet(buffer);
  ASSERT_TRUE(tracker.write_sack(packet, 5000));
  const std::vector<uint8_t> expected = {3, 0, 0, 28, 0, 0, 0, 100, 0, 0, 0x13, 0x88, 0, 2, 0, 1,
                                         0, 2, 0, 3,  0, 6, 0, 6,   0, 0, 0,    100};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), buffer.begin() + 12));
  PacketWriter again(buffer);
  ASSERT_TRUE(tracker.write_sack(again, 5000));
  EXPECT_EQ(load_be16(buffer.data() + 12 + 14), 0);
}

TEST(ReceivedTsnsTest, SkippingSwallowsRangesAndNeverGoesBack) {
  ReceivedTsns tracker(1);
  for (const uint32_t tsn : {3u, 4u, 6u, 9u}) tracker.add(tsn);
  EXPECT_TRUE(tracker.skip_to(5));
  EXPECT_EQ(tracker.cumulative(), 6u);
  EXPECT_FALSE(tracker.skip_to(2));
  EXPECT_TRUE(tracker.skip_to(8));
  EXPECT_EQ(tracker.cumulative(), 9u);
  EXPECT_FALSE(tracker.has_gaps());
}

DataChunk data_chunk(uint32_t tsn, uint16_t ssn, uint8_t flags, Bytes payload) {
  return {tsn, 1, ssn, 51, flags, payload};
}

struct Piece {
  uint32_t tsn;
  uint16_t ssn;
  uint8_t flags;
  std::vector<uint8_t> bytes;
};

TEST(ReassemblyTest, AnyArrivalOrderGivesTheMessagesInOrder) {
  std::vector<Piece> pieces;
  std::vector<std::vector<uint8_t>> messages;
  uint32_t tsn = kNearWrap;
  uint16_t ssn = 0xFFFD;
  for (uint32_t m = 0; m < 12; ++m, ++ssn) {
    const size_t count = 1 + m % 5;
    std::vector<uint8_t> whole;
    for (size_t i = 0; i < count; ++i) {
      const uint8_t flags = static_cast<uint8_t>((i == 0 ? kDataFlagBegin : 0) | (i + 1 == count ? kDataFlagEnd : 0));
      pieces.push_back({tsn++, ssn, flags, patterned_bytes(10 + i, m * 10 + static_cast<uint32_t>(i))});
      whole.insert(whole.end(), pieces.back().bytes.begin(), pieces.back().bytes.end());
    }
    messages.push_back(whole);
  }
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::shuffle(pieces.begin(), pieces.end(), random);
    Reassembly reassembly(1000);
    reassembly.skip_ordered(1, 0x7FFF);  // Bring the stream to 0xFFFD in steps that are ahead.
    reassembly.skip_ordered(1, 0xFFFC);
    std::vector<std::vector<uint8_t>> delivered;
    for (const Piece& piece : pieces) {
      ASSERT_TRUE(reassembly.add(data_chunk(piece.tsn, piece.ssn, piece.flags, piece.bytes)));
      while (reassembly.has_ready()) delivered.push_back(reassembly.take_ready().bytes);
    }
    ASSERT_EQ(delivered, messages) << "seed " << seed;
    ASSERT_EQ(reassembly.buffered_bytes(), 0u);
  }
}

TEST(ReassemblyTest, FragmentsThatDoNotBelongTogetherAreNeverJoined) {
  Reassembly reassembly(1000);
  const std::vector<uint8_t> bytes(10, 1);
  ASSERT_TRUE(reassembly.add(data_chunk(1, 0, kDataFlagBegin, bytes)));
  ASSERT_TRUE(reassembly.add(data_chunk(2, 1, kDataFlagEnd, bytes)));    // Another message's end.
  ASSERT_TRUE(reassembly.add(data_chunk(3, 2, kDataFlagBegin, bytes)));  // A begin after an end.
  ASSERT_TRUE(reassembly.add(data_chunk(4, 2, kDataFlagBegin, bytes)));  // A begin after a begin.
  EXPECT_FALSE(reassembly.has_ready());
  reassembly.prune(4);  // Only the last may still be continued.
  EXPECT_EQ(reassembly.buffered_bytes(), 10 + Reassembly::kOverheadBytes);
  ASSERT_TRUE(reassembly.add(data_chunk(5, 2, kDataFlagEnd, bytes)));
  reassembly.skip_ordered(1, 1);
  EXPECT_TRUE(reassembly.has_ready());
  EXPECT_EQ(reassembly.take_ready().bytes.size(), 20u);
  EXPECT_EQ(reassembly.buffered_bytes(), 0u);
}

TEST(ReassemblyTest, ReportsAMessageThatOutgrowsTheLimit) {
  Reassembly reassembly(25);
  const std::vector<uint8_t> bytes(10, 1);
  EXPECT_TRUE(reassembly.add(data_chunk(1, 0, kDataFlagBegin, bytes)));
  EXPECT_TRUE(reassembly.add(data_chunk(2, 0, 0, bytes)));
  EXPECT_FALSE(reassembly.add(data_chunk(3, 0, 0, bytes)));
}

TEST(ReassemblyTest, SkippedAndResetStreamsGoOn) {
  Reassembly reassembly(1000);
  const std::vector<uint8_t> bytes(10, 1);
  const uint8_t whole = kDataFlagBegin | kDataFlagEnd;
  ASSERT_TRUE(reassembly.add(data_chunk(3, 2, whole, bytes)));
  ASSERT_TRUE(reassembly.add(data_chunk(5, 4, whole, bytes)));
  EXPECT_FALSE(reassembly.has_ready());
  reassembly.skip_ordered(1, 1);
  ASSERT_TRUE(reassembly.has_ready());
  reassembly.take_ready();
  EXPECT_FALSE(reassembly.has_ready());
  ASSERT_TRUE(reassembly.add(data_chunk(2, 1, whole, bytes)));  // Its turn was skipped.
  EXPECT_FALSE(reassembly.has_ready());
  reassembly.reset_stream(1);
  EXPECT_EQ(reassembly.buffered_bytes(), 0u);
  ASSERT_TRUE(reassembly.add(data_chunk(6, 0, whole, bytes)));
  EXPECT_TRUE(reassembly.has_ready());
}

}  // namespace
}  // namespace chroom::sctp
