#include "congestion/feedback_generator.h"

#include <gtest/gtest.h>

#include <map>

#include "congestion/send_history.h"

namespace chroom::congestion {
namespace {

using std::chrono::milliseconds;
using std::chrono::microseconds;

struct FeedbackTest : testing::Test {
  // Everything that is due, by sequence number; the last word counts.
  std::map<uint16_t, int64_t> collect(Instant now) {
    std::map<uint16_t, int64_t> told;
    for (;;) {
      uint8_t raw[1180];
      rtcp::Writer writer({raw, sizeof raw});
      if (!generator.write(writer, now)) return told;
      ++messages;
      rtcp::CompoundReader reader(writer.bytes());
      rtcp::PacketView view;
      EXPECT_TRUE(reader.next(view));
      const auto feedback = rtcp::parse_transport_feedback(view);
      if (!feedback) {
        ADD_FAILURE() << "our own feedback does not parse";
        return told;
      }
      EXPECT_EQ(feedback->feedback_count, expected_count++);
      feedback->for_each([&](uint16_t sequence, int64_t arrival_us) { told[sequence] = arrival_us; });
      summary = history.on_feedback(*feedback, now, [&](const PacketResult& r) { results.push_back(r); });
    }
  }
  Instant at(int64_t us) { return Instant{microseconds(us)}; }

  FeedbackGenerator generator{1};
  SendHistory history;
  FeedbackSummary summary;
  std::vector<PacketResult> results;
  uint8_t expected_count = 0;
  int messages = 0;
};

TEST_F(FeedbackTest, TellsArrivalsWithin250MicrosecondsEvery100Milliseconds) {
  std::map<uint16_t, int64_t> arrivals;
  for (int i = 0; i < 200; ++i) {
    if (i % 7 == 3) continue;
    const auto sequence = static_cast<uint16_t>(65500 + i);
    const int64_t us = 5'000'000 + i * 400;
    arrivals[sequence] = us;
    generator.on_packet(sequence, 9, at(us));
  }
  EXPECT_EQ(generator.next_deadline(), at(5'100'000));
  EXPECT_TRUE(collect(at(5'099'999)).empty());
  const auto told = collect(at(5'100'000));
  ASSERT_EQ(told.size(), 199u) << "from the first to the last that arrived";
  int64_t shift = 0;  // The reference time is modulo 2^24 * 64 ms.
  for (const auto& [sequence, us] : told) {
    if (!arrivals.contains(sequence)) {
      EXPECT_EQ(us, rtcp::kNotReceived);
      continue;
    }
    if (shift == 0) shift = arrivals[sequence] - us + 1'000'000;
    EXPECT_NEAR(static_cast<double>(us + shift - 1'000'000), static_cast<double>(arrivals[sequence]), 500) << sequence;
  }
  EXPECT_EQ(generator.next_deadline(), kNever);
}

TEST_F(FeedbackTest, TellsAgainWhatCameAfterItWasReportedMissing) {
  generator.on_packet(10, 9, at(1000));
  generator.on_packet(12, 9, at(2000));
  EXPECT_EQ(collect(at(200'000)).at(11), rtcp::kNotReceived);
  generator.on_packet(11, 9, at(210'000));
  const auto told = collect(at(400'000));
  EXPECT_NE(told.at(11), rtcp::kNotReceived);
  EXPECT_NE(told.at(12), rtcp::kNotReceived);
}

TEST_F(FeedbackTest, IgnoresDuplicatesAndWhatIsTooOld) {
  generator.on_packet(5000, 9, at(1000));
  collect(at(200'000));
  generator.on_packet(5000, 9, at(250'000));
  generator.on_packet(static_cast<uint16_t>(5000 - 3000), 9, at(250'000));
  EXPECT_EQ(generator.next_deadline(), kNever);
}

TEST_F(FeedbackTest, DoesNotWaitWhenManyPacketsArrived) {
  for (int i = 0; i < 450; ++i) generator.on_packet(static_cast<uint16_t>(i), 9, at(1000 + i * 10));
  EXPECT_LE(generator.next_deadline(), at(1000 + 450 * 10));
  EXPECT_EQ(collect(at(6000)).size(), 450u);
}

TEST_F(FeedbackTest, SurvivesAJumpOfTheNumbersAndALongSilence) {
  generator.on_packet(1, 9, at(1000));
  generator.on_packet(30000, 9, at(2000));
  const auto told = collect(at(300'000));
  EXPECT_NE(told.at(30000), rtcp::kNotReceived);
  generator.on_packet(30001, 9, at(3'600'000'000));
  const auto later = collect(at(3'600'200'000));
  EXPECT_TRUE(later.contains(30001));
}

TEST_F(FeedbackTest, GivesTheSenderLossRoundTripAndRate) {
  for (int i = 0; i < 100; ++i) {
    const Instant sent = at(1'000'000 + i * 1000);
    const uint16_t sequence = history.on_send(1200, sent);
    if (i % 10 != 5) generator.on_packet(sequence, 9, sent + milliseconds(20));
  }
  EXPECT_EQ(history.in_flight_bytes(), 120'000u);
  collect(at(1'130'000));
  EXPECT_EQ(messages, 1);
  EXPECT_EQ(summary.received_packets, 90u);
  EXPECT_EQ(summary.lost_packets, 10u);
  EXPECT_NEAR(static_cast<double>(summary.received_bps), 1200.0 * 8 * 1000 * 0.9, 200'000);
  EXPECT_EQ(summary.round_trip, at(1'130'000) - at(1'099'000));
  EXPECT_EQ(results.size(), 100u);
  EXPECT_EQ(history.in_flight_bytes(), 0u);
}

TEST_F(FeedbackTest, CorrectsALossWhenThePacketWasOnlyLate) {
  const uint16_t first = history.on_send(100, at(0));
  const uint16_t second = history.on_send(100, at(100));
  const uint16_t third = history.on_send(100, at(200));
  generator.on_packet(first, 9, at(1000));
  generator.on_packet(third, 9, at(2000));
  collect(at(200'000));
  EXPECT_EQ(summary.lost_packets, 1u);
  generator.on_packet(second, 9, at(210'000));
  results.clear();
  collect(at(400'000));
  EXPECT_EQ(summary.received_packets, 1u);
  ASSERT_EQ(results.size(), 1u) << "what was known is not told twice";
  EXPECT_TRUE(results[0].received());
}

TEST_F(FeedbackTest, IgnoresFeedbackAboutPacketsItNeverSent) {
  for (int i = 0; i < 50; ++i) generator.on_packet(static_cast<uint16_t>(40000 + i), 9, at(1000 + i));
  collect(at(200'000));
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(summary.received_packets, 0u);
}

}  // namespace
}  // namespace chroom::congestion
