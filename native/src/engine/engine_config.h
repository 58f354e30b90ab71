#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "metering/counters.h"
#include "router/pacer.h"

namespace chroom::engine {

struct EngineLimits {
  size_t sessions_per_worker = 4000;
  size_t rooms_per_worker = 2000;
  size_t publications_per_session = 32;
  size_t subscriptions_per_session = 512;
  // A room may use another worker for every so many sessions; smaller ones stay on one.
  size_t large_room_sessions = 64;
  // Until a congestion controller sets each receiver's.
  uint64_t pacing_bps = router::Pacer::kUnpacedBps;
  // Packets kept for retransmission and in hand, 2 KiB each; memory is taken as it is needed.
  size_t packets_per_worker = 65536;
};

struct EngineConfig {
  size_t workers = 1;                                    // 1..kMaxWorkers
  std::vector<std::string> bind_addresses = {"127.0.0.1"};
  uint16_t udp_port = 0;                                 // of the first worker; 0: chosen by the system
  std::vector<std::string> advertised_addresses;         // instead of the bound ones
  // Processors that the workers are bound to, in order and round again; empty: the system's choice. kSystem when one of
  // them is not to be had. A worker touches its memory first, so that it comes from its processor's NUMA node.
  std::vector<uint16_t> worker_cpus;
  EngineLimits limits;
  // workers * kWordsPerWorker words that others may read with relaxed atomic loads; empty: not wanted.
  std::span<uint64_t> shared_counters;
  // Called from a worker's thread when records wait and the reader had found nothing before. Must not block.
  std::function<void()> wake;
};

inline constexpr size_t kMaxWorkers = 64;
inline constexpr size_t kMaxBindAddresses = 4;

// What a worker measured about itself over the last half second, behind its counters.
enum class Gauge : uint8_t { kBusyPermille, kEgressBps, kPacketsPerSecond, kSessions, kRooms };
inline constexpr size_t kGaugeCount = 5;
inline constexpr size_t kWordsPerWorker = metering::kCounterWords + kGaugeCount;

// Name of one word of a worker's row: a counter's, a drop's or "gauge_...".
const char* shared_word_name(size_t word);

}  // namespace chroom::engine
