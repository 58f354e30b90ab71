// What a subscription says and hears about its own stream: sender reports, report blocks, statistics.
#include <algorithm>

#include "streams/ntp_time.h"
#include "streams/send_stream.h"

namespace chroom::streams {
namespace {

uint32_t to_us(Instant now) { return static_cast<uint32_t>(now.time_since_epoch().count()); }

uint32_t ticks_of(Duration duration, uint32_t clock_rate_hz) {
  return static_cast<uint32_t>(duration.count() * clock_rate_hz / 1'000'000);
}

}  // namespace

bool SendStream::write_sender_report(rtcp::Writer& out, const std::optional<SenderClock>& clock, Instant now) {
  if (hot_.packets == 0) return false;
  uint64_t ntp = to_ntp(now);
  uint32_t timestamp = hot_.last_timestamp;
  if (clock) {
    const Duration since = now - clock->received_at;
    ntp = clock->ntp_time + ntp_of_duration(since);
    timestamp = clock->rtp_timestamp + hot_.timestamp_offset + ticks_of(since, clock_rate_hz_);
  } else {
    const uint32_t since_ms = to_ms(now) - hot_.last_timestamp_at_ms;
    timestamp += static_cast<uint32_t>(uint64_t{since_ms} * clock_rate_hz_ / 1000);
  }
  const auto octets = static_cast<uint32_t>(hot_.bytes - uint64_t{hot_.packets} * rtp::kFixedHeaderBytes);
  if (!out.sender_report(config_ssrc_, ntp, timestamp, hot_.packets, octets)) return false;
  reports_sent_[next_report_++ % reports_sent_.size()] = {compact_ntp(ntp), to_us(now)};
  return true;
}

std::optional<Duration> SendStream::on_report_block(const rtcp::ReportBlock& block, Instant now) {
  packets_lost_ = static_cast<uint32_t>(std::max(block.cumulative_lost, 0));
  fraction_lost_ = block.fraction_lost;
  jitter_us_ = static_cast<uint32_t>(uint64_t{block.jitter} * 1'000'000 / clock_rate_hz_);
  if (block.last_sender_report == 0) return std::nullopt;
  for (const ReportSent& sent : reports_sent_) {
    if (sent.compact_ntp != block.last_sender_report) continue;
    const Duration round_trip = Duration(to_us(now) - sent.at_us) - duration_of_compact(block.delay_since_last_report);
    // The delay is the receiver's word: an impossible one is not used.
    if (round_trip < Duration{0}) return std::nullopt;
    set_round_trip(round_trip);
    return round_trip;
  }
  return std::nullopt;
}

void SendStream::set_round_trip(Duration round_trip) {
  round_trip_us_ = static_cast<uint32_t>(std::clamp<int64_t>(round_trip.count(), 0, UINT32_MAX));
}

SendStreamStatistics SendStream::statistics(Instant now) {
  SendStreamStatistics s;
  s.packets = hot_.packets;
  if (hot_.encoding != kNoEncoding) s.packets_since_switch = static_cast<uint64_t>(hot_.next_out - first_out_);
  s.bytes = hot_.bytes;
  if (exceptions_) {
    s.retransmitted = static_cast<uint64_t>(exceptions_->next_rtx - first_rtx_);
    s.retransmitted_bytes = exceptions_->resent_bytes;
    s.nacks = exceptions_->requests;
  }
  s.packets_lost = packets_lost_;
  s.loss_ppm = uint32_t{fraction_lost_} * 1'000'000 / 256;
  s.jitter_us = jitter_us_;
  s.plis = plis_;
  const uint32_t elapsed_ms = to_ms(now) - rate_at_ms_;
  if (elapsed_ms >= kMinRateInterval / std::chrono::milliseconds(1)) {
    const uint32_t bytes = static_cast<uint32_t>(hot_.bytes) - rate_bytes_;
    const uint64_t bps = rate_at_ms_ == 0 ? 0 : uint64_t{bytes} * 8 * 1000 / elapsed_ms;
    rate_bps_ = static_cast<uint32_t>(std::min<uint64_t>(bps, UINT32_MAX));
    rate_bytes_ = static_cast<uint32_t>(hot_.bytes);
    rate_at_ms_ = to_ms(now);
  }
  s.bitrate_bps = rate_bps_;
  return s;
}

}  // namespace chroom::streams
