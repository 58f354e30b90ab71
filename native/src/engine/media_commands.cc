// Commands about published tracks and subscriptions to them.
#include <algorithm>
#include <cctype>

#include "engine/command_runner.h"

namespace chroom::engine {

namespace {

rtp::Codec codec_of(std::string mime_type) {
  std::transform(mime_type.begin(), mime_type.end(), mime_type.begin(), [](unsigned char c) { return std::tolower(c); });
  static constexpr std::pair<const char*, rtp::Codec> kCodecs[] = {
      {"audio/opus", rtp::Codec::kOpus}, {"audio/red", rtp::Codec::kRed}, {"video/vp8", rtp::Codec::kVp8},
      {"video/vp9", rtp::Codec::kVp9},   {"video/h264", rtp::Codec::kH264}, {"video/av1", rtp::Codec::kAv1}};
  for (const auto& [name, codec] : kCodecs) {
    if (mime_type == name) return codec;
  }
  return rtp::Codec::kOpaque;
}

router::PublishConfig publish_config(const Publish& command, uint64_t key) {
  router::PublishConfig config;
  config.key = key;
  config.video = command.kind == MediaKind::kVideo;
  config.mid = command.mid;
  for (const PublishedCodec& codec : command.codecs) {
    config.codecs.push_back({static_cast<uint8_t>(codec.payload_type), codec_of(codec.mime_type), codec.clock_rate,
                             static_cast<uint8_t>(codec.rtx_payload_type), codec.nack, codec.pli});
  }
  for (const Encoding& encoding : command.encodings) {
    config.encodings.push_back({encoding.rid, encoding.ssrc, encoding.rtx_ssrc, static_cast<uint8_t>(encoding.quality)});
  }
  std::stable_sort(config.encodings.begin(), config.encodings.end(),
                   [](const auto& a, const auto& b) { return a.quality < b.quality; });
  return config;
}

// Only what the publisher can send; the rest of a browser's list would fill the bounded table.
router::SubscribeConfig subscribe_config(const Subscribe& command, const Publication& source, uint64_t key) {
  router::SubscribeConfig config;
  config.key = key;
  config.mid = command.mid;
  for (const PayloadMapping& mapping : command.payloads) {
    if (source.media->codec_of(static_cast<uint8_t>(mapping.published)) == nullptr) continue;
    config.payloads.push_back({static_cast<uint8_t>(mapping.published), static_cast<uint8_t>(mapping.subscribed),
                               static_cast<uint8_t>(mapping.subscribed_rtx)});
  }
  config.paused = command.paused;
  config.max_quality = static_cast<uint8_t>(command.max_quality);
  return config;
}

template <typename T>
void erase_owned(std::vector<std::unique_ptr<T>>& owned, const T& gone) {
  std::erase_if(owned, [&](const auto& entry) { return entry.get() == &gone; });
}

}  // namespace

Result<void> CommandRunner::carry_out(Publish& command, Instant) {
  Result<Peer*> found = find_peer(command.room, command.session, command.role);
  if (!found) return found.error();
  Session& session = found.value()->session;
  if (find_publication_in_room(session.room, command.track)) {
    return Error{ErrorCode::kAlreadyExists, "track: expected a new track, received " + command.track + ": unpublish it first"};
  }
  if (session.publications.size() >= state_.limits.publications_per_session) {
    return Error{ErrorCode::kLimitExceeded, "track: expected at most " + std::to_string(state_.limits.publications_per_session) +
                                                " tracks of a session, received one more"};
  }
  const uint64_t key = state_.next_key();
  Result<router::PublishedTrack*> published = state_.router.publish(*found.value()->media, publish_config(command, key));
  if (!published) return published.error();
  session.publications.push_back(std::unique_ptr<Publication>(
      new Publication{session, key, std::move(command), false, published.value(), {}}));
  state_.publications_by_key[key] = session.publications.back().get();
  return {};
}

Result<void> CommandRunner::carry_out(UpdatePublication& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Publication* publication = found.value()->publication(command.track);
  if (publication == nullptr) {
    return Error{ErrorCode::kNotFound, "track: expected a track that this session publishes, received " + command.track};
  }
  publication->muted = command.muted;
  state_.router.set_muted(*publication->media, command.muted, now);
  return {};
}

Result<void> CommandRunner::carry_out(Unpublish& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Publication* publication = found.value()->publication(command.track);
  if (publication == nullptr) {
    return Error{ErrorCode::kNotFound, "track: expected a track that this session publishes, received " + command.track};
  }
  end_publication(*publication, now);
  return {};
}

// The same again (same transport and mid) gives the same answer: the caller may have lost ours.
Result<void> CommandRunner::carry_out(Subscribe& command, Instant now) {
  Result<Peer*> found = find_peer(command.room, command.session, command.role);
  if (!found) return found.error();
  Session& session = found.value()->session;
  Subscription* subscription = session.subscription(command.track);
  if (subscription != nullptr && (subscription->role != command.role || subscription->mid != command.mid)) {
    return Error{ErrorCode::kAlreadyExists, "track: expected a track that this session does not receive yet, received " +
                                                command.track + ", which it gets on mid " + subscription->mid};
  }
  if (subscription == nullptr) {
    Result<Publication*> source = find_publication_in_room(session.room, command.track);
    if (!source) return source.error();
    if (&source.value()->publisher == &session) {
      return Error{ErrorCode::kInvalidArgument, "track: expected a track of another session, received an own one"};
    }
    if (session.subscriptions.size() >= state_.limits.subscriptions_per_session) {
      return Error{ErrorCode::kLimitExceeded, "track: expected at most " + std::to_string(state_.limits.subscriptions_per_session) +
                                                  " subscriptions of a session, received one more"};
    }
    const uint64_t key = state_.next_key();
    const router::SubscribeConfig config = subscribe_config(command, *source.value(), key);
    if (config.payloads.empty()) {
      return Error{ErrorCode::kInvalidArgument, "payloads: expected a payload type that the track is published with, received none"};
    }
    Result<router::Subscription*> subscribed = state_.router.subscribe(*source.value()->media, *found.value()->media, config, now);
    if (!subscribed) return subscribed.error();
    session.subscriptions.push_back(std::unique_ptr<Subscription>(new Subscription{
        session, *source.value(), key, command.role, command.mid, command.paused, command.max_quality, subscribed.value()}));
    subscription = session.subscriptions.back().get();
    source.value()->subscriptions.push_back(subscription);
    state_.subscriptions_by_key[key] = subscription;
  }
  append_number(response_, 1, subscription->media->ssrc());
  append_number(response_, 2, subscription->media->rtx_ssrc());
  return {};
}

Result<void> CommandRunner::carry_out(UpdateSubscription& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Subscription* subscription = found.value()->subscription(command.track);
  if (subscription == nullptr) {
    return Error{ErrorCode::kNotFound, "track: expected a track that this session receives, received " + command.track};
  }
  subscription->paused = command.paused;
  subscription->max_quality = command.max_quality;
  state_.router.update_subscription(*subscription->media, command.paused, static_cast<uint8_t>(command.max_quality),
                                    command.max_fps, now);
  return {};
}

Result<void> CommandRunner::carry_out(Unsubscribe& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Subscription* subscription = found.value()->subscription(command.track);
  if (subscription == nullptr) {
    return Error{ErrorCode::kNotFound, "track: expected a track that this session receives, received " + command.track};
  }
  end_subscription(*subscription, now);
  return {};
}

Result<Publication*> CommandRunner::find_publication_in_room(Room& room, const std::string& track) const {
  for (const auto& [id, session] : room.sessions) {
    if (Publication* publication = session->publication(track)) return publication;
  }
  return Error{ErrorCode::kNotFound, "track: expected a track published in room " + room.name + ", received " + track};
}

void CommandRunner::end_publication(Publication& publication, Instant now) {
  while (!publication.subscriptions.empty()) end_subscription(*publication.subscriptions.back(), now);
  Session& publisher = publication.publisher;
  const router::PublishedStatistics last = publication.media->take_statistics(now);
  publisher.received_before.bytes += last.bytes;
  publisher.received_before.packets += last.packets;
  state_.router.unpublish(*publication.media);
  state_.publications_by_key.erase(publication.key);
  erase_owned(publisher.publications, publication);
}

void CommandRunner::end_subscription(Subscription& subscription, Instant now) {
  Session& receiver = subscription.receiver;
  const streams::SendStreamStatistics last = subscription.media->stream().statistics(now);
  receiver.sent_before.bytes += last.bytes + last.retransmitted_bytes;
  receiver.sent_before.packets += last.packets + last.retransmitted;
  state_.router.unsubscribe(*subscription.media);
  std::erase(subscription.source.subscriptions, &subscription);
  state_.subscriptions_by_key.erase(subscription.key);
  erase_owned(receiver.subscriptions, subscription);
}

}  // namespace chroom::engine
