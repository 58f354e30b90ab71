#include "engine/engine.h"

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
  if (!config.shared_counters.empty() && config.shared_counters.size() != config.workers * kWordsPerWorker) {
    return Error{ErrorCode::kInvalidArgument, "counters: expected " + std::to_string(config.workers * kWordsPerWorker) +
                                                  " words, received " + std::to_string(config.shared_counters.size())};
  }
  std::unique_ptr<Engine> engine(new Engine(std::move(config)));
  Result<void> started = engine->start();
  if (!started) return started.error();
  return engine;
}

Engine::Engine(EngineConfig config) : config_(std::move(config)), in_flight_(config_.workers) {}

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
  for (auto& worker : workers_) {
    Result<void> started = worker->start();
    if (!started) return started.error();
  }
  return {};
}

void Engine::close() {
  if (std::exchange(closed_, true)) return;
  for (auto& worker : workers_) worker->request_stop();
  for (auto& worker : workers_) worker->join();
  in_flight_.clear();
  placements_.clear();
}

Result<void> Engine::submit(uint32_t request_id, Command command) {
  if (closed_) return Error{ErrorCode::kClosed, "expected an open engine, received a command after close"};
  Result<Placements::iterator> placed = place(room_of(command));
  if (!placed) return placed.error();
  Placements::iterator placement = placed.value();
  const size_t worker = placement->second.worker;
  if (in_flight_[worker].size() >= EventRing::kMaxOutstanding) {
    release_if_unused(placement);
    return Error{ErrorCode::kInboxFull, "expected fewer than 1024 commands in flight, received another: try again later"};
  }
  const bool creates = std::holds_alternative<CreateSession>(command);
  if (!in_flight_[worker].emplace(request_id, InFlight{placement, creates}).second) {
    release_if_unused(placement);
    return Error{ErrorCode::kInvalidArgument, "request_id: expected a new one, received one that is in flight"};
  }
  ++placement->second.in_flight;
  workers_[worker]->submit({request_id, std::move(command)});
  return {};
}

void Engine::drain(const std::function<void(const RecordHeader&, Bytes)>& take) {
  // Armed before looking: what is written after the look wakes again.
  reader_awake_.store(false, std::memory_order_seq_cst);
  if (closed_) return;
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->ring().drain([&](const RecordHeader& header, Bytes payload) {
      if (header.kind == RecordKind::kRoomGone) {
        return forget_room({reinterpret_cast<const char*>(payload.data()), payload.size()});
      }
      if (header.kind != RecordKind::kEvent) settle(i, header);
      take(header, payload);
    });
  }
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

Result<Engine::Placements::iterator> Engine::place(std::string_view room) {
  auto found = placements_.find(std::string(room));
  if (found != placements_.end()) return found;
  if (placements_.size() >= config_.workers * config_.limits.rooms_per_worker + EventRing::kMaxOutstanding) {
    return Error{ErrorCode::kLimitExceeded, "fence.room: expected at most " +
                                                std::to_string(config_.workers * config_.limits.rooms_per_worker) +
                                                " rooms, received one more"};
  }
  return placements_.emplace(room, Placement{choose_worker(), 0, true}).first;
}

// The least busy worker, in steps of a tenth so that idle ones take turns by the number of sessions.
size_t Engine::choose_worker() const {
  size_t best = 0;
  std::pair<uint64_t, uint64_t> least{UINT64_MAX, UINT64_MAX};
  for (size_t i = 0; i < workers_.size(); ++i) {
    const std::pair load{workers_[i]->busy_permille() / 100, workers_[i]->rooms_assigned()};
    if (load < least) {
      least = load;
      best = i;
    }
  }
  workers_[best]->count_room_assigned();
  return best;
}

void Engine::settle(size_t worker, const RecordHeader& header) {
  auto found = in_flight_[worker].find(header.request_id);
  if (found == in_flight_[worker].end()) return;
  const InFlight flight = found->second;
  in_flight_[worker].erase(found);
  Placement& placement = flight.placement->second;
  --placement.in_flight;
  if (flight.creates && header.kind == RecordKind::kResult) placement.gone = false;
  release_if_unused(flight.placement);
}

void Engine::forget_room(std::string_view room) {
  auto found = placements_.find(std::string(room));
  if (found == placements_.end()) return;
  found->second.gone = true;
  release_if_unused(found);
}

void Engine::release_if_unused(Placements::iterator placement) {
  if (!placement->second.gone || placement->second.in_flight > 0) return;
  workers_[placement->second.worker]->uncount_room_assigned();
  placements_.erase(placement);
}

}  // namespace chroom::engine
