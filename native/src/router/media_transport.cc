#include "router/media_transport.h"

#include <algorithm>
#include <utility>

#include "router/router.h"
#include "rtp/rtx.h"

namespace chroom::router {
namespace {

// Activity, layer choice, history age.
constexpr Duration kPollInterval = std::chrono::milliseconds(100);
// SSRCs that may be learnt beyond the announced ones, and how often a publisher may change one.
constexpr size_t kSpareSsrcs = 16;
constexpr uint32_t kMaxRebinds = 64;
constexpr size_t kMaxCnameBytes = 64;
// RTP header with extensions and the authentication tag, about.
constexpr size_t kPacedOverheadBytes = 40;

}  // namespace

MediaTransport::MediaTransport(const MediaTransportConfig& config, uint32_t rtcp_ssrc, Router& router, Room& room)
    : config_(config), rtcp_ssrc_(rtcp_ssrc), router_(router), room_(room) {
  if (config_.cname.size() > kMaxCnameBytes) config_.cname.resize(kMaxCnameBytes);
}

MediaTransport::~MediaTransport() = default;

// ---- ingress ----

void MediaTransport::on_rtp(buffer::PacketRef& packet, const rtp::Header& header, Instant now) {
  Counters& counters = router_.counters_;
  auto& descriptor = packet.emplace_descriptor<streams::PacketDescriptor>();
  descriptor.header = header;
  const DropReason bad_padding = rtp::strip_padding(packet.bytes(), descriptor.header);
  if (bad_padding != DropReason::kNone) {
    counters.drop(bad_padding);
    return;
  }
  rtp::read_extensions(packet.bytes(), descriptor.header, config_.extensions, descriptor.extensions);
  if (feedback_) {
    if (const auto sequence = rtp::read_transport_sequence(packet.bytes(), descriptor.extensions)) {
      feedback_->on_packet(*sequence, header.ssrc, now);
      if (feedback_->next_deadline() < scheduled_) router_.schedule(*this);
    }
  }
  const Incoming* incoming = incoming_.find(header.ssrc);
  if (incoming == nullptr) incoming = learn(descriptor, packet.bytes(), now);
  if (incoming == nullptr) {
    counters.drop(DropReason::kRtpUnknownSsrc);
    return;
  }
  counters.add(Counter::kRtpPacketsReceived);
  counters.add(Counter::kRtpBytesReceived, packet.length());
  const Incoming target = *incoming;
  const DropReason reason = prepare(packet, target);
  if (reason != DropReason::kNone) {
    counters.drop(reason);
    return;
  }
  deliver(packet, target, now);
}

// Fills the descriptor: what codec, what layer, for a retransmission what original packet.
DropReason MediaTransport::prepare(buffer::PacketRef& packet, const Incoming& incoming) {
  auto& descriptor = packet.descriptor<streams::PacketDescriptor>();
  rtp::Header& header = descriptor.header;
  PublishedTrack& track = *incoming.track;
  descriptor.encoding = incoming.encoding;
  const PublishedCodec* codec = nullptr;
  if (incoming.rtx) {
    router_.counters_.add(Counter::kRtxPacketsReceived);
    codec = track.codec_of_rtx(header.payload_type);
    if (codec == nullptr) return DropReason::kRtpUnknownPayloadType;
    const uint32_t media_ssrc = track.encoding(incoming.encoding).config.ssrc;
    if (media_ssrc == 0) return DropReason::kRtxUnknownStream;
    const DropReason reason = rtp::unwrap_rtx(packet.bytes(), header, media_ssrc, codec->payload_type);
    if (reason != DropReason::kNone) return reason;
    descriptor.retransmission = true;
  } else {
    codec = track.codec_of(header.payload_type);
    if (codec == nullptr) return DropReason::kRtpUnknownPayloadType;
  }
  descriptor.codec = codec->codec;
  // A padding probe has nothing to describe; it still counts and is left out by the subscriptions.
  if (header.payload_length == 0) return DropReason::kNone;
  rtp::LayerTemplates& templates = track.encoding(incoming.encoding).layer_templates;
  return streams::describe_payload(packet.bytes(), codec->codec, templates, descriptor) ? DropReason::kNone
                                                                                        : DropReason::kRtpBadPayload;
}

void MediaTransport::deliver(buffer::PacketRef& packet, const Incoming& incoming, Instant now) {
  Counters& counters = router_.counters_;
  PublishedTrack& track = *incoming.track;
  streams::ReceiveStream& stream = track.encoding(incoming.encoding).stream;
  const auto& descriptor = packet.descriptor<streams::PacketDescriptor>();

  const streams::ReceiveStream::Intake intake = stream.on_packet(packet, now);
  note_feedback(stream);
  if (intake.drop != DropReason::kNone) {
    counters.drop(intake.drop);
    return;
  }
  if (intake.recovered) counters.add(Counter::kRtpPacketsRecovered);
  if (intake.new_key_frame) counters.add(Counter::kKeyFramesReceived);
  if (!track.started_) {
    track.started_ = true;
    router_.add_event({.kind = RouterEvent::Kind::kTrackStarted, .track = track.key()});
  }
  if (intake.became_active) {
    evaluate(track, now);
    // What was just asked for may be this very packet.
    if (descriptor.starts_key_frame) stream.on_key_frame_start();
  }
  if (track.muted_) {
    counters.drop(DropReason::kPublicationPaused);
    return;
  }
  if (track.speaker_slot_ >= 0) {
    if (const auto level = rtp::read_audio_level(packet.bytes(), descriptor.extensions)) {
      room_.speakers_.observe(track.speaker_slot_, level->level_dbov);
    }
  }
  if (!track.exports_.empty()) {
    router_.pass_on(track, packet, incoming.encoding);
  } else if (track.subscriptions_.empty()) {
    counters.drop(DropReason::kNoSubscriber);
    return;
  }
  fan_out(track, packet, descriptor, now);
}

void MediaTransport::fan_out(PublishedTrack& track, const buffer::PacketRef& packet,
                             const streams::PacketDescriptor& descriptor, Instant now) {
  Counters& counters = router_.counters_;
  const auto& subscriptions = track.subscriptions_;
  for (size_t i = 0; i < subscriptions.size(); ++i) {
    // Each memory leads to the next: asked for in time, nobody waits for any.
    if (i + 4 < subscriptions.size()) subscriptions[i + 4]->prefetch();
    if (i + 2 < subscriptions.size()) subscriptions[i + 2]->receiver().prefetch_for_packet();
    if (i + 1 < subscriptions.size()) subscriptions[i + 1]->receiver().prefetch_place();
    subscriptions[i]->on_packet(packet, descriptor, now, counters);
  }
}

// ---- which SSRC is what (RFC 8843 section 9.2, RFC 8852) ----

const MediaTransport::Incoming* MediaTransport::learn(const streams::PacketDescriptor& descriptor, Bytes packet,
                                                      Instant now) {
  const rtp::ExtensionTable& extensions = descriptor.extensions;
  const std::string_view mid = rtp::read_text(packet, extensions, rtp::ExtensionKind::kMid);
  const std::string_view rid = rtp::read_text(packet, extensions, rtp::ExtensionKind::kRid);
  const std::string_view repaired = rtp::read_text(packet, extensions, rtp::ExtensionKind::kRepairedRid);
  if (mid.empty()) return nullptr;
  const auto at = std::find_if(tracks_.begin(), tracks_.end(), [&](const auto* t) { return t->mid() == mid; });
  if (at == tracks_.end()) return nullptr;
  PublishedTrack& track = **at;
  const uint8_t payload_type = descriptor.header.payload_type;
  const bool rtx = track.codec_of_rtx(payload_type) != nullptr;
  if (!rtx && track.codec_of(payload_type) == nullptr) return nullptr;
  const std::string_view name = rtx ? (repaired.empty() ? rid : repaired) : rid;
  if (name.empty()) return track.encoding_count() == 1 ? bind(track, 0, rtx, descriptor.header.ssrc, now) : nullptr;
  for (size_t i = 0; i < track.encoding_count(); ++i) {
    if (track.encoding(i).config.rid == name) {
      return bind(track, static_cast<uint8_t>(i), rtx, descriptor.header.ssrc, now);
    }
  }
  return nullptr;
}

const MediaTransport::Incoming* MediaTransport::bind(PublishedTrack& track, uint8_t index, bool rtx, uint32_t ssrc,
                                                     Instant now) {
  PublishedTrack::Encoding& encoding = track.encoding(index);
  uint32_t& known = rtx ? encoding.config.rtx_ssrc : encoding.config.ssrc;
  if (known != 0) {
    if (++track.rebinds_ > kMaxRebinds) {
      router_.counters_.drop(DropReason::kRtpStreamLimit);
      return nullptr;
    }
    incoming_.erase_if([&](const Incoming& i) { return i.track == &track && i.encoding == index && i.rtx == rtx; });
  }
  if (!incoming_.insert(ssrc, {&track, index, rtx})) return nullptr;
  known = ssrc;
  if (!rtx) restart_encoding(track, index, now);
  return incoming_.find(ssrc);
}

// ---- egress ----

streams::EgressPacket* MediaTransport::reserve(bool video, bool upper_layer) {
  if (run_.size() >= kMaxUpperLayerRunPackets) [[unlikely]] {
    const size_t most = !video ? kMaxRunPackets : upper_layer ? kMaxUpperLayerRunPackets : kMaxVideoRunPackets;
    if (run_.size() >= most) return nullptr;
  }
  return &run_.emplace_back();
}

void MediaTransport::release(Instant now, std::vector<streams::EgressPacket>& out) {
  size_t kept = 0;
  bool waits = false;
  for (streams::EgressPacket& packet : run_) {
    if (!packet.audio) {
      if (!packet.retransmission && now - packet.packet.arrival() > kMaxPacedWait) {
        router_.counters_.drop(DropReason::kPacerExpired);
        continue;
      }
      waits = waits || !pacer_.may_send(now);
      if (waits) {
        if (&run_[kept] != &packet) run_[kept] = std::move(packet);
        ++kept;
        continue;
      }
    }
    pacer_.on_sent(packet.payload_bytes() + kPacedOverheadBytes);
    out.push_back(std::move(packet));
  }
  run_.resize(kept);
}

size_t MediaTransport::next_run_bytes() const {
  size_t bytes = 0;
  for (size_t i = 0; i < std::min(run_.size(), Pacer::kMaxSpacedPackets); ++i) bytes += run_[i].payload_bytes() + kPacedOverheadBytes;
  return bytes;
}

void MediaTransport::on_egress() {
  if (in_egress_list_) return;
  in_egress_list_ = true;
  router_.egress_.push_back(this);
}

// ---- timers ----

void MediaTransport::poll(Instant now) {
  if (now >= next_poll_) {
    next_poll_ = now + kPollInterval;
    for (PublishedTrack* track : tracks_) {
      for (size_t i = 0; i < track->encoding_count(); ++i) track->encoding(i).stream.poll(now);
      evaluate(*track, now);
    }
  }
  if (now >= next_report_) {
    next_report_ = now + kReportInterval;
    report_cursor_ = 0;
  }
}

Instant MediaTransport::next_deadline() const {
  const Instant congestion = feedback_ ? feedback_->next_deadline() : kNever;
  return std::min({next_poll_, next_report_, feedback_due_, congestion});
}

void MediaTransport::evaluate(PublishedTrack& track, Instant now) {
  const uint32_t mask = track.refresh(now);
  for (const auto& subscription : track.subscriptions_) subscription->evaluate(now);
  if (!track.exports_.empty()) router_.tell_active(track);
  if (mask == track.active_mask_) return;
  track.active_mask_ = mask;
  router_.add_event({.kind = RouterEvent::Kind::kEncodingsChanged, .mask = mask, .track = track.key()});
}

void MediaTransport::note_feedback(const streams::ReceiveStream& stream) {
  const Instant due = stream.next_deadline();
  if (due >= feedback_due_) return;
  feedback_due_ = due;
  if (due < scheduled_) router_.schedule(*this);
}

// ---- control ----

void MediaTransport::remember(PublishedTrack& track) {
  tracks_.push_back(&track);
  if (config_.link != nullptr) return start_timers();
  incoming_.reserve(incoming_.size() + 2 * track.encoding_count() + kSpareSsrcs);
  for (size_t i = 0; i < track.encoding_count(); ++i) {
    const EncodingConfig& config = track.encoding(i).config;
    if (config.ssrc != 0) incoming_.insert(config.ssrc, {&track, static_cast<uint8_t>(i), false});
    if (config.rtx_ssrc != 0) incoming_.insert(config.rtx_ssrc, {&track, static_cast<uint8_t>(i), true});
  }
  if (!feedback_) feedback_ = std::make_unique<congestion::FeedbackGenerator>(rtcp_ssrc_);
  start_timers();
}

void MediaTransport::remember(Subscription& subscription) {
  outgoing_.reserve(outgoing_.size() + 1);
  outgoing_.insert(subscription.ssrc(), static_cast<uint16_t>(subscriptions_.size()));
  subscriptions_.push_back(&subscription);
  run_.reserve(kMaxRunPackets);
  if (!send_history_) send_history_ = std::make_unique<congestion::SendHistory>();
  start_timers();
}

void MediaTransport::start_timers() {
  // Due at once: the first run_timers() sets them by the clock.
  if (next_poll_ == kNever && !tracks_.empty()) next_poll_ = Instant{};
  if (next_report_ == kNever && config_.link == nullptr) next_report_ = Instant{};
  router_.schedule(*this);
}

void MediaTransport::forget(const PublishedTrack& track) {
  std::erase(tracks_, &track);
  incoming_.erase_if([&](const Incoming& incoming) { return incoming.track == &track; });
  report_cursor_ = SIZE_MAX;
}

void MediaTransport::forget(const Subscription& subscription) {
  std::erase(subscriptions_, &subscription);
  outgoing_.erase_if([](uint16_t) { return true; });
  for (size_t place = 0; place < subscriptions_.size(); ++place) {
    outgoing_.insert(subscriptions_[place]->ssrc(), static_cast<uint16_t>(place));
  }
  const auto& stream = const_cast<Subscription&>(subscription).stream();
  std::erase_if(run_, [&](const streams::EgressPacket& packet) { return stream.owns_plan(packet.plan); });
  if (run_.empty() && std::exchange(in_egress_list_, false)) std::erase(router_.egress_, this);
  report_cursor_ = SIZE_MAX;
}

}  // namespace chroom::router
