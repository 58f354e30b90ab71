#pragma once
#include <atomic>

#include "net/poller.h"

namespace chroom::engine {

// Wakes a worker that sleeps and costs nothing but a look while it does not. ring() from any thread, after what there is
// to see was made visible by a sequentially consistent store; the rest by the worker.
class Doorbell {
 public:
  explicit Doorbell(const net::Poller& poller) : poller_(poller) {}

  void ring() {
    if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false, std::memory_order_seq_cst)) poller_.wake();
  }

  // Sleeps unless there is news: whoever brings some later sees that we do, and rings.
  template <typename HasNews, typename Sleep>
  void sleep_unless(HasNews&& has_news, Sleep&& sleep) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (!has_news()) sleep();
    asleep_.store(false, std::memory_order_seq_cst);
  }

 private:
  const net::Poller& poller_;  // borrowed
  std::atomic<bool> asleep_{false};
};

}  // namespace chroom::engine
