// Commands about sessions and rooms.
#include <algorithm>

#include "engine/command_runner.h"

namespace chroom::engine {

namespace {

router::DataParticipantConfig data_participant(const Session& session, const CreateSession& created) {
  router::DataParticipantConfig config;
  config.key = session.key;
  config.sid = session.id;
  config.identity = session.identity;
  config.hidden = created.hidden;
  config.can_publish_data = created.can_publish_data;
  config.can_subscribe = created.can_subscribe;
  config.can_transcribe = created.can_send_transcription;
  config.can_impersonate = created.can_impersonate;
  return config;
}

}  // namespace

Result<void> CommandRunner::carry_out(CreateSession& command, Instant) {
  Result<Room*> opened = open_room(command.room, command.room_key);
  if (!opened) return opened.error();
  Room& room = *opened.value();
  if (Session* known = room.find(command.session)) {
    if (known->identity != command.identity) {
      return Error{ErrorCode::kAlreadyExists, "session: expected a new session, received " + command.session +
                                                  ", which belongs to another identity"};
    }
    known->permissions = command;
    room.data.set_participant(data_participant(*known, known->permissions));
    return {};
  }
  if (state_.session_count >= state_.limits.sessions_per_worker) {
    if (room.sessions.empty()) close_room(room);
    return Error{ErrorCode::kLimitExceeded, "session: expected at most " + std::to_string(state_.limits.sessions_per_worker) +
                                                " sessions on a worker, received one more"};
  }
  auto session = std::make_unique<Session>(room, state_.next_key(), command);
  room.data.set_participant(data_participant(*session, session->permissions));
  state_.sessions_by_key[session->key] = session.get();
  ++state_.session_count;
  state_.counters.add(Counter::kSessionsOpened);
  room.sessions.emplace(command.session, std::move(session));
  return {};
}

Result<void> CommandRunner::carry_out(UpdateSession& command, Instant) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Session& session = *found.value();
  session.permissions.hidden = command.hidden;
  session.permissions.can_publish_data = command.can_publish_data;
  session.permissions.can_subscribe = command.can_subscribe;
  session.room.data.set_participant(data_participant(session, session.permissions));
  return {};
}

Result<void> CommandRunner::carry_out(CloseSession& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Room& room = found.value()->room;
  append_final_statistics(*found.value(), 1, now);
  close_session(*found.value(), now);
  if (room.sessions.empty()) close_room(room);
  return {};
}

Result<void> CommandRunner::carry_out(CloseRoom& command, Instant now) {
  const auto found = state_.rooms.find(command.room);
  if (found == state_.rooms.end()) return {};
  Room& room = *found->second;
  while (!room.sessions.empty()) {
    Session& session = *room.sessions.begin()->second;
    append_final_statistics(session, 1, now);
    close_session(session, now);
  }
  close_room(room);
  return {};
}

Result<void> CommandRunner::carry_out(DescribeSession& command, Instant) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  const Session& session = *found.value();
  {
    NestedMessage summary(response_, 1);
    append_text(response_, 1, session.room.name);
    append_text(response_, 2, session.id);
    append_text(response_, 3, session.identity);
  }
  for (const auto& peer : session.peers) {
    if (peer) append_transport(*peer);
  }
  for (const auto& publication : session.publications) {
    NestedMessage snapshot(response_, 4);
    append_text(response_, 1, publication->request.track);
    append_number(response_, 2, static_cast<uint64_t>(publication->request.role));
    append_text(response_, 3, publication->request.mid);
    append_number(response_, 4, static_cast<uint64_t>(publication->request.kind));
    for (const PublishedCodec& codec : publication->request.codecs) append_codec(response_, 5, codec);
    for (const Encoding& encoding : publication->request.encodings) append_encoding(response_, 6, encoding);
    append_number(response_, 7, publication->muted);
  }
  session.for_each_subscription([&](const router::Subscription& subscription) {
    NestedMessage snapshot(response_, 5);
    append_text(response_, 1, source_of(subscription).track);
    append_number(response_, 2, static_cast<uint64_t>(receiver_of(subscription).role));
    append_text(response_, 3, subscription.mid());
    append_number(response_, 4, subscription.ssrc());
    append_number(response_, 5, subscription.rtx_ssrc());
    append_number(response_, 6, subscription.paused());
    append_number(response_, 7, subscription.max_quality());
  });
  return {};
}

void CommandRunner::append_transport(const Peer& peer) {
  NestedMessage snapshot(response_, 3);
  append_number(response_, 1, static_cast<uint64_t>(peer.role));
  append_number(response_, 2, static_cast<uint64_t>(peer.transport.state()) + 1);
  append_ice_parameters(response_, 3, {peer.transport.local_ice().username_fragment, peer.transport.local_ice().password});
  append_fingerprint(response_, 4, state_.fingerprint);
  for (const HeaderExtension& extension : peer.header_extensions) append_header_extension(response_, 5, extension);
}

Result<void> CommandRunner::carry_out(SessionStatisticsQuery& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  append_session_statistics(response_, reports_.measure(*found.value(), now));
  return {};
}

Result<void> CommandRunner::carry_out(SendData& command, Instant now) {
  const auto found = state_.rooms.find(command.room);
  if (found == state_.rooms.end()) {
    return Error{ErrorCode::kNotFound, "room: expected a room with sessions on this node, received " + command.room};
  }
  return data_.send(*found->second, command, now);
}

Result<void> CommandRunner::carry_out(RoomWorkers& command, Instant) {
  const auto found = state_.rooms.find(command.room);
  if (found != state_.rooms.end()) found->second->workers = command.workers;
  return {};
}

Result<Room*> CommandRunner::open_room(const std::string& name, uint64_t key) {
  const auto found = state_.rooms.find(name);
  if (found != state_.rooms.end()) return found->second.get();
  if (state_.rooms.size() >= state_.limits.rooms_per_worker) {
    return Error{ErrorCode::kLimitExceeded, "room: expected at most " + std::to_string(state_.limits.rooms_per_worker) +
                                                " rooms on a worker, received one more"};
  }
  auto room = std::make_unique<Room>(name, key, state_.router.open_room(state_.next_key()));
  state_.rooms_by_key[key] = room.get();
  return state_.rooms.emplace(name, std::move(room)).first->second.get();
}

void CommandRunner::append_final_statistics(Session& session, uint32_t field, Instant now) {
  const SessionStatistics& statistics = reports_.measure(session, now);
  NestedMessage message(response_, field);
  append_session_statistics(response_, statistics);
}

void CommandRunner::close_session(Session& session, Instant now) {
  while (!session.publications.empty()) end_publication(*session.publications.back(), now);
  for (auto& peer : session.peers) {
    if (!peer) continue;
    while (!peer->media->subscriptions().empty()) end_subscription(*peer->media->subscriptions().back(), now);
    peer->transport.close(now);
    upkeep_.settle(*peer, now);
    upkeep_.forget(*peer);
    state_.router.remove_transport(*peer->media);
    peer.reset();
  }
  session.room.data.remove_participant(session.key);
  state_.sessions_by_key.erase(session.key);
  state_.statistics_due.remove(&session);
  --state_.session_count;
  state_.counters.add(Counter::kSessionsClosed);
  session.room.sessions.erase(std::string(session.id));
}

void CommandRunner::close_room(Room& room) {
  state_.rooms_by_key.erase(room.key);
  state_.router.close_room(room.media);
  state_.events.room_gone(room.name);
  state_.rooms.erase(std::string(room.name));
}

}  // namespace chroom::engine
