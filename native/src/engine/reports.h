#pragma once
#include <vector>

#include "engine/worker_state.h"

namespace chroom::engine {

// What the worker tells without being asked: the router's events and, at intervals, each session's statistics.
// Borrowed state; one per worker.
class Reports {
 public:
  static constexpr Duration kStatisticsInterval = std::chrono::seconds(2);

  explicit Reports(WorkerState& state) : state_(state) {}

  // The session's numbers now; valid until the next call.
  const SessionStatistics& measure(Session& session, Instant now);
  // Tells what the router noted since the last call. Before anything that removes tracks.
  void tell_router_events();
  // The session publishes or receives something now: its statistics are told at intervals while it does.
  void expect_media(Session& session, Instant now);
  void run_due(Instant now);
  Instant next_deadline() const { return state_.statistics_due.next(); }

 private:
  void tell(const router::RouterEvent& event);
  void tell_speaker(const router::RouterEvent& event);
  void flush_speakers();

  WorkerState& state_;  // borrowed
  SessionStatistics statistics_;
  std::vector<Speaker> speakers_;         // of one room
  const Room* speakers_room_ = nullptr;
};

}  // namespace chroom::engine
