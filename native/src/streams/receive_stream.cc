#include "streams/receive_stream.h"

#include <algorithm>

#include "streams/ntp_time.h"

namespace chroom::streams {
namespace {

// Packets asked for in one NACK; the rest follows in the next one.
constexpr size_t kMaxNacksPerPacket = 128;
// A stalled encoding: silent this long while another one went on at kMinReferenceFps.
constexpr Duration kStallAfter = std::chrono::milliseconds(350);
constexpr uint32_t kMinReferenceFps = 8;

}  // namespace

ReceiveStream::ReceiveStream(const ReceiveStreamConfig& config)
    : config_(config), reception_(config.clock_rate_hz), history_(config.history_packets) {}

ReceiveStream::Intake ReceiveStream::on_packet(buffer::PacketRef& packet, Instant now) {
  PacketDescriptor& descriptor = packet.descriptor<PacketDescriptor>();
  Intake intake;
  if (!unwrapper_.started() && !descriptor.retransmission) received_.start(0x10000 + descriptor.header.sequence);
  if (!unwrapper_.started() && descriptor.retransmission) {
    intake.drop = DropReason::kRtpTooOld;  // Of a life before ours: nothing to number it by.
    return intake;
  }
  descriptor.sequence = descriptor.retransmission ? unwrapper_.peek(descriptor.header.sequence)
                                                  : unwrapper_.unwrap(descriptor.header.sequence);
  byte_rate_.add(packet.length(), now);
  bytes_ += packet.length();
  ++packets_;
  if (!descriptor.retransmission) {
    reception_.on_packet(descriptor.sequence, descriptor.header.timestamp, now);
    intake.became_active = !is_active(now);
    last_packet_at_ = now;
    heard_ = true;
  }
  received_.advance(descriptor.sequence);
  if (!received_.covers(descriptor.sequence)) {
    intake.drop = DropReason::kRtpTooOld;
    return intake;
  }
  if (received_.is_marked(descriptor.sequence)) {
    intake.drop = DropReason::kRtpDuplicate;
    return intake;
  }
  received_.mark(descriptor.sequence);
  if (config_.nack && !paused_) {
    const auto outcome = nack_.on_packet(descriptor.sequence, now);
    on_nack_outcome(outcome, now);
    intake.recovered = outcome.recovered;
  }
  if (config_.video) intake.new_key_frame = count_frame(descriptor, now);
  history_.insert(descriptor.sequence, packet);
  return intake;
}

void ReceiveStream::on_nack_outcome(const NackGenerator::PacketOutcome& outcome, Instant now) {
  if (outcome.recovered) ++recovered_;
  if (outcome.overflowed && config_.video) request_key_frame(now);
  if (outcome.round_trip <= Duration{0}) return;
  nack_round_trip_ = nack_round_trip_ ? (*nack_round_trip_ * 7 + outcome.round_trip) / 8 : outcome.round_trip;
}

// True at the first packet of a key frame.
bool ReceiveStream::count_frame(const PacketDescriptor& descriptor, Instant now) {
  const uint32_t timestamp = descriptor.header.timestamp;
  if (frames_ == 0 || rtp::is_newer_timestamp(timestamp, newest_timestamp_)) {
    newest_timestamp_ = timestamp;
    ++frames_;
    const uint8_t layer = descriptor.temporal_layer == kNoTemporalLayer ? 0 : descriptor.temporal_layer;
    frame_rates_[std::min<size_t>(layer, kMaxTemporalLayers - 1)].add(1, now);
  }
  opaque_ = descriptor.codec == rtp::Codec::kOpaque;
  const bool known = key_frame_count_ > 0 && timestamp == key_frame_timestamp_;
  if (!descriptor.starts_key_frame || opaque_ || known) return false;
  key_frame_timestamp_ = timestamp;
  ++key_frame_count_;
  key_frames_.on_key_frame();
  return true;
}

void ReceiveStream::on_sender_report(const rtcp::SenderReport& report, Instant now) {
  sender_clock_ = SenderClock{report.ntp_time, report.rtp_timestamp, now};
}

void ReceiveStream::set_paused(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  nack_.reset();
  key_frames_.cancel();
}

void ReceiveStream::restart(uint32_t ssrc) {
  config_.ssrc = ssrc;
  unwrapper_.reset();
  reception_ = ReceptionStatistics(config_.clock_rate_hz);
  expected_read_ = lost_read_ = 0;
  nack_.reset();
  key_frames_.cancel();
  history_.clear();
  sender_clock_.reset();
  heard_ = false;
}

bool ReceiveStream::request_key_frame(Instant now) {
  return !config_.video || paused_ || !heard_ || key_frames_.want(now);
}

ReceiveStream::FeedbackWritten ReceiveStream::write_feedback(rtcp::Writer& out, uint32_t sender_ssrc, Instant now,
                                                             Duration round_trip) {
  FeedbackWritten written;
  if (next_deadline() > now) return written;
  // Room for both packets is checked first: what was collected must also leave.
  constexpr size_t kWorstBytes = 12 + 4 * kMaxNacksPerPacket + 20;
  if (out.rest().size() < kWorstBytes) {
    written.complete = false;
    return written;
  }
  std::array<uint16_t, kMaxNacksPerPacket> sequences;
  const FeedbackDue due = take_feedback(now, round_trip, sequences);
  if (due.nacked_packets > 0) out.nack(sender_ssrc, config_.ssrc, {sequences.data(), due.nacked_packets});
  if (due.key_frame_request && config_.pli) out.pli(sender_ssrc, config_.ssrc);
  if (due.key_frame_request && !config_.pli) out.fir(sender_ssrc, config_.ssrc, ++fir_sequence_);
  written.nacked_packets = static_cast<uint32_t>(due.nacked_packets);
  written.key_frame_request = due.key_frame_request;
  return written;
}

ReceiveStream::FeedbackDue ReceiveStream::take_feedback(Instant now, Duration round_trip, std::span<uint16_t> sequences) {
  FeedbackDue due;
  if (nack_.next_deadline() <= now) {
    due.nacked_packets = nack_.collect(now, round_trip, sequences);
    nacked_ += static_cast<uint32_t>(due.nacked_packets);
  }
  if (key_frames_.take_due(now)) {
    due.key_frame_request = true;
    if (opaque_) key_frames_.on_key_frame();  // The answer will not be recognised: ask once per wish.
    ++key_frame_requests_;
  }
  return due;
}

std::optional<rtcp::ReportBlock> ReceiveStream::take_report_block(Instant now) {
  if (!is_active(now)) return std::nullopt;
  rtcp::ReportBlock block = reception_.take_report_block();
  block.ssrc = config_.ssrc;
  if (sender_clock_) {
    block.last_sender_report = compact_ntp(sender_clock_->ntp_time);
    block.delay_since_last_report = compact_of_duration(now - sender_clock_->received_at);
  }
  return block;
}

Instant ReceiveStream::next_deadline() const {
  return std::min(nack_.next_deadline(), key_frames_.next_deadline());
}

bool ReceiveStream::has_stalled_beside(const ReceiveStream& reference, Instant now) const {
  if (!heard_ || !reference.heard_ || now - last_packet_at_ < kStallAfter) return false;
  if (reference.last_packet_at_ - last_packet_at_ < kStallAfter * 3 / 4) return false;
  uint64_t frames_per_second = 0;
  for (RateMeter rate : reference.frame_rates_) frames_per_second += rate.per_second(now);  // Copies: reading rolls.
  return frames_per_second >= kMinReferenceFps;
}

uint32_t ReceiveStream::frames_per_second(uint8_t layer, Instant now) {
  uint64_t sum = 0;
  for (size_t i = 0; i < kMaxTemporalLayers && i <= layer; ++i) sum += frame_rates_[i].per_second(now);
  return static_cast<uint32_t>(sum);
}

ReceiveStreamStatistics ReceiveStream::take_statistics(Instant now) {
  ReceiveStreamStatistics s;
  s.packets = packets_;
  s.bytes = bytes_;
  s.packets_lost = reception_.lost();
  s.packets_recovered = recovered_;
  s.frames = frames_;
  const uint64_t expected = reception_.expected() - expected_read_;
  const uint64_t lost = s.packets_lost > lost_read_ ? s.packets_lost - lost_read_ : 0;
  if (expected > 0) s.loss_ppm = static_cast<uint32_t>(std::min<uint64_t>(lost * 1'000'000 / expected, 1'000'000));
  expected_read_ = reception_.expected();
  lost_read_ = s.packets_lost;
  s.jitter_us = reception_.jitter_us();
  s.bitrate_bps = static_cast<uint32_t>(std::min<uint64_t>(byte_rate_.per_second(now) * 8, UINT32_MAX));
  s.frames_per_second = frames_per_second(kMaxTemporalLayers, now);
  s.nacks = nacked_;
  s.key_frame_requests = key_frame_requests_;
  s.key_frames = key_frame_count_;
  return s;
}

}  // namespace chroom::streams
