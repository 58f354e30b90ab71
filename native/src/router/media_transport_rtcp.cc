// The RTCP of one transport: what comes in is handed to the stream it is about, what is due is written.
#include <algorithm>
#include <array>

#include "router/router.h"
#include "streams/ntp_time.h"

namespace chroom::router {
namespace {

constexpr Duration kDefaultRoundTrip = std::chrono::milliseconds(100);
// To another worker and back, both busy.
constexpr Duration kLinkRoundTrip = std::chrono::milliseconds(2);
// Longer ones are the far end's clock error, not a network.
constexpr Duration kMaxRoundTrip = std::chrono::seconds(10);

}  // namespace

// ---- in ----

void MediaTransport::on_rtcp(Bytes compound, Instant now) {
  Counters& counters = router_.counters_;
  counters.add(Counter::kRtcpPacketsReceived);
  rtcp::CompoundReader reader(compound);
  rtcp::PacketView packet;
  while (reader.next(packet)) {
    if (!on_rtcp_packet(packet, now)) counters.drop(DropReason::kRtcpMalformed);
  }
  if (reader.malformed()) counters.drop(DropReason::kRtcpMalformed);
}

bool MediaTransport::on_rtcp_packet(const rtcp::PacketView& packet, Instant now) {
  switch (packet.type) {
    case rtcp::PacketType::kSenderReport: {
      const auto report = rtcp::parse_sender_report(packet);
      if (!report) return false;
      on_sender_report(*report, now);
      on_report_blocks(report->blocks, now);
      return true;
    }
    case rtcp::PacketType::kReceiverReport: {
      const auto report = rtcp::parse_receiver_report(packet);
      if (!report) return false;
      on_report_blocks(report->blocks, now);
      return true;
    }
    case rtcp::PacketType::kTransportFeedback:
      return packet.count == rtcp::kNackFormat ? on_nack(packet, now) : on_transport_feedback(packet, now);
    case rtcp::PacketType::kPayloadFeedback: return on_payload_feedback(packet, now);
    case rtcp::PacketType::kExtendedReport: on_extended_report(packet, now); return true;
    case rtcp::PacketType::kSourceDescription:
    case rtcp::PacketType::kBye: return true;  // Signalling says who is there and when a track ends.
    default: router_.counters_.drop(DropReason::kRtcpUnsupported); return true;
  }
}

void MediaTransport::on_sender_report(const rtcp::SenderReport& report, Instant now) {
  const Incoming* incoming = incoming_.find(report.sender_ssrc);
  if (incoming == nullptr) {
    router_.counters_.drop(DropReason::kRtcpUnknownSsrc);
    return;
  }
  if (incoming->rtx) return;
  streams::ReceiveStream& stream = incoming->track->encoding(incoming->encoding).stream;
  stream.on_sender_report(report, now);
  router_.tell_exports(*incoming->track, [&](LinkMessage& message) {
    message.kind = LinkMessage::Kind::kClock;
    message.encoding = incoming->encoding;
    message.clock = *stream.sender_clock();
  });
}

void MediaTransport::on_report_blocks(const rtcp::ReportBlocks& blocks, Instant now) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const rtcp::ReportBlock block = blocks[i];
    Subscription* subscription = subscription_of(block.ssrc);
    // Blocks about the RTX stream, or one just closed, tell nothing new.
    if (subscription == nullptr || subscription->ssrc() != block.ssrc) continue;
    if (const auto round_trip = subscription->stream().on_report_block(block, now)) add_round_trip(*round_trip);
  }
}

Subscription* MediaTransport::subscription_of(uint32_t ssrc) {
  const uint16_t* place = outgoing_.find(ssrc & ~1u);
  if (place == nullptr) return nullptr;
  Subscription* found = subscriptions_[*place];
  return found->ssrc() == ssrc || found->rtx_ssrc() == ssrc ? found : nullptr;
}

streams::RecentResends& MediaTransport::recent_resends() {
  if (!recent_resends_) recent_resends_ = std::make_unique<streams::RecentResends>();
  return *recent_resends_;
}

bool MediaTransport::on_nack(const rtcp::PacketView& packet, Instant now) {
  const auto nack = rtcp::parse_nack(packet);
  if (!nack) return false;
  Counters& counters = router_.counters_;
  counters.add(Counter::kNacksReceived);
  Subscription* subscription = subscription_of(nack->media_ssrc);
  if (subscription == nullptr) {
    counters.drop(DropReason::kRtcpUnknownSsrc);
    return true;
  }
  nack->for_each([&](uint16_t sequence) {
    counters.add(Counter::kNackedPacketsReceived);
    subscription->on_nack(sequence, now, counters);
    return true;
  });
  return true;
}

bool MediaTransport::on_payload_feedback(const rtcp::PacketView& packet, Instant now) {
  Counters& counters = router_.counters_;
  switch (packet.count) {
    case rtcp::kPliFormat: {
      const auto pli = rtcp::parse_pli(packet);
      if (!pli) return false;
      counters.add(Counter::kPlisReceived);
      on_key_frame_request(pli->media_ssrc, now);
      return true;
    }
    case rtcp::kFirFormat: {
      const auto fir = rtcp::parse_fir(packet);
      if (!fir) return false;
      counters.add(Counter::kFirsReceived);
      for (size_t i = 0; i < fir->size(); ++i) on_key_frame_request(fir->ssrc(i), now);
      return true;
    }
    case rtcp::kApplicationLayerFormat:
      if (const auto remb = rtcp::parse_remb(packet)) remb_bps_ = remb->bitrate_bps;
      return true;
    default: counters.drop(DropReason::kRtcpUnsupported); return true;
  }
}

void MediaTransport::on_key_frame_request(uint32_t ssrc, Instant now) {
  Subscription* subscription = subscription_of(ssrc);
  if (subscription == nullptr) {
    router_.counters_.drop(DropReason::kRtcpUnknownSsrc);
    return;
  }
  subscription->on_key_frame_request(now, router_.counters_);
}

bool MediaTransport::on_transport_feedback(const rtcp::PacketView& packet, Instant now) {
  if (packet.count != rtcp::kTransportWideCcFormat) {
    router_.counters_.drop(DropReason::kRtcpUnsupported);
    return true;
  }
  const auto feedback = rtcp::parse_transport_feedback(packet);
  if (!feedback) return false;
  router_.counters_.add(Counter::kTransportFeedbackReceived);
  // The seam of the bandwidth estimator: it will take each PacketResult here.
  if (!send_history_) return true;
  last_feedback_ = send_history_->on_feedback(*feedback, now, [](const congestion::PacketResult&) {});
  return true;
}

void MediaTransport::on_extended_report(const rtcp::PacketView& packet, Instant now) {
  if (const auto reference = rtcp::parse_receiver_reference_time(packet)) {
    reference_time_ = *reference;
    reference_time_at_ = now;
  }
  if (const auto delay = rtcp::parse_dlrr(packet, rtcp_ssrc_)) {
    if (delay->last_receiver_report == 0) return;
    const uint32_t elapsed = streams::compact_ntp(streams::to_ntp(now)) - delay->last_receiver_report - delay->delay;
    if (elapsed <= 0x7FFF'FFFF) add_round_trip(streams::duration_of_compact(elapsed));
  }
}

void MediaTransport::add_round_trip(Duration sample) {
  if (sample < Duration{0} || sample > kMaxRoundTrip) return;
  const Duration known = std::max(sample, Duration{1});  // 0 means unknown.
  round_trip_ = round_trip_ == Duration{0} ? known : (round_trip_ * 7 + known) / 8;
}

Duration MediaTransport::nack_round_trip(const streams::ReceiveStream& stream) const {
  if (config_.link != nullptr) return kLinkRoundTrip;
  if (round_trip_ > Duration{0}) return round_trip_;
  return stream.nack_round_trip().value_or(kDefaultRoundTrip);
}

// ---- out ----

size_t MediaTransport::write_rtcp(MutableBytes out, Instant now) {
  if (config_.link != nullptr) {
    send_link_feedback(now);
    return 0;
  }
  rtcp::Writer writer(out.first(std::min(out.size(), kMaxRtcpBytes)));
  if (report_cursor_ != SIZE_MAX) write_reports(writer, now);
  if (writer.length() == 0) write_feedback(writer, now);
  return writer.length();
}

// Feedback that does not wait for a report (RFC 5506 reduced size).
void MediaTransport::write_feedback(rtcp::Writer& out, Instant now) {
  if (feedback_ && feedback_->write(out, now)) {
    router_.counters_.add(Counter::kTransportFeedbackSent);
    return;
  }
  if (now < feedback_due_) return;
  Instant next = kNever;
  for (PublishedTrack* track : tracks_) {
    for (size_t i = 0; i < track->encoding_count(); ++i) {
      streams::ReceiveStream& stream = track->encoding(i).stream;
      const auto written = stream.write_feedback(out, rtcp_ssrc_, now, nack_round_trip(stream));
      if (!written.complete) return;  // The rest goes into the next packet; feedback_due_ stays.
      router_.counters_.add(Counter::kNackedPacketsSent, written.nacked_packets);
      if (written.nacked_packets > 0) router_.counters_.add(Counter::kNacksSent);
      const Counter request = stream.config().pli ? Counter::kPlisSent : Counter::kFirsSent;
      if (written.key_frame_request) router_.counters_.add(request);
      next = std::min(next, stream.next_deadline());
    }
  }
  feedback_due_ = next;
}

// Sender reports of all subscriptions, then one receiver report about all tracks, over as many packets as it takes.
void MediaTransport::write_reports(rtcp::Writer& out, Instant now) {
  while (report_cursor_ < subscriptions_.size()) {
    if (out.rest().size() < kReportRoomBytes) return;
    write_sender_report(out, *subscriptions_[report_cursor_++], now);
  }
  if (out.rest().size() < kReportRoomBytes) return;
  write_receiver_report(out, now);
  write_extended_report(out, now);
  // A report that did not fit all tracks goes on in the next packet.
  if (report_cursor_ >= subscriptions_.size() + tracks_.size()) report_cursor_ = SIZE_MAX;
}

void MediaTransport::write_sender_report(rtcp::Writer& out, Subscription& subscription, Instant now) {
  streams::SendStream& stream = subscription.stream();
  const uint8_t encoding = stream.encoding();
  if (encoding == streams::kNoEncoding) return;
  if (!stream.write_sender_report(out, subscription.track().encoding(encoding).stream.sender_clock(), now)) return;
  out.source_description(stream.ssrc(), config_.cname);
}

void MediaTransport::write_receiver_report(rtcp::Writer& out, Instant now) {
  std::array<rtcp::ReportBlock, rtcp::kMaxReportBlocks> blocks;
  const size_t room = std::min(blocks.size(), (out.rest().size() - kReportTailBytes) / rtcp::ReportBlocks::kBlockBytes);
  size_t count = 0;
  for (; report_cursor_ < subscriptions_.size() + tracks_.size(); ++report_cursor_) {
    PublishedTrack& track = *tracks_[report_cursor_ - subscriptions_.size()];
    if (track.encoding_count() > room - count) break;
    for (size_t i = 0; i < track.encoding_count(); ++i) {
      if (const auto block = track.encoding(i).stream.take_report_block(now)) blocks[count++] = *block;
    }
  }
  if (count == 0) return;
  out.receiver_report(rtcp_ssrc_, {blocks.data(), count});
  if (out.length() == 8 + count * rtcp::ReportBlocks::kBlockBytes) out.source_description(rtcp_ssrc_, config_.cname);
}

// RTT for a side that only receives (RFC 3611 4.4), and the answer to a far end that only receives (4.5).
void MediaTransport::write_extended_report(rtcp::Writer& out, Instant now) {
  if (out.length() == 0) return;
  if (!tracks_.empty()) out.receiver_reference_time(rtcp_ssrc_, streams::to_ntp(now));
  if (reference_time_.ntp_time == 0) return;
  const rtcp::DelaySinceLastReceiverReport answer{reference_time_.sender_ssrc,
                                                  streams::compact_ntp(reference_time_.ntp_time),
                                                  streams::compact_of_duration(now - reference_time_at_)};
  out.dlrr(rtcp_ssrc_, {&answer, 1});
  reference_time_ = {};
}

}  // namespace chroom::router
