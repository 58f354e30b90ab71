#include "generator/received_stream.h"

#include <algorithm>
#include <cstdlib>

namespace chroom::load {

void ReceivedStream::count(const rtp::Header& header, Instant now, Tally& tally) {
  if (packets_ == 0) {
    // One cycle ahead, so that an older packet never falls below zero.
    first_ = highest_ = 0x10000 + header.sequence;
  } else {
    const auto ahead = static_cast<int16_t>(header.sequence - static_cast<uint16_t>(highest_));
    if (ahead > 0) {
      highest_ += static_cast<uint64_t>(ahead);
    } else {
      ++tally.reordered;
    }
  }
  ++packets_;
  // RFC 3550 appendix A.8.
  const int64_t arrival = now.time_since_epoch().count() * clock_rate_ / 1'000'000;
  const int64_t transit = arrival - header.timestamp;
  if (packets_ > 1) jitter_x16_ += std::abs(transit - last_transit_) - ((jitter_x16_ + 8) >> 4);
  last_transit_ = transit;
}

void ReceivedStream::on_sender_report(uint64_t ntp_time, Instant now) {
  last_report_ = static_cast<uint32_t>(ntp_time >> 16);
  last_report_at_ = now;
}

rtcp::ReportBlock ReceivedStream::report(Instant now) {
  const uint64_t expected = packets_ == 0 ? 0 : highest_ - first_ + 1;
  const uint64_t expected_now = expected - reported_expected_;
  const uint64_t packets_now = packets_ - reported_packets_;
  reported_expected_ = expected;
  reported_packets_ = packets_;
  rtcp::ReportBlock block;
  block.ssrc = ssrc_;
  if (expected_now > packets_now) block.fraction_lost = static_cast<uint8_t>((expected_now - packets_now) * 255 / expected_now);
  block.cumulative_lost = static_cast<int32_t>(std::max<int64_t>(missing(), 0));
  block.extended_highest_sequence = static_cast<uint32_t>(highest_ - 0x10000);
  block.jitter = static_cast<uint32_t>(std::clamp<int64_t>(jitter_x16_ >> 4, 0, UINT32_MAX));
  if (last_report_ != 0) {
    block.last_sender_report = last_report_;
    block.delay_since_last_report = static_cast<uint32_t>((now - last_report_at_).count() * 65536 / 1'000'000);
  }
  return block;
}

}  // namespace chroom::load
