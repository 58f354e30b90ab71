#pragma once
#include <algorithm>
#include <cstdint>

#include "vocabulary/time.h"

// How long a worker leaves its sockets alone, by what it knows of its load. Pure decisions.
namespace chroom::engine::rest_policy {

inline constexpr Duration kLongestHold = std::chrono::microseconds(500);

// How long media may wait for the rest of its frame: not at all on a worker with little to do, up to kLongestHold on one
// that is a third busy. Frames that are complete never wait.
inline constexpr Duration hold(uint64_t busy_permille) {
  constexpr int64_t kFreePermille = 100;
  constexpr int64_t kFullPermille = 300;
  const auto over = std::clamp<int64_t>(static_cast<int64_t>(busy_permille) - kFreePermille, 0, kFullPermille - kFreePermille);
  return kLongestHold * over / (kFullPermille - kFreePermille);
}

// Between two looks while a frame is being collected: as long as it was collected already, within these bounds. A tight
// burst leaves soon after its end, a stretched one does not cost a look for each of its packets.
inline constexpr Duration kShortestGather = std::chrono::microseconds(25);
inline constexpr Duration kLongestGather = std::chrono::microseconds(100);

inline constexpr Duration until_next_look(Duration collected, uint64_t busy_permille) {
  const Duration gather = std::clamp(collected, kShortestGather, kLongestGather);
  return std::clamp(hold(busy_permille) - collected, Duration{0}, gather);
}

// Where thousands of idle sessions send their checks and heartbeats, those are looked at together, this long after
// another: a wake-up for each finds all caches cold. Not while media or data flows or somebody joins; commands and other
// workers end it.
inline constexpr Duration kGatherChecks = std::chrono::milliseconds(20);
inline constexpr Duration kWithoutFlow = std::chrono::milliseconds(100);
inline constexpr uint64_t kManyChecksPerSecond = 1000;

inline constexpr bool gathers_checks(Duration without_flow, uint64_t datagrams_per_second) {
  return without_flow >= kWithoutFlow && datagrams_per_second >= kManyChecksPerSecond;
}

}  // namespace chroom::engine::rest_policy
