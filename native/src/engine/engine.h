#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dtls/context.h"
#include "engine/commands.h"
#include "engine/engine_config.h"
#include "engine/event_ring.h"
#include "vocabulary/result.h"

namespace chroom::engine {

class Worker;

// The data plane of one node: workers with their sockets and threads, and the desk where commands are handed in and
// records are fetched. open(), submit(), drain() and close() belong to one thread (Node's); nothing is process-wide,
// several engines may live side by side.
class Engine {
 public:
  // kInvalidArgument, kSystem (socket, thread), kCrypto.
  static Result<std::unique_ptr<Engine>> open(EngineConfig config);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The answer comes as a record with this id. kInboxFull: kMaxOutstanding answers of that worker are not drained yet;
  // kClosed; kLimitExceeded: too many rooms.
  Result<void> submit(uint32_t request_id, Command command);

  // Calls take(header, payload) for the records that wait, in order per room, then arms `wake` again.
  void drain(const std::function<void(const RecordHeader&, Bytes)>& take);

  std::vector<uint16_t> udp_ports() const;

  // Stops and joins the workers; sessions end without a word. Idempotent. `wake` is not called afterwards.
  void close();

 private:
  struct Placement {
    size_t worker = 0;
    size_t in_flight = 0;  // commands without an answer
    bool gone = true;      // the worker has no such room (any more)
  };
  using Placements = std::unordered_map<std::string, Placement>;
  struct InFlight {
    Placements::iterator placement;
    bool creates = false;
  };

  explicit Engine(EngineConfig config);
  Result<void> start();
  void on_records();
  Result<Placements::iterator> place(std::string_view room);
  size_t choose_worker() const;
  void settle(size_t worker, const RecordHeader& header);
  void forget_room(std::string_view room);
  void release_if_unused(Placements::iterator placement);

  EngineConfig config_;
  std::unique_ptr<const dtls::Identity> identity_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Placements placements_;
  std::vector<std::unordered_map<uint32_t, InFlight>> in_flight_;  // per worker, by request id
  std::atomic<bool> reader_awake_{false};
  bool closed_ = false;
};

}  // namespace chroom::engine
