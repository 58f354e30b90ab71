#include "rtcp/transport_feedback.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace chroom::rtcp {
namespace {

using Arrivals = std::vector<int64_t>;

std::optional<TransportFeedback> parse(Bytes bytes) {
  CompoundReader reader(bytes);
  PacketView packet;
  if (!reader.next(packet)) return std::nullopt;
  return parse_transport_feedback(packet);
}

// Writes, parses, and gives back the arrivals on the same clock.
Arrivals round_trip(const Arrivals& arrivals_us, size_t expected_length = 0) {
  std::vector<uint8_t> out(1200);
  const auto written = write_transport_feedback(out, 1, 2, 3, 65000, arrivals_us);
  EXPECT_EQ(written.packets, arrivals_us.size());
  if (expected_length != 0) {
    EXPECT_EQ(written.length, expected_length);
  }
  const auto feedback = parse(Bytes(out).first(written.length));
  EXPECT_TRUE(feedback);
  if (!feedback) return {};
  EXPECT_EQ(feedback->sender_ssrc, 1u);
  EXPECT_EQ(feedback->media_ssrc, 2u);
  EXPECT_EQ(feedback->feedback_count, 3);
  Arrivals read;
  feedback->for_each([&](uint16_t sequence, int64_t arrival_us) {
    EXPECT_EQ(sequence, static_cast<uint16_t>(65000 + read.size()));
    read.push_back(arrival_us);
  });
  return read;
}

TEST(TransportFeedback, CarriesSmallAndLargeDeltasAndLoss) {
  const Arrivals arrivals = {64000, 64250, kNotReceived, 64250, 200000, 199000, kNotReceived, 500000};
  EXPECT_EQ(round_trip(arrivals), arrivals);
}

TEST(TransportFeedback, RoundsDownToAQuarterMillisecond) {
  EXPECT_EQ(round_trip({1'000'100, 1'000'499, 1'000'500}), (Arrivals{1'000'000, 1'000'250, 1'000'500}));
}

TEST(TransportFeedback, SpendsOneChunkOnARun) {
  Arrivals arrivals;
  for (int i = 0; i < 500; ++i) arrivals.push_back(10'000'000 + i * 1000);
  // Header 4, fixed 16, one chunk, 500 deltas, padding.
  EXPECT_EQ(round_trip(arrivals, 524), arrivals);
}

TEST(TransportFeedback, StartsWithLossWhenTheCallerSaysSo) {
  const Arrivals arrivals = {kNotReceived, kNotReceived, 640000};
  EXPECT_EQ(round_trip(arrivals), arrivals);
}

TEST(TransportFeedback, WritesNothingWhenNothingArrived) {
  std::vector<uint8_t> out(100);
  const auto written = write_transport_feedback(out, 1, 2, 3, 4, Arrivals{kNotReceived, kNotReceived});
  EXPECT_EQ(written.length, 0u);
  EXPECT_EQ(write_transport_feedback(out, 1, 2, 3, 4, {}).length, 0u);
}

TEST(TransportFeedback, StopsBeforeADeltaThatDoesNotFitAndGoesOnInTheNext) {
  const Arrivals arrivals = {0, 1000, 9'000'000, 9'001'000};
  std::vector<uint8_t> out(100);
  const auto first = write_transport_feedback(out, 1, 2, 0, 10, arrivals);
  EXPECT_EQ(first.packets, 2u);
  const auto second = write_transport_feedback(out, 1, 2, 1, 12, std::span(arrivals).subspan(first.packets));
  EXPECT_EQ(second.packets, 2u);
  const auto feedback = parse(Bytes(out).first(second.length));
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->base_sequence, 12);
}

TEST(TransportFeedback, FillsWhatFitsTheBuffer) {
  Arrivals arrivals;
  for (int i = 0; i < 1000; ++i) arrivals.push_back(10'000'000 + i * 100'000);
  for (size_t size = 0; size < 300; ++size) {
    std::vector<uint8_t> out(size);
    const auto written = write_transport_feedback(out, 1, 2, 3, 4, arrivals);
    ASSERT_LE(written.length, size);
    if (written.length == 0) continue;
    const auto feedback = parse(Bytes(out).first(written.length));
    ASSERT_TRUE(feedback) << size;
    EXPECT_EQ(feedback->packet_count, written.packets);
  }
}

TEST(TransportFeedback, CarriesRandomArrivals) {
  std::mt19937 random(99);
  for (int round = 0; round < 500; ++round) {
    Arrivals arrivals;
    int64_t now_us = 5'000'000'000;
    const size_t count = 1 + random() % 200;
    for (size_t i = 0; i < count; ++i) {
      now_us += static_cast<int64_t>(random() % (random() % 4 == 0 ? 400 : 4)) * 250;
      arrivals.push_back(i != 0 && random() % 3 == 0 ? kNotReceived : now_us);
    }
    ASSERT_EQ(round_trip(arrivals), arrivals) << "round " << round;
  }
}

// The message of libwebrtc's shape: run length and both vectors, padded with the P bit by two bytes.
TEST(TransportFeedback, ReadsAllChunkKindsAndOddPadding) {
  const std::vector<uint8_t> bytes = {
      0xAF, 205, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 100, 0, 12, 0, 0, 1, 9,
      0x20, 0x02,              // two small deltas
      0xD8, 0x00,              // two-bit vector: 1, 2, 0, 0, 0, 0, 0
      0xA0, 0x00,              // one-bit vector: 1, 0, 0, ...
      4, 4, 4, 0xFF, 0xFF, 8,  // deltas
      0, 0, 0, 4};
  const auto feedback = parse(bytes);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->packet_count, 12);
  Arrivals read;
  feedback->for_each([&](uint16_t, int64_t at) { read.push_back(at); });
  const int64_t lost = kNotReceived;
  EXPECT_EQ(read, (Arrivals{65000, 66000, 67000, 66750, lost, lost, lost, lost, lost, 68750, lost, lost}));
}

TEST(TransportFeedback, RefusesWhatDoesNotAddUp) {
  const auto with = [](uint16_t count, std::vector<uint8_t> rest) {
    std::vector<uint8_t> body = {0, 0, 0, 1, 0, 0, 0, 2, 0, 100, 0, 0, 0, 0, 1, 9};
    store_be16(body.data() + 10, count);
    rest.insert(rest.begin(), body.begin(), body.end());
    return parse_transport_feedback({PacketType::kTransportFeedback, kTransportWideCcFormat, rest}).has_value();
  };
  EXPECT_TRUE(with(2, {0x20, 2, 1, 1}));
  EXPECT_FALSE(with(2, {0x20, 2, 1})) << "a delta is missing";
  EXPECT_FALSE(with(20, {0x20, 2, 1, 1})) << "a chunk is missing";
  EXPECT_FALSE(with(2, {0x20, 0, 1, 1})) << "a run of nothing";
  EXPECT_FALSE(with(2, {0x60, 2, 1, 1})) << "the reserved symbol";
  EXPECT_FALSE(with(0, {0x20, 2, 1, 1})) << "about no packet";
  EXPECT_FALSE(with(kMaxFeedbackPackets + 1, {0x1F, 0xFF})) << "past the bound";
  EXPECT_TRUE(with(kMaxFeedbackPackets, {0x1F, 0xFF}));
}

TEST(TransportFeedback, ReadsNegativeReferenceTime) {
  const Arrivals arrivals = {-64000, -63000};
  EXPECT_EQ(round_trip(arrivals), arrivals);
}

}  // namespace
}  // namespace chroom::rtcp
