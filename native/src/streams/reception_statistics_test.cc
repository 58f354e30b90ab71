#include "streams/reception_statistics.h"

#include <gtest/gtest.h>

#include "streams/ntp_time.h"
#include "streams/rate_meter.h"

namespace chroom::streams {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
constexpr int64_t kFirst = 0x10000 + 10;

TEST(ReceptionStatistics, ReportsLossOfTheIntervalAndInTotal) {
  ReceptionStatistics statistics(90000);
  for (int i = 0; i < 100; ++i) {
    if (i % 4 != 1) statistics.on_packet(kFirst + i, static_cast<uint32_t>(i) * 3000, Instant{milliseconds(33 * i)});
  }
  auto block = statistics.take_report_block();
  EXPECT_EQ(block.fraction_lost, 64);
  EXPECT_EQ(block.cumulative_lost, 25);
  EXPECT_EQ(block.extended_highest_sequence, 10u + 99);
  for (int i = 100; i < 200; ++i) statistics.on_packet(kFirst + i, 0, Instant{});
  block = statistics.take_report_block();
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 25);
}

TEST(ReceptionStatistics, ReportsNegativeLossWhenDuplicatesCameMoreOftenThanLosses) {
  ReceptionStatistics statistics(90000);
  for (int i = 0; i < 4; ++i) statistics.on_packet(kFirst, 0, Instant{});
  const auto block = statistics.take_report_block();
  EXPECT_EQ(block.cumulative_lost, -3);
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(statistics.lost(), 0u);
}

TEST(ReceptionStatistics, MeasuresNoJitterOnAnEvenStream) {
  ReceptionStatistics statistics(48000);
  for (int i = 0; i < 500; ++i) {
    statistics.on_packet(kFirst + i, static_cast<uint32_t>(i) * 960, Instant{milliseconds(1000 + 20 * i)});
  }
  EXPECT_EQ(statistics.jitter_us(), 0u);
}

TEST(ReceptionStatistics, ConvergesOnTheMeanDeviation) {
  ReceptionStatistics statistics(90000);
  for (int i = 0; i < 2000; ++i) {
    const int64_t late_us = i % 2 == 0 ? 0 : 4000;
    statistics.on_packet(kFirst + i, static_cast<uint32_t>(i) * 900, Instant{microseconds(10000 * i + late_us)});
  }
  EXPECT_NEAR(statistics.jitter_us(), 4000, 200);
}

TEST(NtpTime, KeepsDifferencesThroughTheCompactForm) {
  const Instant sent{milliseconds(123456)};
  const Instant now = sent + milliseconds(250);
  const uint32_t difference = compact_ntp(to_ntp(now)) - compact_ntp(to_ntp(sent));
  EXPECT_NEAR(static_cast<double>(duration_of_compact(difference).count()), 250'000, 20);
  EXPECT_EQ(duration_of_compact(compact_ntp(to_ntp(sent)) - compact_ntp(to_ntp(now))), Duration{0});
}

TEST(RateMeter, ShowsTheLastSecond) {
  RateMeter meter;
  for (int ms = 0; ms < 5000; ms += 10) meter.add(125, Instant{milliseconds(ms)});
  EXPECT_NEAR(static_cast<double>(meter.per_second(Instant{milliseconds(4999)})), 12500, 150);
  EXPECT_EQ(meter.per_second(Instant{milliseconds(7000)}), 0u);
}

}  // namespace
}  // namespace chroom::streams
