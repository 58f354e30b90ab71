#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace chroom::limit {

// Empties the destinations by polling from another core, as the load generator does while an engine is measured: what
// the sender's core allocated is then freed elsewhere, and its caches meet the lines of the reader. The sender pays for
// both. Without it (Sockets::drain) the sender's own core empties them outside the timed part.
class Drainer {
 public:
  // sinks: borrowed descriptors, non-blocking.
  Drainer(std::vector<int> sinks, int cpu);
  ~Drainer();
  Drainer(const Drainer&) = delete;
  Drainer& operator=(const Drainer&) = delete;

  // Waits until `more` datagrams have come since the last call; how many did, when they do not all come.
  size_t wait_for(size_t more);

 private:
  void poll();

  const std::vector<int> sinks_;
  const int cpu_;
  std::atomic<uint64_t> arrived_{0};
  std::atomic<bool> over_{false};
  uint64_t taken_ = 0;
  std::thread thread_;
};

}  // namespace chroom::limit
