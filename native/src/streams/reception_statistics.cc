#include "streams/reception_statistics.h"

#include <algorithm>
#include <cstdlib>

namespace chroom::streams {

void ReceptionStatistics::on_packet(int64_t sequence, uint32_t rtp_timestamp, Instant now) {
  const auto now_us = static_cast<uint64_t>(now.time_since_epoch().count());
  const auto arrival = static_cast<uint32_t>(now_us / 1'000'000 * clock_rate_hz_ +
                                             now_us % 1'000'000 * clock_rate_hz_ / 1'000'000);
  const uint32_t transit = arrival - rtp_timestamp;
  if (first_ < 0) {
    first_ = highest_ = sequence;
  } else {
    const auto difference = static_cast<int32_t>(transit - last_transit_);
    const auto distance = static_cast<uint32_t>(std::abs(int64_t{difference}));
    // A timestamp that jumps by more than ten seconds is a new clock, not jitter.
    if (distance < clock_rate_hz_ * 10) jitter_q4_ += distance - ((jitter_q4_ + 8) >> 4);
    first_ = std::min(first_, sequence);
    highest_ = std::max(highest_, sequence);
  }
  last_transit_ = transit;
  ++received_;
}

rtcp::ReportBlock ReceptionStatistics::take_report_block() {
  const uint64_t expected_interval = expected() - expected_before_;
  const uint64_t received_interval = received_ - received_before_;
  expected_before_ = expected();
  received_before_ = received_;

  rtcp::ReportBlock block;
  block.extended_highest_sequence = highest_ < 0 ? 0 : static_cast<uint32_t>(highest_ - 0x10000);
  const auto lost = static_cast<int64_t>(expected()) - static_cast<int64_t>(received_);
  block.cumulative_lost = static_cast<int32_t>(std::clamp<int64_t>(lost, -0x800000, 0x7FFFFF));
  if (expected_interval > received_interval) {
    const uint64_t fraction = ((expected_interval - received_interval) << 8) / expected_interval;
    block.fraction_lost = static_cast<uint8_t>(std::min<uint64_t>(fraction, 255));
  }
  block.jitter = jitter_ticks();
  return block;
}

uint32_t ReceptionStatistics::jitter_us() const {
  return static_cast<uint32_t>(uint64_t{jitter_ticks()} * 1'000'000 / clock_rate_hz_);
}

}  // namespace chroom::streams
