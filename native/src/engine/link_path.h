#pragma once
#include "engine/command_runner.h"
#include "engine/data_path.h"
#include "engine/worker_state.h"

namespace chroom::engine {

// Rooms over several workers: what the other workers passed on goes to the tracks and rooms of this one. Keys become
// objects here, as addresses do in the packet path. Borrowed state; one per worker.
class LinkPath {
 public:
  // From one worker in one turn, about 0.1 ms of work without receivers; more waits for the next turn.
  static constexpr size_t kMaxMessagesPerTurn = 256;

  LinkPath(WorkerState& state, DataPath& data, CommandRunner& commands) : state_(state), data_(data), commands_(commands) {}

  // True: more is waiting.
  bool receive(Instant now);

 private:
  void take(const WorkerLinks::Neighbour& from, router::LinkMessage& message, Instant now);
  void take_as_receiver(router::LinkMessage& message, Instant now);
  void take_as_publisher(const WorkerLinks::Neighbour& from, const router::LinkMessage& message, Instant now);
  Import* import_of(uint64_t key);

  WorkerState& state_;        // borrowed
  DataPath& data_;            // borrowed
  CommandRunner& commands_;   // borrowed
  Import* last_import_ = nullptr;  // frames come in bursts; only within one receive()
};

}  // namespace chroom::engine
