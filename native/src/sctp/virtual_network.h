#pragma once
// For tests: two associations and a seeded lossy path between them, in virtual time.
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "sctp/association.h"

namespace chroom::sctp {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

struct PathConditions {
  double loss = 0;
  double duplication = 0;
  Duration delay = std::chrono::milliseconds(25);
  Duration jitter{0};             // Uniform on top of the delay; larger than the packet spacing it reorders.
  uint64_t bits_per_second = 0;   // 0: unlimited.
  Duration max_queue = std::chrono::milliseconds(200);
};

// One direction.
class VirtualPath {
 public:
  VirtualPath(PathConditions conditions, uint64_t seed) : conditions_(conditions), engine_(seed) {}

  void send(std::vector<uint8_t> packet, Instant now) {
    ++sent_packets;
    if (chance() < conditions_.loss || (drop && drop(packet))) return;
    Instant leaves = now;
    if (conditions_.bits_per_second > 0) {
      leaves = std::max(now, free_at_);
      if (leaves - now > conditions_.max_queue) return;
      leaves += Duration(static_cast<int64_t>(packet.size() * 8 * 1'000'000 / conditions_.bits_per_second));
      free_at_ = leaves;
    }
    const int copies = chance() < conditions_.duplication ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto jitter = Duration(static_cast<int64_t>(chance() * static_cast<double>(conditions_.jitter.count())));
      in_flight_.emplace(leaves + conditions_.delay + jitter, packet);
    }
  }
  Instant next_arrival() const { return in_flight_.empty() ? kNever : in_flight_.begin()->first; }
  std::vector<uint8_t> take() {
    auto node = in_flight_.extract(in_flight_.begin());
    return std::move(node.mapped());
  }

  PathConditions& conditions() { return conditions_; }
  std::function<bool(const std::vector<uint8_t>&)> drop;  // Extra losses chosen by a test.
  uint64_t sent_packets = 0;

 private:
  double chance() { return std::uniform_real_distribution<double>(0, 1)(engine_); }

  PathConditions conditions_;
  std::mt19937_64 engine_;
  Instant free_at_{};
  std::multimap<Instant, std::vector<uint8_t>> in_flight_;
};

struct Peer {
  explicit Peer(const Config& config, uint64_t seed)
      : random(seed), association(std::make_unique<Association>(config, random)), packet(config.max_packet_bytes) {}

  template <typename T>
  std::vector<T> take() {
    std::vector<T> found;
    std::vector<Event> rest;
    for (Event& event : events) {
      if (auto* match = std::get_if<T>(&event)) {
        found.push_back(std::move(*match));
      } else {
        rest.push_back(std::move(event));
      }
    }
    events = std::move(rest);
    return found;
  }
  template <typename T>
  size_t count() const {
    size_t n = 0;
    for (const Event& event : events) n += std::holds_alternative<T>(event) ? 1 : 0;
    return n;
  }

  SeededRandom random;
  std::unique_ptr<Association> association;
  std::vector<uint8_t> packet;
  std::vector<Event> events;
};

class VirtualNetwork {
 public:
  VirtualNetwork(const Config& client_config, const Config& server_config, PathConditions conditions, uint64_t seed)
      : client(client_config, seed * 4 + 1),
        server(server_config, seed * 4 + 2),
        to_server(conditions, seed * 4 + 3),
        to_client(conditions, seed * 4 + 4) {}

  // Until `done` holds or `limit` of virtual time has passed; returns whether it holds.
  bool run_until(const std::function<bool()>& done, Duration limit) {
    const Instant end = now + limit;
    flush();
    while (!done()) {
      const Instant next = std::min({to_server.next_arrival(), to_client.next_arrival(),
                                     client.association->next_deadline(), server.association->next_deadline(), end});
      now = std::max(now, next);
      if (now >= end) return done();
      while (to_server.next_arrival() <= now) server.association->receive(to_server.take(), now);
      while (to_client.next_arrival() <= now) client.association->receive(to_client.take(), now);
      if (client.association->next_deadline() <= now) client.association->on_timeout(now);
      if (server.association->next_deadline() <= now) server.association->on_timeout(now);
      flush();
    }
    return true;
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }
  bool establish() {
    client.association->connect(now);
    server.association->connect(now);
    return run_until(
        [this] {
          return client.association->state() == AssociationState::kEstablished &&
                 server.association->state() == AssociationState::kEstablished;
        },
        std::chrono::seconds(60));
  }
  void flush() {
    flush_side(client, to_server);
    flush_side(server, to_client);
  }

  Peer client;
  Peer server;
  VirtualPath to_server;
  VirtualPath to_client;
  Instant now = Instant(std::chrono::seconds(1000));

 private:
  void flush_side(Peer& peer, VirtualPath& path) {
    while (auto event = peer.association->poll_event()) peer.events.push_back(std::move(*event));
    while (const size_t size = peer.association->poll_transmit(peer.packet, now)) {
      path.send({peer.packet.begin(), peer.packet.begin() + static_cast<std::ptrdiff_t>(size)}, now);
    }
  }
};

inline Config client_config() {
  Config config;
  config.is_dtls_client = true;
  return config;
}
inline Config server_config() { return Config{}; }

// Recognisable content: the seed repeats in a pattern that shows shifted or swapped fragments.
inline std::vector<uint8_t> patterned_bytes(size_t size, uint32_t seed) {
  std::vector<uint8_t> bytes(size);
  std::mt19937 engine(seed);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(engine());
  return bytes;
}

}  // namespace chroom::sctp
