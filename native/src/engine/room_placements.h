#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/commands.h"
#include "engine/worker_loads.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// Which worker each session of each room is on. A room begins on one worker, the least loaded; a room with many sessions
// may use a worker more for every `large_room_sessions` of them, and each new session goes to the least loaded of those
// (worker_loads.h). A session stays where it is. Pure bookkeeping of the engine's thread: begin() says where a command
// goes, end() and room_gone() take in what the workers answered.
class RoomPlacements {
 public:
  struct Room;
  using Rooms = std::unordered_map<std::string, Room>;
  using NamedRoom = Rooms::value_type;  // stays where it is while it exists

  // What an answer will change here.
  struct InFlight {
    NamedRoom* room = nullptr;
    size_t worker = 0;
    enum class Effect : uint8_t { kNone, kCreates, kCloses, kPublishes, kUnpublishes } effect = Effect::kNone;
    std::string session;                      // of kCreates, kCloses and kPublishes
    std::string track;                        // of kUnpublishes
    std::shared_ptr<const Publish> publish;   // of kPublishes
  };

  RoomPlacements(size_t workers, size_t most_rooms, size_t large_room_sessions)
      : loads_(workers), most_rooms_(most_rooms), large_room_sessions_(std::max<size_t>(large_room_sessions, 1)) {}

  // The workers that carry out `command`, into `workers` (cleared): several for a command about a whole room. Adds to the
  // command what its worker must know of the others. Nothing is counted before begin().
  // kLimitExceeded: too many rooms; kAlreadyExists: a track that is published by a session elsewhere.
  Result<NamedRoom*> route(Command& command, std::vector<size_t>& workers);
  // The command goes to `worker`. Takes a copy of what the answer will need.
  InFlight begin(NamedRoom& room, size_t worker, const Command& command);
  // The keys of tracks that ended with it are added to `ended`. Call release_if_unused() afterwards.
  void end(const InFlight& flight, bool ok, std::vector<uint64_t>& ended);
  std::vector<size_t> workers_of(const NamedRoom& room) const;
  // A worker has no session of the room any more.
  void room_gone(size_t worker, std::string_view room);
  // Forgets a room that no worker has sessions of and no command is about.
  void release_if_unused(NamedRoom& room);

  // The workers of the room that must be told that their number changed, and the bits to tell them.
  struct Audience {
    std::vector<size_t> workers;
    uint64_t mask = 0;
  };
  std::optional<Audience> take_change(NamedRoom& room);

  WorkerLoads& loads() { return loads_; }
  void clear() { rooms_.clear(); }

  struct Part {
    size_t worker = 0;
    size_t in_flight = 0;  // commands without an answer
    bool gone = true;      // the worker has no session of the room (any more)
  };
  struct Place {
    size_t worker = 0;
    size_t in_flight = 0;  // creations and closings without an answer
    bool exists = false;
  };
  struct Track {
    std::string session;
    TrackOrigin origin;
  };
  struct Room {
    uint64_t key = 0;
    std::vector<Part> parts;  // the first is where a small room is
    std::unordered_map<std::string, Place> sessions;
    std::unordered_map<std::string, Track> tracks;
    uint64_t told = 0;  // the workers, as take_change() last said
  };

 private:
  size_t worker_of_new_session(const Room& room) const;
  size_t worker_of(const Room& room, const std::string& session) const;
  Part& part(Room& room, size_t worker);
  void forget_session(Room& room, const std::string& session, std::vector<uint64_t>& ended);

  WorkerLoads loads_;
  const size_t most_rooms_;
  const size_t large_room_sessions_;
  Rooms rooms_;
  uint64_t last_key_ = 0;  // of rooms and tracks
};

}  // namespace chroom::engine
