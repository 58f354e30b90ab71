#include "engine/room_placements.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace chroom::engine {

Result<RoomPlacements::NamedRoom*> RoomPlacements::route(Command& command, std::vector<size_t>& workers) {
  workers.clear();
  const std::string name(room_of(command));
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (rooms_.size() >= most_rooms_) {
      return Error{ErrorCode::kLimitExceeded,
                   "fence.room: expected at most " + std::to_string(most_rooms_) + " rooms, received one more"};
    }
    found = rooms_.emplace(name, Room{}).first;
    found->second.key = ++last_key_;
  }
  NamedRoom* named = &*found;
  Room& room = named->second;
  if (std::holds_alternative<CloseRoom>(command) || std::holds_alternative<SendData>(command)) {
    for (const Part& p : room.parts) workers.push_back(p.worker);
    if (workers.empty()) workers.push_back(loads_.least_loaded());
    return named;
  }
  if (auto* create = std::get_if<CreateSession>(&command)) {
    create->room_key = room.key;
    const auto known = room.sessions.find(create->session);
    workers.push_back(known != room.sessions.end() ? known->second.worker : worker_of_new_session(room));
    return named;
  }
  const std::string& session = std::visit(
      [&](const auto& c) -> const std::string& {
        if constexpr (requires { c.session; }) return c.session;
        return c.room;
      },
      command);
  const size_t worker = worker_of(room, session);
  if (auto* publish = std::get_if<Publish>(&command)) {
    const auto known = room.tracks.find(publish->track);
    if (known != room.tracks.end() && known->second.origin.worker != worker) {
      release_if_unused(*named);
      return Error{ErrorCode::kAlreadyExists,
                   "track: expected a new track, received " + publish->track + ": unpublish it first"};
    }
    publish->key = ++last_key_;
  }
  if (auto* subscribe = std::get_if<Subscribe>(&command)) {
    const auto known = room.tracks.find(subscribe->track);
    if (known != room.tracks.end() && known->second.origin.worker != worker) subscribe->origin = known->second.origin;
  }
  workers.push_back(worker);
  return named;
}

RoomPlacements::InFlight RoomPlacements::begin(NamedRoom& named, size_t worker, const Command& command) {
  Room& room = named.second;
  InFlight flight{&named, worker};
  ++part(room, worker).in_flight;
  if (const auto* create = std::get_if<CreateSession>(&command)) {
    flight.effect = InFlight::Effect::kCreates;
    flight.session = create->session;
    const auto [place, is_new] = room.sessions.try_emplace(create->session, Place{worker});
    if (is_new) loads_.add_session(worker);
    ++place->second.in_flight;
  } else if (const auto* close = std::get_if<CloseSession>(&command)) {
    const auto known = room.sessions.find(close->session);
    if (known == room.sessions.end()) return flight;
    flight.effect = InFlight::Effect::kCloses;
    flight.session = close->session;
    ++known->second.in_flight;
  } else if (const auto* publish = std::get_if<Publish>(&command); publish != nullptr && loads_.size() > 1) {
    flight.effect = InFlight::Effect::kPublishes;
    flight.session = publish->session;
    flight.publish = std::make_shared<const Publish>(*publish);
  } else if (const auto* unpublish = std::get_if<Unpublish>(&command)) {
    flight.effect = InFlight::Effect::kUnpublishes;
    flight.track = unpublish->track;
  }
  return flight;
}

void RoomPlacements::end(const InFlight& flight, bool ok, std::vector<uint64_t>& ended) {
  Room& room = flight.room->second;
  --part(room, flight.worker).in_flight;
  switch (flight.effect) {
    case InFlight::Effect::kCreates:
      if (ok) part(room, flight.worker).gone = false;
      [[fallthrough]];
    case InFlight::Effect::kCloses: {
      Place& place = room.sessions.at(flight.session);
      --place.in_flight;
      if (ok) place.exists = flight.effect == InFlight::Effect::kCreates;
      forget_session(room, flight.session, ended);
      break;
    }
    case InFlight::Effect::kPublishes:
      if (ok) room.tracks[flight.publish->track] = {flight.session, {flight.worker, flight.publish}};
      break;
    case InFlight::Effect::kUnpublishes:
      if (const auto track = room.tracks.find(flight.track); ok && track != room.tracks.end()) {
        ended.push_back(track->second.origin.publish->key);
        room.tracks.erase(track);
      }
      break;
    case InFlight::Effect::kNone: break;
  }
}

std::vector<size_t> RoomPlacements::workers_of(const NamedRoom& room) const {
  std::vector<size_t> workers;
  for (const Part& p : room.second.parts) workers.push_back(p.worker);
  return workers;
}

void RoomPlacements::room_gone(size_t worker, std::string_view name) {
  const auto found = rooms_.find(std::string(name));
  if (found == rooms_.end()) return;
  Room& room = found->second;
  const auto known = std::find_if(room.parts.begin(), room.parts.end(), [&](const Part& p) { return p.worker == worker; });
  if (known == room.parts.end()) return;
  known->gone = true;
  std::vector<std::string> gone;
  for (auto& [session, place] : room.sessions) {
    if (place.worker == worker) gone.push_back(session);
  }
  std::vector<uint64_t> ended;  // the command that closed the room, or its last session, tells the others
  for (const std::string& session : gone) {
    room.sessions.at(session).exists = false;
    forget_session(room, session, ended);
  }
  release_if_unused(*found);
}

void RoomPlacements::release_if_unused(NamedRoom& named) {
  Room& room = named.second;
  std::erase_if(room.parts, [&](const Part& p) {
    const bool unused = p.gone && p.in_flight == 0;
    if (unused) loads_.remove_room(p.worker);
    return unused;
  });
  if (room.parts.empty()) rooms_.erase(rooms_.find(named.first));
}

std::optional<RoomPlacements::Audience> RoomPlacements::take_change(NamedRoom& named) {
  Room& room = named.second;
  Audience audience;
  for (const Part& p : room.parts) {
    audience.mask |= uint64_t{1} << p.worker;
    audience.workers.push_back(p.worker);
  }
  // One worker alone is what a worker takes for granted.
  if (audience.mask == room.told || (room.told == 0 && audience.workers.size() == 1)) return std::nullopt;
  room.told = audience.mask;
  return audience;
}

size_t RoomPlacements::worker_of_new_session(const Room& room) const {
  if (room.parts.empty()) return loads_.least_loaded();
  const size_t most_workers = 1 + room.sessions.size() / large_room_sessions_;
  if (most_workers > room.parts.size()) return loads_.least_loaded();
  std::vector<size_t> candidates;
  for (const Part& p : room.parts) candidates.push_back(p.worker);
  return loads_.least_loaded(candidates);
}

size_t RoomPlacements::worker_of(const Room& room, const std::string& session) const {
  const auto known = room.sessions.find(session);
  if (known != room.sessions.end()) return known->second.worker;
  // Not there: any worker will say so, the first so that calls of an unknown session stay in order.
  return room.parts.empty() ? loads_.least_loaded() : room.parts.front().worker;
}

RoomPlacements::Part& RoomPlacements::part(Room& room, size_t worker) {
  const auto known = std::find_if(room.parts.begin(), room.parts.end(), [&](const Part& p) { return p.worker == worker; });
  if (known != room.parts.end()) return *known;
  loads_.add_room(worker);
  return room.parts.emplace_back(Part{worker});
}

void RoomPlacements::forget_session(Room& room, const std::string& session, std::vector<uint64_t>& ended) {
  const Place& place = room.sessions.at(session);
  if (!place.exists) {
    std::erase_if(room.tracks, [&](const auto& track) {
      if (track.second.session != session) return false;
      ended.push_back(track.second.origin.publish->key);
      return true;
    });
  }
  if (place.exists || place.in_flight > 0) return;
  loads_.remove_session(place.worker);
  room.sessions.erase(session);
}

}  // namespace chroom::engine
