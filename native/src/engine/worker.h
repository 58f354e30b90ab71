#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "dtls/context.h"
#include "engine/commands.h"
#include "engine/engine_config.h"
#include "engine/event_ring.h"
#include "engine/spsc_queue.h"
#include "engine/switchboard.h"
#include "engine/system_random.h"
#include "engine/worker_links.h"
#include "net/poller.h"
#include "net/udp_socket.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// One media thread with what it owns: sockets, poller, clock, and the switchboard that does the work. Commands come in
// by a bounded queue, records leave by a bounded ring, and packets of rooms that several workers share pass through links
// (router/worker_link.h); nothing else is shared with any thread.
//
// The loop: take commands, drain the sockets (at most kMaxDatagramsPerTurn), exchange with other workers, run due timers,
// send a slice, sleep if nothing is left. Input waits for a slice of egress at most (0.2 ms), or for a rest
// (engine/rest_policy.h).
class Worker {
 public:
  // More waits for the next turn, after timers and egress had theirs.
  static constexpr size_t kMaxDatagramsPerTurn = 256;
  static constexpr size_t kMaxCommandsPerTurn = 64;
  static constexpr Duration kGaugeInterval = std::chrono::milliseconds(500);
  static constexpr Duration kPublishInterval = std::chrono::milliseconds(10);
  // Events that nobody waits for may collect this long before the reader is woken.
  static constexpr Duration kWakeInterval = std::chrono::milliseconds(5);

  // Beyond EventRing::kMaxOutstanding, for what the engine itself has to say (RoomWorkers).
  static constexpr size_t kMaxNotes = 32;

  struct InboxEntry {
    uint32_t request_id = 0;
    Command command;
  };

  // Binds the sockets; the thread starts with start(). `on_records` is called on the worker's thread.
  static Result<std::unique_ptr<Worker>> open(const EngineConfig& config, size_t index, const dtls::Identity& identity,
                                              std::function<void()> on_records);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // `cpu`: the processor that the thread is bound to. kSystem.
  Result<void> start(std::optional<uint16_t> cpu);
  void request_stop();
  void join();

  // From the engine's thread, which admits at most EventRing::kMaxOutstanding unanswered commands, and kMaxNotes of its own.
  void submit(InboxEntry entry);
  EventRing& ring() { return ring_; }
  uint16_t udp_port() const { return sockets_.front().local().port; }

  // Before start(): the links to another worker.
  void connect(const WorkerLinks::Neighbour& neighbour) { links_.neighbours.push_back(neighbour); }
  Doorbell& bell() { return bell_; }

  // For placement, from the engine's thread.
  uint64_t busy_permille() const { return busy_permille_.load(std::memory_order_relaxed); }

 private:
  Worker(const EngineConfig& config, size_t index, net::Poller poller, std::vector<net::UdpSocket> sockets,
         std::unique_ptr<dtls::Context> dtls, std::vector<IceCandidate> candidates, const dtls::Identity& identity,
         std::function<void()> on_records);

  void run();
  bool take_commands(Instant now);
  bool receive(Instant now);
  bool exchange_with_workers(Instant now);
  void sleep(Instant now);
  uint64_t gauge(Gauge of) const { return gauges_[static_cast<size_t>(of)]; }
  // True: more may leave, once input was looked at.
  bool send();
  void note_flow(Instant now);
  void measure(Instant now);
  void publish(Instant now);
  void wake_reader(Instant now);
  std::optional<Duration> sleep_time(Instant now) const;

  const size_t index_;
  std::span<uint64_t> shared_row_;  // borrowed from the embedder; may be empty
  std::function<void()> on_records_;

  SystemRandom random_;
  std::unique_ptr<dtls::Context> dtls_;
  EventRing ring_;
  SpscQueue<InboxEntry> inbox_{EventRing::kMaxOutstanding + kMaxNotes};
  std::vector<net::UdpSocket> sockets_;
  net::Poller poller_;
  Doorbell bell_{poller_};
  WorkerLinks links_;
  net::ReceiveBatch batch_;
  Switchboard switchboard_;

  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> busy_permille_{0};

  struct Measured {
    Instant at{};
    uint64_t cpu_us = 0;
    uint64_t bytes = 0;
    uint64_t datagrams = 0;
  };
  Measured measured_;
  uint64_t counted_cpu_us_ = 0;
  std::array<uint64_t, kGaugeCount> gauges_{};
  Instant next_publish_{};
  bool unpublished_ = true;  // something happened since the shared copy was written
  Instant next_wake_ = kNever;
  Instant media_since_ = kNever;  // when the oldest media that waits was received
  Instant last_flow_{};  // when media or data last came or left
  uint64_t flow_ = 0;    // RTP packets and data messages, counted
};

}  // namespace chroom::engine
