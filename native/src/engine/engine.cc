#include "engine/engine.h"

#include <sched.h>

#include <ctime>
#include <utility>

#include "engine/worker.h"
#include "net/socket_address.h"

namespace chroom::engine {

const char* shared_word_name(size_t word) {
  static constexpr const char* kGaugeNames[kGaugeCount] = {"gauge_busy_permille", "gauge_egress_bps",
                                                           "gauge_packets_per_second", "gauge_sessions", "gauge_rooms"};
  if (word < metering::kCounterWords) return metering::counter_word_name(word);
  return word < kWordsPerWorker ? kGaugeNames[word - metering::kCounterWords] : nullptr;
}

Result<std::unique_ptr<Engine>> Engine::open(EngineConfig config) {
  if (config.workers < 1 || config.workers > kMaxWorkers) {
    return Error{ErrorCode::kInvalidArgument, "workers: expected 1..64, received " + std::to_string(config.workers)};
  }
  if (config.bind_addresses.empty() || config.bind_addresses.size() > kMaxBindAddresses ||
      config.advertised_addresses.size() > kMaxBindAddresses) {
    return Error{ErrorCode::kInvalidArgument, "bind_addresses: expected 1 to 4 addresses, received " +
                                                  std::to_string(config.bind_addresses.size())};
  }
  if (config.udp_port != 0 && config.udp_port + config.workers - 1 > 65535) {
    return Error{ErrorCode::kInvalidArgument, "udp_port: expected a port that leaves room for all workers, received " +
                                                  std::to_string(config.udp_port)};
  }
  for (const uint16_t cpu : config.worker_cpus) {
    if (cpu >= CPU_SETSIZE) {
      return Error{ErrorCode::kInvalidArgument, "worker_cpus: expected numbers below " + std::to_string(CPU_SETSIZE) +
                                                    ", received " + std::to_string(cpu)};
    }
  }
  if (!config.shared_counters.empty() && config.shared_counters.size() != config.workers * kWordsPerWorker) {
    return Error{ErrorCode::kInvalidArgument, "counters: expected " + std::to_string(config.workers * kWordsPerWorker) +
                                                  " words, received " + std::to_string(config.shared_counters.size())};
  }
  std::unique_ptr<Engine> engine(new Engine(std::move(config)));
  Result<void> started = engine->start();
  if (!started) return started.error();
  return engine;
}

Engine::Engine(EngineConfig config)
    : config_(std::move(config)),
      placements_(config_.workers, config_.workers * config_.limits.rooms_per_worker + EventRing::kMaxOutstanding,
                  config_.limits.large_room_sessions),
      errands_(config_.workers) {}

Engine::~Engine() { close(); }

Result<void> Engine::start() {
  dtls::initialise_openssl();
  auto identity = dtls::Identity::generate(std::time(nullptr));
  if (!identity) return identity.error();
  identity_ = std::move(identity.value());
  for (size_t i = 0; i < config_.workers; ++i) {
    auto worker = Worker::open(config_, i, *identity_, [this] { on_records(); });
    if (!worker) return worker.error();
    workers_.push_back(std::move(worker.value()));
  }
  connect_workers();
  for (size_t i = 0; i < workers_.size(); ++i) {
    const std::vector<uint16_t>& cpus = config_.worker_cpus;
    Result<void> started = workers_[i]->start(cpus.empty() ? std::nullopt : std::optional(cpus[i % cpus.size()]));
    if (!started) return started.error();
  }
  return {};
}

void Engine::connect_workers() {
  const size_t count = workers_.size();
  if (count == 1) return;
  for (size_t i = 0; i < count * count; ++i) links_.push_back(std::make_unique<router::WorkerLink>());
  for (size_t worker = 0; worker < count; ++worker) {
    for (size_t other = 0; other < count; ++other) {
      if (other == worker) continue;
      workers_[worker]->connect(
          {other, links_[worker * count + other].get(), links_[other * count + worker].get(), &workers_[other]->bell()});
    }
  }
}

void Engine::close() {
  if (std::exchange(closed_, true)) return;
  for (auto& worker : workers_) worker->request_stop();
  for (auto& worker : workers_) worker->join();
  // What was passed on goes back to the pools that it is from.
  for (auto& link : links_) link->clear();
  requests_.clear();
  for (auto& errands : errands_) errands.clear();
  placements_.clear();
}

Result<void> Engine::submit(uint32_t request_id, Command command) {
  if (closed_) return Error{ErrorCode::kClosed, "expected an open engine, received a command after close"};
  if (requests_.contains(request_id)) {
    return Error{ErrorCode::kInvalidArgument, "request_id: expected a new one, received one that is in flight"};
  }
  for (size_t i = 0; i < workers_.size(); ++i) placements_.loads().measured(i, workers_[i]->busy_permille());
  Result<RoomPlacements::NamedRoom*> routed = placements_.route(command, route_);
  if (!routed) return routed.error();
  RoomPlacements::NamedRoom& room = *routed.value();
  const Result<void> has_room = check_room_for(route_);
  if (!has_room) {
    placements_.release_if_unused(room);
    return has_room.error();
  }
  requests_[request_id].awaited = route_.size();
  for (size_t i = 0; i + 1 < route_.size(); ++i) hand_over(room, route_[i], request_id, command);
  hand_over(room, route_.back(), request_id, std::move(command));
  if (workers_.size() > 1) tell_workers_of(room);
  return {};
}

Result<void> Engine::check_room_for(const std::vector<size_t>& workers) const {
  for (const size_t worker : workers) {
    if (errands_[worker].size() < EventRing::kMaxOutstanding) continue;
    return Error{ErrorCode::kInboxFull, "expected fewer than 1024 commands in flight, received another: try again later"};
  }
  return {};
}

void Engine::hand_over(RoomPlacements::NamedRoom& room, size_t worker, std::optional<uint32_t> request_id, Command command) {
  const uint32_t id = ++last_errand_;
  errands_[worker].emplace(id, Errand{placements_.begin(room, worker, command), request_id});
  workers_[worker]->submit({id, std::move(command)});
}

// Behind the command that made the difference. Where too much is in flight it waits for the room's next command.
void Engine::tell_workers_of(RoomPlacements::NamedRoom& room) {
  for (const auto& errands : errands_) {
    if (errands.size() >= EventRing::kMaxOutstanding + Worker::kMaxNotes) return;
  }
  const auto change = placements_.take_change(room);
  if (!change) return;
  for (const size_t worker : change->workers) hand_over(room, worker, std::nullopt, RoomWorkers{room.first, change->mask});
}

// Before the caller learns that they ended, so that it finds no subscription to them any more. A worker with too much in
// flight hears it from the publisher's worker, a moment later.
void Engine::tell_ended_tracks(RoomPlacements::NamedRoom& room, size_t publisher_worker) {
  if (ended_tracks_.empty()) return;
  for (const size_t worker : placements_.workers_of(room)) {
    if (worker == publisher_worker) continue;
    for (const uint64_t key : ended_tracks_) {
      if (errands_[worker].size() >= EventRing::kMaxOutstanding + Worker::kMaxNotes) break;
      hand_over(room, worker, std::nullopt, EndTrack{room.first, key});
    }
  }
}

void Engine::drain(const TakeRecord& take) {
  // Armed before looking: what is written after the look wakes again.
  reader_awake_.store(false, std::memory_order_seq_cst);
  if (closed_) return;
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->ring().drain([&](const RecordHeader& header, Bytes payload) {
      switch (header.kind) {
        case RecordKind::kEvent: return take(header, payload);
        case RecordKind::kRoomGone:
          return placements_.room_gone(i, {reinterpret_cast<const char*>(payload.data()), payload.size()});
        case RecordKind::kResult:
        case RecordKind::kError: return take_answer(i, header, payload, take);
      }
    });
  }
}

// The fields of one answer may follow those of another: behind each other they are one message (lists grow).
void Engine::take_answer(size_t worker, RecordHeader header, Bytes payload, const TakeRecord& take) {
  const auto errand = errands_[worker].extract(header.request_id).mapped();
  const bool ok = header.kind == RecordKind::kResult;
  ended_tracks_.clear();
  placements_.end(errand.flight, ok, ended_tracks_);
  tell_ended_tracks(*errand.flight.room, worker);
  placements_.release_if_unused(*errand.flight.room);
  if (!errand.request_id) return;
  const auto found = requests_.find(*errand.request_id);
  Request& request = found->second;
  if (!request.done) request.payload.clear();  // of a failure elsewhere
  if (ok || !request.done) request.payload.insert(request.payload.end(), payload.begin(), payload.end());
  if (!ok) request.failure = header;
  request.done |= ok;
  if (--request.awaited > 0) return;
  RecordHeader answer = request.done ? RecordHeader{} : request.failure;
  answer.payload_bytes = static_cast<uint32_t>(request.payload.size());
  answer.request_id = found->first;
  const std::vector<uint8_t> bytes = std::move(request.payload);
  requests_.erase(found);
  take(answer, bytes);
}

std::vector<uint16_t> Engine::udp_ports() const {
  std::vector<uint16_t> ports;
  for (const auto& worker : workers_) ports.push_back(worker->udp_port());
  return ports;
}

// On a worker's thread.
void Engine::on_records() {
  if (!reader_awake_.exchange(true, std::memory_order_seq_cst) && config_.wake) config_.wake();
}

}  // namespace chroom::engine
