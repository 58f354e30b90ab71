#pragma once
// A network in one process: links that lose, delay, reorder and double datagrams, on virtual time and from one seed.
// The same seed gives the same run. No sockets, no threads.
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "vocabulary/bytes.h"
#include "vocabulary/random.h"
#include "vocabulary/time.h"

namespace chroom::simulation {

struct LinkQuality {
  double loss = 0;             // 0..1, independent per datagram
  Duration delay{20'000};      // one way
  Duration jitter{0};          // added, uniform from 0; alone it reorders
  double reorder = 0;          // share of datagrams held back by reorder_delay
  Duration reorder_delay{15'000};
  double duplicate = 0;        // share delivered twice
};

using Datagram = std::vector<uint8_t>;

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(engine_());
  }
  double unit() { return static_cast<double>(engine_() >> 11) / static_cast<double>(uint64_t{1} << 53); }

 private:
  std::mt19937_64 engine_;
};

class Network {
 public:
  using Receive = std::function<void(Bytes, Instant)>;

  explicit Network(uint64_t seed) : random_(seed) {}

  // A one-way link; returns its number.
  size_t add_link(const LinkQuality& quality, Receive receive) {
    links_.push_back({quality, std::move(receive), 0, 0});
    return links_.size() - 1;
  }
  void set_quality(size_t link, const LinkQuality& quality) { links_[link].quality = quality; }

  void send(size_t link, Bytes datagram) {
    Link& l = links_[link];
    ++l.sent;
    if (random_.unit() < l.quality.loss) {
      ++l.lost;
      return;
    }
    deliver_later(link, datagram);
    if (random_.unit() < l.quality.duplicate) deliver_later(link, datagram);
  }

  // Calls `action` every `interval` from now on.
  void every(Duration interval, std::function<void(Instant)> action) {
    at(now_ + interval, [this, interval, action](Instant now) {
      action(now);
      every(interval, action);
    });
  }
  void at(Instant when, std::function<void(Instant)> action) {
    events_.push({when, order_++, std::move(action)});
  }

  void run_until(Instant end) {
    while (!events_.empty() && events_.top().when <= end) {
      Event event = events_.top();
      events_.pop();
      now_ = event.when;
      event.action(now_);
    }
    now_ = end;
  }
  void run_for(Duration duration) { run_until(now_ + duration); }

  Instant now() const { return now_; }
  uint64_t lost(size_t link) const { return links_[link].lost; }
  uint64_t sent(size_t link) const { return links_[link].sent; }
  SeededRandom& random() { return random_; }

 private:
  struct Link {
    LinkQuality quality;
    Receive receive;
    uint64_t sent;
    uint64_t lost;
  };
  struct Event {
    Instant when;
    uint64_t order;
    std::function<void(Instant)> action;
    bool operator<(const Event& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  void deliver_later(size_t link, Bytes datagram) {
    const LinkQuality& q = links_[link].quality;
    Duration delay = q.delay + Duration{static_cast<int64_t>(static_cast<double>(q.jitter.count()) * random_.unit())};
    if (random_.unit() < q.reorder) delay += q.reorder_delay;
    at(now_ + delay, [this, link, copy = Datagram(datagram.begin(), datagram.end())](Instant now) {
      links_[link].receive(copy, now);
    });
  }

  SeededRandom random_;
  std::vector<Link> links_;
  std::priority_queue<Event> events_;
  Instant now_{std::chrono::seconds(1)};
  uint64_t order_ = 0;
};

}  // namespace chroom::simulation
