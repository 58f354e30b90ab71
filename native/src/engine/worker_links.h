#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/doorbell.h"
#include "router/worker_link.h"
#include "vocabulary/check.h"

namespace chroom::engine {

// One worker's ends of the links to all others; the engine owns the links. Empty in an engine of one worker.
struct WorkerLinks {
  struct Neighbour {
    size_t worker;
    router::WorkerLink* to;    // borrowed; we produce
    router::WorkerLink* from;  // borrowed; we consume
    Doorbell* bell;            // borrowed: its worker's
  };

  router::WorkerLink& to(size_t worker) const {
    const auto found = std::find_if(neighbours.begin(), neighbours.end(), [&](const Neighbour& n) { return n.worker == worker; });
    CHROOM_CHECK(found != neighbours.end(), "the engine names a worker of its own, and another one");
    return *found->to;
  }

  bool has_news() const {
    return std::any_of(neighbours.begin(), neighbours.end(), [](const Neighbour& n) { return n.from->has_news(); });
  }

  // Makes visible what was written for the others and wakes those that sleep.
  void publish() const {
    for (const Neighbour& neighbour : neighbours) {
      if (neighbour.to->publish()) neighbour.bell->ring();
    }
  }

  std::vector<Neighbour> neighbours;
};

}  // namespace chroom::engine
