#include "router/router.h"

#include <algorithm>

namespace chroom::router {
namespace {

size_t uses_of(uint32_t ssrc, const PublishConfig& config) {
  size_t uses = 0;
  for (const EncodingConfig& encoding : config.encodings) uses += (encoding.ssrc == ssrc) + (encoding.rtx_ssrc == ssrc);
  return uses;
}

}  // namespace

Router::Router(Counters& counters, RandomSource& random) : counters_(counters), random_(random) {
  events_.reserve(kMaxEvents);
  speaker_changes_.reserve(256);
}

Router::~Router() = default;

// ---- control ----

Room& Router::open_room(uint64_t key) { return *rooms_.emplace_back(std::make_unique<Room>(key)); }

void Router::close_room(Room& room) {
  while (!room.transports_.empty()) remove_transport(*room.transports_.back());
  std::erase_if(rooms_, [&](const auto& r) { return r.get() == &room; });
}

MediaTransport& Router::add_transport(Room& room, const MediaTransportConfig& config) {
  ++transport_count_;
  egress_.reserve(transport_count_);
  heap_.reserve(transport_count_);
  return *room.transports_.emplace_back(std::make_unique<MediaTransport>(config, random_.next_u32() | 1, *this, room));
}

void Router::remove_transport(MediaTransport& transport) {
  while (!transport.tracks_.empty()) unpublish(*transport.tracks_.back());
  while (!transport.subscriptions_.empty()) unsubscribe(*transport.subscriptions_.back());
  unschedule(transport);
  paced_.remove(&transport);
  std::erase(egress_, &transport);
  --transport_count_;
  std::erase_if(transport.room_.transports_, [&](const auto& t) { return t.get() == &transport; });
}

void Router::set_ready(MediaTransport& transport, bool ready, Instant now) {
  if (transport.config_.ready == ready) return;
  transport.config_.ready = ready;
  for (Subscription* subscription : transport.subscriptions_) subscription->evaluate(now);
}

void Router::set_pacing(MediaTransport& receiver, uint64_t rate_bps, Instant now) {
  released_.reserve(kMaxRunPackets);
  receiver.pacer_.set_rate(rate_bps, now);
}

Result<PublishedTrack*> Router::publish(MediaTransport& publisher, const PublishConfig& config) {
  if (config.codecs.empty() || config.codecs.size() > kMaxPublishedCodecs) {
    return Error{ErrorCode::kInvalidArgument, "expected 1 to 16 codecs, got " + std::to_string(config.codecs.size())};
  }
  if (config.encodings.empty() || config.encodings.size() > kMaxEncodings) {
    return Error{ErrorCode::kInvalidArgument,
                 "expected 1 to 8 encodings, got " + std::to_string(config.encodings.size())};
  }
  for (const PublishedCodec& codec : config.codecs) {
    if (codec.clock_rate_hz == 0) {
      return Error{ErrorCode::kInvalidArgument, "expected a clock rate above 0 Hz for every codec, got 0"};
    }
  }
  for (const EncodingConfig& encoding : config.encodings) {
    for (const uint32_t ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (ssrc == 0) continue;
      if (uses_of(ssrc, config) > 1) {
        return Error{ErrorCode::kInvalidArgument, "expected SSRCs that differ, got " + std::to_string(ssrc) + " twice"};
      }
      if (publisher.incoming_.find(ssrc) == nullptr) continue;
      return Error{ErrorCode::kAlreadyExists,
                   "SSRC " + std::to_string(ssrc) + " is used by another track of this transport"};
    }
  }
  Room& room = publisher.room_;
  PublishedTrack& track = *room.tracks_.emplace_back(std::make_unique<PublishedTrack>(config, publisher, room));
  if (!config.video) {
    track.speaker_slot_ = room.speakers_.add(config.key);
    if (next_speakers_ == kNever) next_speakers_ = Instant{};
  }
  publisher.remember(track);
  return &track;
}

void Router::unpublish(PublishedTrack& track) {
  Room& room = track.room_;
  tell_exports(track, [](LinkMessage& message) { message.kind = LinkMessage::Kind::kEnded; });
  for (const auto& subscription : track.subscriptions_) {
    forget_events_of(*subscription);
    subscription->receiver().forget(*subscription);
  }
  track.publisher_.forget(track);
  if (track.speaker_slot_ >= 0) room.speakers_.remove(track.speaker_slot_);
  std::erase_if(room.tracks_, [&](const auto& t) { return t.get() == &track; });
}

void Router::set_muted(PublishedTrack& track, bool muted, Instant now) {
  if (track.muted_ == muted) return;
  track.muted_ = muted;
  for (auto& encoding : track.encodings_) encoding->stream.set_paused(muted);
  tell_exports(track, [&](LinkMessage& message) {
    message.kind = LinkMessage::Kind::kMuted;
    message.muted = muted;
  });
  track.publisher_.evaluate(track, now);
}

Result<Subscription*> Router::subscribe(PublishedTrack& track, MediaTransport& receiver, const SubscribeConfig& config,
                                        Instant now) {
  if (&receiver.room_ != &track.room_) {
    return Error{ErrorCode::kInvalidArgument, "expected a receiver in the track's room"};
  }
  if (config.payloads.empty() || config.payloads.size() > streams::kMaxPayloadMappings) {
    return Error{ErrorCode::kInvalidArgument,
                 "expected 1 to 8 payload mappings, got " + std::to_string(config.payloads.size())};
  }
  const bool rtx = track.video() && std::any_of(config.payloads.begin(), config.payloads.end(),
                                                [](const auto& p) { return p.subscribed_rtx != 0; });
  streams::SendStreamConfig stream;
  stream.ssrc = pick_ssrc(receiver);
  stream.rtx = rtx;
  stream.clock_rate_hz = track.clock_rate_hz();
  stream.video = track.video();
  stream.first_sequence = static_cast<uint16_t>(random_.next_u32());
  stream.first_rtx_sequence = static_cast<uint16_t>(random_.next_u32());
  stream.mid = config.mid;
  stream.extensions = receiver.extensions();
  stream.payloads = config.payloads;
  std::pmr::polymorphic_allocator<> memory(&subscription_memory_);
  Subscription& subscription = *track.subscriptions_.emplace_back(memory.new_object<Subscription>(config, stream, track, receiver));
  receiver.remember(subscription);
  track.refresh(now);
  subscription.evaluate(now);
  return &subscription;
}

void Router::unsubscribe(Subscription& subscription) {
  PublishedTrack& track = subscription.track();
  forget_events_of(subscription);
  subscription.receiver().forget(subscription);
  std::erase_if(track.subscriptions_, [&](const auto& s) { return s.get() == &subscription; });
}

void Router::update_subscription(Subscription& subscription, bool paused, uint8_t max_quality, uint16_t max_fps,
                                 Instant now) {
  subscription.track().refresh(now);
  subscription.update(paused, max_quality, max_fps, now);
}

// The lower of a pair: its neighbour is for retransmissions.
uint32_t Router::pick_ssrc(MediaTransport& transport) {
  for (;;) {
    const uint32_t ssrc = random_.next_u32() & ~1u;
    const bool taken = ssrc == 0 || ssrc == (transport.rtcp_ssrc_ & ~1u) || transport.outgoing_.find(ssrc) != nullptr ||
                       transport.incoming_.find(ssrc) != nullptr || transport.incoming_.find(ssrc | 1) != nullptr;
    if (!taken) return ssrc;
  }
}

void Router::forget_events_of(const Subscription& subscription) {
  std::erase_if(events_, [&](const RouterEvent& event) {
    return event.kind == RouterEvent::Kind::kLayerChanged && event.subscription == &subscription;
  });
}

// ---- packet path ----

void Router::on_rtp(MediaTransport& from, buffer::PacketRef packet, const rtp::Header& header, Instant now) {
  from.on_rtp(packet, header, now);
}

void Router::add_event(const RouterEvent& event) {
  if (events_.size() >= kMaxEvents) {
    counters_.drop(DropReason::kEventRingFull);
    return;
  }
  events_.push_back(event);
}

void Router::collect_speakers(Instant now) {
  if (now < next_speakers_) return;
  next_speakers_ = now + SpeakerObserver::kInterval;
  bool anybody = false;
  for (const auto& room : rooms_) {
    if (room->speakers_.empty()) continue;
    anybody = true;
    speaker_changes_.clear();
    room->speakers_.end_interval(speaker_changes_);
    for (const SpeakerChange& change : speaker_changes_) {
      add_event({.kind = RouterEvent::Kind::kSpeaker, .active = change.active, .level = change.level,
                 .track = change.track_key, .room = room->key()});
    }
  }
  if (!anybody) next_speakers_ = kNever;
}

// ---- deadlines ----

Instant Router::next_deadline() const {
  return std::min({heap_.empty() ? kNever : heap_.front()->scheduled_, next_speakers_, paced_.next()});
}

MediaTransport* Router::take_due(Instant now) {
  if (heap_.empty() || heap_.front()->scheduled_ > now) return nullptr;
  MediaTransport* transport = heap_.front();
  unschedule(*transport);
  return transport;
}

void Router::schedule(MediaTransport& transport) {
  transport.scheduled_ = transport.next_deadline();
  if (transport.scheduled_ == kNever) {
    unschedule(transport);
    return;
  }
  if (transport.heap_place_ == SIZE_MAX) {
    heap_.push_back(&transport);
    transport.heap_place_ = heap_.size() - 1;
  }
  sift_up(transport.heap_place_);
  sift_down(transport.heap_place_);
}

void Router::unschedule(MediaTransport& transport) {
  transport.scheduled_ = kNever;
  if (transport.heap_place_ == SIZE_MAX) return;
  const size_t at = transport.heap_place_;
  transport.heap_place_ = SIZE_MAX;
  MediaTransport* last = heap_.back();
  heap_.pop_back();
  if (last == &transport) return;
  place(at, last);
  sift_up(at);
  sift_down(last->heap_place_);
}

void Router::sift_up(size_t at) {
  MediaTransport* moving = heap_[at];
  while (at > 0 && moving->scheduled_ < heap_[(at - 1) / 2]->scheduled_) {
    place(at, heap_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(at, moving);
}

void Router::sift_down(size_t at) {
  MediaTransport* moving = heap_[at];
  for (size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1]->scheduled_ < heap_[child]->scheduled_) ++child;
    if (moving->scheduled_ <= heap_[child]->scheduled_) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, moving);
}

void Router::place(size_t at, MediaTransport* transport) {
  heap_[at] = transport;
  transport->heap_place_ = at;
}

}  // namespace chroom::router
