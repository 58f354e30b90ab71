// Tracks whose receivers are on other workers than their publisher: what passes through the links between them. The
// publisher's worker decrypts, parses and numbers each packet once; the receivers' worker has a PublishedTrack of its
// own, an import, whose publisher is the link. Everything behind it (layer choice, history, retransmission) is the same
// on both.
#include <algorithm>
#include <array>

#include "router/router.h"

namespace chroom::router {

namespace {

using Kind = LinkMessage::Kind;

LinkMessage about(const PublishedTrack& track, Kind kind, uint8_t encoding = 0) {
  LinkMessage message;
  message.kind = kind;
  message.track = track.key();
  message.encoding = encoding;
  return message;
}

}  // namespace

// ---- the receivers' worker ----

PublishedTrack& Router::import_track(Room& room, const PublishConfig& config, WorkerLink& link) {
  const auto known = std::find_if(room.transports_.begin(), room.transports_.end(),
                                  [&](const auto& transport) { return transport->config_.link == &link; });
  MediaTransport& publisher = known != room.transports_.end() ? **known : add_transport(room, {.link = &link});
  PublishedTrack& track = *room.tracks_.emplace_back(std::make_unique<PublishedTrack>(config, publisher, room));
  track.imported_ = true;
  publisher.remember(track);
  link.push(about(track, Kind::kWant));
  return track;
}

void Router::remove_import(PublishedTrack& track) {
  MediaTransport& publisher = track.publisher_;
  publisher.config_.link->push(about(track, Kind::kUnwant));
  unpublish(track);
  if (publisher.tracks_.empty()) remove_transport(publisher);
}

void Router::on_publisher_message(PublishedTrack& import, LinkMessage& message, buffer::PacketPool& pool, Instant now) {
  MediaTransport& publisher = import.publisher_;
  if (message.kind != Kind::kMuted && message.kind != Kind::kActive && message.encoding >= import.encoding_count()) return;
  switch (message.kind) {
    case Kind::kPacket: {
      counters_.add(Counter::kLinkPacketsReceived);
      buffer::PacketRef copy = pool.acquire();
      if (!copy) return counters_.drop(DropReason::kPoolExhausted);
      const Bytes bytes = message.packet.bytes();
      std::copy(bytes.begin(), bytes.end(), copy.storage().begin());
      copy.set_length(bytes.size());
      copy.set_arrival(message.packet.arrival());
      auto& descriptor = copy.emplace_descriptor<streams::PacketDescriptor>();
      descriptor = std::as_const(message.packet).descriptor<streams::PacketDescriptor>();
      descriptor.retransmission |= message.resent;
      return publisher.deliver_import(import, std::move(copy), now);
    }
    case Kind::kActive:
      import.import_active_ = message.mask;
      return publisher.evaluate(import, now);
    case Kind::kMuted: return set_muted(import, message.muted, now);
    case Kind::kClock: return import.encoding(message.encoding).stream.set_sender_clock(message.clock);
    case Kind::kRestarted: return publisher.restart_encoding(import, message.encoding, now);
    default: return;
  }
}

void MediaTransport::deliver_import(PublishedTrack& track, buffer::PacketRef packet, Instant now) {
  const auto& descriptor = packet.descriptor<streams::PacketDescriptor>();
  streams::ReceiveStream& stream = track.encoding(descriptor.encoding).stream;
  const streams::ReceiveStream::Intake intake = stream.on_packet(packet, now);
  note_feedback(stream);
  if (intake.drop != DropReason::kNone) return router_.counters_.drop(intake.drop);
  if (intake.became_active) {
    evaluate(track, now);
    if (descriptor.starts_key_frame) stream.on_key_frame_start();
  }
  fan_out(track, packet, descriptor, now);
}

void MediaTransport::restart_encoding(PublishedTrack& track, uint8_t index, Instant now) {
  PublishedTrack::Encoding& encoding = track.encoding(index);
  encoding.stream.restart(encoding.config.ssrc);
  router_.tell_exports(track, [&](LinkMessage& message) {
    message.kind = Kind::kRestarted;
    message.encoding = index;
  });
  for (const auto& subscription : track.subscriptions_) {
    if (subscription->stream().encoding() != index) continue;
    subscription->stream().stop();
    subscription->evaluate(now);
  }
}

void MediaTransport::note_interest(Instant now) {
  feedback_due_ = std::min(feedback_due_, now);
  if (feedback_due_ < scheduled_) router_.schedule(*this);
}

void MediaTransport::send_link_feedback(Instant now) {
  constexpr size_t kMaxNacksAtOnce = 128;
  Instant next = kNever;
  for (PublishedTrack* track : tracks_) {
    send_interest(*track);
    for (uint8_t i = 0; i < track->encoding_count(); ++i) {
      streams::ReceiveStream& stream = track->encoding(i).stream;
      std::array<uint16_t, kMaxNacksAtOnce> sequences;
      const auto due = stream.take_feedback(now, nack_round_trip(stream), sequences);
      // What does not fit is asked for again, like a lost NACK.
      if (due.key_frame_request) config_.link->try_push(about(*track, Kind::kKeyFrame, i));
      for (size_t at = 0; at < due.nacked_packets; at += LinkMessage::kMaxSequences) {
        LinkMessage nack = about(*track, Kind::kNack, i);
        nack.count = static_cast<uint8_t>(std::min(due.nacked_packets - at, LinkMessage::kMaxSequences));
        nack.sequences = {};
        std::copy_n(sequences.begin() + static_cast<std::ptrdiff_t>(at), nack.count, nack.sequences.begin());
        config_.link->try_push(std::move(nack));
      }
      next = std::min(next, stream.next_deadline());
    }
  }
  feedback_due_ = next;
}

// The union of what the receivers here get and wait for. An encoding that comes (back) begins afresh: what was not
// passed on is not missing.
void MediaTransport::send_interest(PublishedTrack& track) {
  uint8_t wanted = 0;
  for (const auto& subscription : track.subscriptions_) {
    for (const uint8_t encoding : {subscription->stream().encoding(), subscription->stream().wanted_encoding()}) {
      if (encoding != streams::kNoEncoding) wanted |= static_cast<uint8_t>(1u << encoding);
    }
  }
  if (wanted == track.import_wanted_) return;
  for (uint8_t i = 0; i < track.encoding_count(); ++i) {
    PublishedTrack::Encoding& encoding = track.encoding(i);
    if ((wanted & ~track.import_wanted_) >> i & 1) encoding.stream.restart(encoding.config.ssrc);
  }
  track.import_wanted_ = wanted;
  LinkMessage message = about(track, Kind::kInterest);
  message.mask = wanted;
  config_.link->push(std::move(message));
}

// ---- the publisher's worker ----

void Router::on_receiver_message(PublishedTrack& track, const LinkMessage& message, WorkerLink& link, Instant now) {
  const auto target = std::find_if(track.exports_.begin(), track.exports_.end(), [&](const auto& e) { return e.link == &link; });
  if (message.kind == Kind::kWant) {
    if (target == track.exports_.end()) add_export(track, link);
    return;
  }
  if (target == track.exports_.end() || message.encoding >= track.encoding_count()) return;
  streams::ReceiveStream& stream = track.encoding(message.encoding).stream;
  switch (message.kind) {
    case Kind::kInterest: target->wanted = message.mask; return;
    case Kind::kUnwant: track.exports_.erase(target); return;
    case Kind::kKeyFrame:
      stream.request_key_frame(now);
      return track.publisher_.note_feedback(stream);
    case Kind::kNack:
      for (size_t i = 0; i < std::min<size_t>(message.count, LinkMessage::kMaxSequences); ++i) {
        // What the publisher's network lost is being asked for already.
        const buffer::PacketRef* packet = stream.find_received(message.sequences[i]);
        if (packet != nullptr) pass_on(*target, track, *packet, true);
      }
      return;
    default: return;
  }
}

void Router::add_export(PublishedTrack& track, WorkerLink& link) {
  track.exports_.push_back({&link, 0, track.chosen_from()});
  LinkMessage active = about(track, Kind::kActive);
  active.mask = track.exports_.back().told_active;
  link.push(std::move(active));
  for (uint8_t i = 0; i < track.encoding_count(); ++i) {
    const auto& known = track.encoding(i).stream.sender_clock();
    if (!known) continue;
    LinkMessage clock = about(track, Kind::kClock, i);
    clock.clock = *known;
    link.push(std::move(clock));
  }
  if (!track.muted_) return;
  LinkMessage muted = about(track, Kind::kMuted);
  muted.muted = true;
  link.push(std::move(muted));
}

void Router::pass_on(const PublishedTrack::Export& target, const PublishedTrack& track, const buffer::PacketRef& packet,
                     bool resent) {
  LinkMessage message = about(track, Kind::kPacket);
  message.packet = packet.share();
  message.resent = resent;
  if (!target.link->try_push(std::move(message))) return counters_.drop(DropReason::kWorkerRingFull);
  counters_.add(Counter::kLinkPacketsSent);
}

void Router::pass_on(const PublishedTrack& track, const buffer::PacketRef& packet, uint8_t encoding) {
  for (const PublishedTrack::Export& target : track.exports_) {
    if ((target.wanted >> encoding & 1) != 0) pass_on(target, track, packet, false);
  }
}

void Router::tell_active(PublishedTrack& track) {
  const uint8_t active = track.chosen_from();
  for (PublishedTrack::Export& target : track.exports_) {
    if (target.told_active == active) continue;
    target.told_active = active;
    LinkMessage message = about(track, Kind::kActive);
    message.mask = active;
    target.link->push(std::move(message));
  }
}

}  // namespace chroom::router
