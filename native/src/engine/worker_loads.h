#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chroom::engine {

// How loaded each worker is: what it measured last, and an estimate for the sessions that came since, so that a wave of
// joins between two measurements does not all go to one worker. Used by the engine's thread.
class WorkerLoads {
 public:
  explicit WorkerLoads(size_t workers) : loads_(workers) {}

  // Half-second figures of a worker (Gauge::kBusyPermille); a new one makes good for the estimates since the last.
  void measured(size_t worker, uint64_t busy_permille) {
    Load& load = loads_[worker];
    if (load.busy_permille == busy_permille) return;
    load.busy_permille = busy_permille;
    load.placed_since = 0;
  }

  void add_session(size_t worker) {
    ++loads_[worker].sessions;
    ++loads_[worker].placed_since;
  }
  void remove_session(size_t worker) { --loads_[worker].sessions; }
  void add_room(size_t worker) { ++loads_[worker].rooms; }
  void remove_room(size_t worker) { --loads_[worker].rooms; }

  size_t size() const { return loads_.size(); }
  size_t sessions(size_t worker) const { return loads_[worker].sessions; }

  // Of `candidates`, in steps of a tenth of a core so that equally busy ones take turns by their sessions and rooms.
  size_t least_loaded(std::span<const size_t> candidates) const;
  size_t least_loaded() const;

 private:
  struct Load {
    uint64_t busy_permille = 0;
    size_t sessions = 0;
    size_t rooms = 0;
    size_t placed_since = 0;
  };
  uint64_t session_permille() const;

  std::vector<Load> loads_;
};

}  // namespace chroom::engine
