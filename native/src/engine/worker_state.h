#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "buffer/packet_pool.h"
#include "engine/address_table.h"
#include "engine/control_messages.h"
#include "engine/deadline_heap.h"
#include "engine/engine_config.h"
#include "engine/event_writer.h"
#include "engine/rooms.h"
#include "engine/worker_links.h"
#include "router/router.h"
#include "session/transport.h"

namespace chroom::engine {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// Everything that the parts of one worker work on, without thread, clock or socket: the packet path, the commands, the
// data channels and the reports each hold a reference. One thread.
struct WorkerState {
  WorkerState(const EngineLimits& in_limits, RandomSource& in_random, dtls::Context& dtls, EventRing& ring,
              std::vector<IceCandidate> in_candidates, DtlsFingerprint in_fingerprint, WorkerLinks& in_links)
      : limits(in_limits),
        links(in_links),
        random(in_random),
        candidates(std::move(in_candidates)),
        fingerprint(std::move(in_fingerprint)),
        pool(limits.packets_per_worker),
        workplace(dtls, random, counters, outbox),
        router(counters, random),
        events(ring, counters) {}

  uint64_t next_key() { return ++last_key; }

  const EngineLimits limits;
  WorkerLinks& links;    // borrowed
  RandomSource& random;  // borrowed
  const std::vector<IceCandidate> candidates;
  const DtlsFingerprint fingerprint;

  metering::Counters counters;
  buffer::PacketPool pool;
  session::Outbox outbox;
  session::Workplace workplace;
  router::Router router;
  EventWriter events;

  std::unordered_map<std::string, std::unique_ptr<Room>> rooms;
  size_t session_count = 0;
  uint64_t last_key = 0;

  // What the parts find each other by.
  AddressTable<Peer> peers_by_address;
  std::unordered_map<std::string, Peer*, StringHash, std::equal_to<>> peers_by_fragment;
  std::unordered_map<uint64_t, Session*> sessions_by_key;
  std::unordered_map<uint64_t, Room*> rooms_by_key;
  std::unordered_map<uint64_t, Publication*> publications_by_key;
  std::unordered_map<uint64_t, Import*> imports_by_key;
  DeadlineHeap<Peer> deadlines;
  DeadlineHeap<Session> statistics_due;
};

}  // namespace chroom::engine
