#include "engine/reports.h"

#include <array>

namespace chroom::engine {

namespace {

TrackStatistics of_published(const Publication& publication, const router::PublishedStatistics& s) {
  TrackStatistics out;
  out.track = publication.request.track;
  out.bytes = s.bytes;
  out.packets = s.packets;
  out.packets_lost = s.packets_lost;
  out.loss_ppm = s.loss_ppm;
  out.jitter_us = s.jitter_us;
  out.bitrate_bps = s.bitrate_bps;
  out.nacks = s.nacks;
  out.plis = s.key_frame_requests;
  out.retransmitted = s.packets_recovered;
  out.frames_per_second = s.frames_per_second;
  if (s.encoding_count > 1) {
    out.encodings = s.encodings;
    out.encoding_count = s.encoding_count;
  }
  return out;
}

TrackStatistics of_subscribed(const router::Subscription& subscription, const streams::SendStreamStatistics& s) {
  TrackStatistics out;
  out.track = source_of(subscription).track;
  out.bytes = s.bytes;
  out.packets = s.packets;
  out.packets_lost = s.packets_lost;
  out.loss_ppm = s.loss_ppm;
  out.jitter_us = s.jitter_us;
  out.bitrate_bps = s.bitrate_bps;
  out.nacks = s.nacks;
  out.plis = s.plis;
  out.retransmitted = s.retransmitted;
  if (subscription.current_quality() != streams::kNoEncoding) {
    out.quality = subscription.current_quality();
    out.packets_of_quality = s.packets_since_switch;
  }
  return out;
}

uint32_t round_trip_us(const Session& session) {
  for (const auto& peer : session.peers) {
    if (peer && peer->media->round_trip() > Duration::zero()) return static_cast<uint32_t>(peer->media->round_trip().count());
  }
  for (const auto& peer : session.peers) {
    if (!peer) continue;
    const Duration data = peer->transport.statistics().data_round_trip;
    if (data > Duration::zero()) return static_cast<uint32_t>(data.count());
  }
  return 0;
}

}  // namespace

const SessionStatistics& Reports::measure(Session& session, Instant now) {
  statistics_.reset(session.id);
  statistics_.rx_bytes = session.received_before.bytes;
  statistics_.rx_packets = session.received_before.packets;
  statistics_.tx_bytes = session.sent_before.bytes;
  statistics_.tx_packets = session.sent_before.packets;
  for (const auto& publication : session.publications) {
    const auto s = publication->media->take_statistics(now);
    statistics_.rx_bytes += s.bytes;
    statistics_.rx_packets += s.packets;
    statistics_.published.push_back(of_published(*publication, s));
  }
  session.for_each_subscription([&](router::Subscription& subscription) {
    const auto s = subscription.stream().statistics(now);
    statistics_.tx_bytes += s.bytes + s.retransmitted_bytes;
    statistics_.tx_packets += s.packets + s.retransmitted;
    statistics_.subscribed.push_back(of_subscribed(subscription, s));
  });
  statistics_.rtt_us = round_trip_us(session);
  statistics_.active_seconds = static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(session.connected_time(now)).count());
  return statistics_;
}

void Reports::expect_media(Session& session, Instant now) {
  state_.statistics_due.schedule(&session, now + kStatisticsInterval);
}

void Reports::run_due(Instant now) {
  while (Session* session = state_.statistics_due.pop_due(now)) {
    const SessionStatistics& statistics = measure(*session, now);
    // Nothing was published or received when it was due: this is the last word, until there is again.
    if (!session->publications.empty() || session->subscription_count() > 0) expect_media(*session, now);
    const uint64_t packets = statistics.rx_packets + statistics.tx_packets;
    if (packets == session->told_packets) continue;
    session->told_packets = packets;
    state_.events.statistics({session->room.name, session->id}, statistics);
  }
}

void Reports::tell_router_events() {
  for (const router::RouterEvent& event : state_.router.events()) {
    if (event.kind == router::RouterEvent::Kind::kSpeaker) {
      tell_speaker(event);
    } else {
      tell(event);
    }
  }
  flush_speakers();
  state_.router.clear_events();
}

void Reports::tell(const router::RouterEvent& event) {
  if (event.kind == router::RouterEvent::Kind::kLayerChanged) {
    // "Nothing is sent" is not told: whoever paused it knows, and a track without packets says so in its encodings.
    if (event.quality == streams::kNoEncoding) return;
    const Session& receiver = receiver_of(*event.subscription).session;
    return state_.events.subscription_layer({receiver.room.name, receiver.id}, source_of(*event.subscription).track, event.quality);
  }
  const auto found = state_.publications_by_key.find(event.track);
  if (found == state_.publications_by_key.end()) return;
  const Publication& publication = *found->second;
  const EventSubject subject{publication.publisher.room.name, publication.publisher.id};
  if (event.kind == router::RouterEvent::Kind::kTrackStarted) {
    return state_.events.track_started(subject, publication.request.track);
  }
  std::array<uint32_t, 3> active;
  size_t count = 0;
  for (uint32_t quality = 0; quality < active.size(); ++quality) {
    if ((event.mask >> quality & 1) != 0) active[count++] = quality;
  }
  state_.events.track_encodings(subject, publication.request.track, {active.data(), count});
}

void Reports::tell_speaker(const router::RouterEvent& event) {
  const auto found = state_.publications_by_key.find(event.track);
  if (found == state_.publications_by_key.end()) return;
  const Publication& publication = *found->second;
  if (speakers_room_ != &publication.publisher.room) flush_speakers();
  speakers_room_ = &publication.publisher.room;
  speakers_.push_back({publication.publisher.id, publication.request.track, event.level, event.active});
}

void Reports::flush_speakers() {
  if (!speakers_.empty()) state_.events.speakers({speakers_room_->name, {}}, speakers_);
  speakers_.clear();
  speakers_room_ = nullptr;
}

}  // namespace chroom::engine
