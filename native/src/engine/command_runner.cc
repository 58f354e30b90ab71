#include "engine/command_runner.h"

namespace chroom::engine {

void CommandRunner::run(uint32_t request_id, Command&& command, Instant now) {
  state_.counters.add(Counter::kCommandsReceived);
  response_.clear();
  const Result<void> done = std::visit([&](auto& c) { return carry_out(c, now); }, command);
  if (done) {
    state_.events.result(request_id, response_);
  } else {
    state_.events.error(request_id, done.error());
  }
}

Result<Session*> CommandRunner::find_session(const std::string& room, const std::string& session) const {
  const auto found = state_.rooms.find(room);
  if (found == state_.rooms.end()) {
    return Error{ErrorCode::kNotFound, "room: expected a room with sessions on this node, received " + room};
  }
  Session* known = found->second->find(session);
  if (known == nullptr) {
    return Error{ErrorCode::kNotFound, "session: expected a session of room " + room + ", received " + session};
  }
  return known;
}

Result<Peer*> CommandRunner::find_peer(const std::string& room, const std::string& session, TransportRole role) const {
  Result<Session*> found = find_session(room, session);
  if (!found) return found.error();
  Peer* peer = found.value()->peer(role);
  if (peer == nullptr) {
    return Error{ErrorCode::kNotFound, std::string("role: expected a transport that was created, received ") +
                                           (role == TransportRole::kPublisher ? "PUBLISHER" : "SUBSCRIBER")};
  }
  return peer;
}

}  // namespace chroom::engine
