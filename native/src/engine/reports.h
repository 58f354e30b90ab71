#pragma once
#include <vector>

#include "engine/worker_state.h"

namespace chroom::engine {

// What the worker tells without being asked: the router's events and, at intervals, each session's statistics.
// Borrowed state; one per worker.
class Reports {
 public:
  static constexpr Duration kStatisticsInterval = std::chrono::seconds(2);
  // Sessions are looked at this often; their own intervals are spread by when they began.
  static constexpr Duration kTick = std::chrono::milliseconds(100);

  explicit Reports(WorkerState& state) : state_(state) {}

  // The session's numbers now; valid until the next call.
  const SessionStatistics& measure(Session& session, Instant now);
  // Tells what the router noted since the last call. Before anything that removes tracks.
  void tell_router_events();
  void run_due(Instant now);
  Instant next_deadline() const { return state_.session_count == 0 ? kNever : next_tick_; }

 private:
  void tell(const router::RouterEvent& event);
  void tell_speaker(const router::RouterEvent& event);
  void flush_speakers();
  void count_active(Session& session, Instant now);

  WorkerState& state_;  // borrowed
  SessionStatistics statistics_;
  std::vector<Speaker> speakers_;         // of one room
  const Room* speakers_room_ = nullptr;
  Instant next_tick_{};
};

}  // namespace chroom::engine
