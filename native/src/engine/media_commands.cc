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

router::PublishConfig publish_config(const Publish& command, Source& owner) {
  router::PublishConfig config;
  config.key = owner.key;
  config.owner = &owner;
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
router::SubscribeConfig subscribe_config(const Subscribe& command, const Source& source) {
  router::SubscribeConfig config;
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

// The track was published again meanwhile, or is gone; the word of its old worker is still on its way.
bool is_of_ended_import(const router::Subscription& subscription, const Subscribe& command) {
  const uint64_t key = subscription.track().key();
  if (command.origin) return key != command.origin->publish->key;
  return receiver_of(subscription).session.room.import(key) != nullptr;
}

}  // namespace

Result<void> CommandRunner::carry_out(Publish& command, Instant now) {
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
  Peer& publisher = *found.value();
  auto publication = std::unique_ptr<Publication>(new Publication{{command.key, command.track}, session, std::move(command)});
  Result<router::PublishedTrack*> published =
      state_.router.publish(*publisher.media, publish_config(publication->request, *publication));
  if (!published) return published.error();
  publication->media = published.value();
  state_.publications_by_key[publication->key] = publication.get();
  session.publications.push_back(std::move(publication));
  reports_.expect_media(session, now);
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
  router::Subscription* subscription = session.subscription(command.track);
  if (subscription != nullptr && is_of_ended_import(*subscription, command)) {
    end_subscription(*subscription, now);
    subscription = nullptr;
  }
  if (subscription != nullptr && (receiver_of(*subscription).role != command.role || subscription->mid() != command.mid)) {
    return Error{ErrorCode::kAlreadyExists, "track: expected a track that this session does not receive yet, received " +
                                                command.track + ", which it gets on mid " + std::string(subscription->mid())};
  }
  if (subscription == nullptr) {
    if (session.publication(command.track) != nullptr) {
      return Error{ErrorCode::kInvalidArgument, "track: expected a track of another session, received an own one"};
    }
    if (session.subscription_count() >= state_.limits.subscriptions_per_session) {
      return Error{ErrorCode::kLimitExceeded, "track: expected at most " + std::to_string(state_.limits.subscriptions_per_session) +
                                                  " subscriptions of a session, received one more"};
    }
    Result<Source*> source = find_source(session.room, command);
    if (!source) return source.error();
    Result<router::Subscription*> begun = begin_subscription(*source.value(), *found.value(), command, now);
    remove_if_unused(session.room, *source.value());
    if (!begun) return begun.error();
    subscription = begun.value();
    reports_.expect_media(session, now);
  }
  append_number(response_, 1, subscription->ssrc());
  append_number(response_, 2, subscription->rtx_ssrc());
  return {};
}

Result<router::Subscription*> CommandRunner::begin_subscription(Source& source, Peer& receiver, const Subscribe& command,
                                                               Instant now) {
  const router::SubscribeConfig config = subscribe_config(command, source);
  if (config.payloads.empty()) {
    return Error{ErrorCode::kInvalidArgument, "payloads: expected a payload type that the track is published with, received none"};
  }
  return state_.router.subscribe(*source.media, *receiver.media, config, now);
}

Result<void> CommandRunner::carry_out(UpdateSubscription& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  router::Subscription* subscription = found.value()->subscription(command.track);
  if (subscription == nullptr) {
    return Error{ErrorCode::kNotFound, "track: expected a track that this session receives, received " + command.track};
  }
  state_.router.update_subscription(*subscription, command.paused, static_cast<uint8_t>(command.max_quality),
                                    static_cast<uint16_t>(std::min<uint32_t>(command.max_fps, UINT16_MAX)), now);
  return {};
}

Result<void> CommandRunner::carry_out(Unsubscribe& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  router::Subscription* subscription = found.value()->subscription(command.track);
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

Result<Source*> CommandRunner::find_source(Room& room, const Subscribe& command) {
  if (!command.origin) {
    Result<Publication*> found = find_publication_in_room(room, command.track);
    if (!found) return found.error();
    return found.value();
  }
  const Publish& publish = *command.origin->publish;
  if (Import* known = room.import(publish.key)) return known;
  auto import = std::unique_ptr<Import>(new Import{{publish.key, publish.track}, room});
  import->media = &state_.router.import_track(room.media, publish_config(publish, *import), state_.links.to(command.origin->worker));
  state_.imports_by_key[publish.key] = import.get();
  return room.imports.emplace(publish.key, std::move(import)).first->second.get();
}

void CommandRunner::remove_if_unused(Room& room, Source& source) {
  Import* import = room.import(source.key);
  if (import == nullptr || !import->media->subscriptions().empty()) return;
  state_.router.remove_import(*import->media);
  state_.imports_by_key.erase(import->key);
  room.imports.erase(import->key);
}

Result<void> CommandRunner::carry_out(EndTrack& command, Instant now) {
  const auto found = state_.rooms.find(command.room);
  Import* import = found == state_.rooms.end() ? nullptr : found->second->import(command.key);
  if (import != nullptr) end_import(*import, now);
  return {};
}

void CommandRunner::end_import(Import& import, Instant now) {
  // The last one takes the import with it.
  for (size_t left = import.media->subscriptions().size(); left > 0; --left) {
    end_subscription(*import.media->subscriptions().back(), now);
  }
}

void CommandRunner::end_publication(Publication& publication, Instant now) {
  while (!publication.media->subscriptions().empty()) end_subscription(*publication.media->subscriptions().back(), now);
  Session& publisher = publication.publisher;
  const router::PublishedStatistics last = publication.media->take_statistics(now);
  publisher.received_before.bytes += last.bytes;
  publisher.received_before.packets += last.packets;
  state_.router.unpublish(*publication.media);
  state_.publications_by_key.erase(publication.key);
  std::erase_if(publisher.publications, [&](const auto& entry) { return entry.get() == &publication; });
}

void CommandRunner::end_subscription(router::Subscription& subscription, Instant now) {
  Session& receiver = receiver_of(subscription).session;
  const streams::SendStreamStatistics last = subscription.stream().statistics(now);
  receiver.sent_before.bytes += last.bytes + last.retransmitted_bytes;
  receiver.sent_before.packets += last.packets + last.retransmitted;
  Source& source = source_of(subscription);
  state_.router.unsubscribe(subscription);
  remove_if_unused(receiver.room, source);
}

}  // namespace chroom::engine
