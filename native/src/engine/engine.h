#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dtls/context.h"
#include "engine/commands.h"
#include "engine/engine_config.h"
#include "engine/event_ring.h"
#include "engine/room_placements.h"
#include "router/worker_link.h"
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

  // Calls take(header, payload) for the records that wait, in order per session, then arms `wake` again.
  using TakeRecord = std::function<void(const RecordHeader&, Bytes)>;
  void drain(const TakeRecord& take);

  std::vector<uint16_t> udp_ports() const;

  // Stops and joins the workers; sessions end without a word. Idempotent. `wake` is not called afterwards.
  void close();

 private:
  // What a caller waits for: the answers of one worker, or of all that its room is on, put together.
  struct Request {
    size_t awaited = 0;
    bool done = false;  // by one of them at least
    RecordHeader failure;
    std::vector<uint8_t> payload;  // of the answers, or of the failure while nobody did it
  };
  struct Errand {
    RoomPlacements::InFlight flight;
    std::optional<uint32_t> request_id;  // the caller's; none: the engine's own
  };

  explicit Engine(EngineConfig config);
  Result<void> start();
  void connect_workers();
  void on_records();
  Result<void> check_room_for(const std::vector<size_t>& workers) const;
  void hand_over(RoomPlacements::NamedRoom& room, size_t worker, std::optional<uint32_t> request_id, Command command);
  void tell_workers_of(RoomPlacements::NamedRoom& room);
  void tell_ended_tracks(RoomPlacements::NamedRoom& room, size_t publisher_worker);
  void take_answer(size_t worker, RecordHeader header, Bytes payload, const TakeRecord& take);

  EngineConfig config_;
  std::unique_ptr<const dtls::Identity> identity_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<router::WorkerLink>> links_;  // by from * workers + to
  RoomPlacements placements_;
  std::unordered_map<uint32_t, Request> requests_;                // by the caller's id
  std::vector<std::unordered_map<uint32_t, Errand>> errands_;     // per worker, by our id
  std::vector<size_t> route_;                                     // of the command being submitted
  std::vector<uint64_t> ended_tracks_;                            // by the answer being taken
  uint32_t last_errand_ = 0;
  std::atomic<bool> reader_awake_{false};
  bool closed_ = false;
};

}  // namespace chroom::engine
