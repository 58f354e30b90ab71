#include "engine/worker_loads.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace chroom::engine {

size_t WorkerLoads::least_loaded(std::span<const size_t> candidates) const {
  constexpr uint64_t kStepPermille = 100;
  const uint64_t each = session_permille();
  const auto load_of = [&](size_t worker) {
    const Load& load = loads_[worker];
    return std::tuple{(load.busy_permille + each * load.placed_since) / kStepPermille, load.sessions + load.rooms};
  };
  return *std::min_element(candidates.begin(), candidates.end(), [&](size_t a, size_t b) { return load_of(a) < load_of(b); });
}

size_t WorkerLoads::least_loaded() const {
  std::vector<size_t> all(loads_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return least_loaded(all);
}

// What a session costs here on average.
uint64_t WorkerLoads::session_permille() const {
  uint64_t busy_permille = 0;
  size_t sessions = 0;
  for (const Load& load : loads_) {
    busy_permille += load.busy_permille;
    sessions += load.sessions - load.placed_since;
  }
  return sessions == 0 ? 0 : busy_permille / sessions;
}

}  // namespace chroom::engine
