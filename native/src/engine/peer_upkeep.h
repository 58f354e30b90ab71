#pragma once
#include "engine/data_path.h"
#include "engine/worker_state.h"

namespace chroom::engine {

// What has to happen after a transport was given anything (a datagram, a time, a command): its new state is told, its
// data events are carried out, its credentials and deadline are registered. Borrowed state; one per worker.
class PeerUpkeep {
 public:
  PeerUpkeep(WorkerState& state, DataPath& data) : state_(state), data_(data) {}

  void settle(Peer& peer, Instant now);
  // Makes the present ICE fragments of `peer` the ones that find it.
  void register_fragments(Peer& peer);
  // The same, after a check that may have ended a restart; cheap when nothing changed.
  void register_fragments_if_changed(Peer& peer);
  // Takes the peer out of every look-up; it is about to be destroyed.
  void forget(Peer& peer);
  // Runs all transports whose time has come.
  void run_due(Instant now);
  Instant next_deadline() const { return state_.deadlines.next(); }

 private:
  void tell(Peer& peer, const session::StateChange& change, Instant now);

  WorkerState& state_;  // borrowed
  DataPath& data_;      // borrowed
};

}  // namespace chroom::engine
