#pragma once
#include <span>
#include <vector>

#include "engine/command_runner.h"
#include "engine/data_path.h"
#include "engine/egress.h"
#include "engine/link_path.h"
#include "engine/packet_path.h"
#include "engine/peer_upkeep.h"
#include "engine/reports.h"
#include "engine/worker_state.h"

namespace chroom::engine {

// One worker's work without its thread, sockets and clock: datagrams, commands and times come in; runs of datagrams and
// records come out. The simulation drives it directly.
class Switchboard {
 public:
  Switchboard(const EngineLimits& limits, RandomSource& random, dtls::Context& dtls, EventRing& ring,
              std::vector<TransportAddress> sockets, std::vector<IceCandidate> candidates, DtlsFingerprint fingerprint,
              WorkerLinks& links)
      : state_(limits, random, dtls, ring, std::move(candidates), std::move(fingerprint), links),
        data_(state_),
        upkeep_(state_, data_),
        reports_(state_),
        path_(state_, upkeep_),
        egress_(state_, std::move(sockets)),
        commands_(state_, data_, upkeep_, reports_),
        links_(state_, data_, commands_) {}

  void run_command(uint32_t request_id, Command&& command, Instant now) {
    reports_.tell_router_events();
    commands_.run(request_id, std::move(command), now);
  }

  void receive(const TransportAddress& local, std::span<const net::Datagram> batch, Instant now) {
    path_.receive(local, batch, now);
  }

  // What other workers passed on. True: more is waiting.
  bool receive_from_workers(Instant now) { return links_.receive(now); }

  // Everything whose time has come, and what was noted since the last call.
  void run_timers(Instant now) {
    upkeep_.run_due(now);
    state_.router.run_timers(now, [&](router::MediaTransport& to, Bytes compound) {
      egress_.add_rtcp(*static_cast<Peer*>(to.owner()), compound);
    });
    reports_.run_due(now);
    reports_.tell_router_events();
  }

  // send(socket index, std::span<net::DatagramRun>). Control leaves each turn; media may be held a little for longer runs,
  // and leaves a slice at a time (true: there is more).
  template <typename Send>
  void flush_control(Instant now, Send&& send) {
    egress_.flush_control(now, send);
  }
  template <typename Send>
  bool flush_media(router::Runs which, Instant now, Send&& send) {
    return egress_.flush_media(which, now, send);
  }
  bool has_media() const { return egress_.has_media(); }

  Instant next_deadline() const {
    return std::min({upkeep_.next_deadline(), state_.router.next_deadline(), reports_.next_deadline(), egress_.next_deadline()});
  }

  metering::Counters& counters() { return state_.counters; }
  EventWriter& events() { return state_.events; }
  size_t sessions() const { return state_.session_count; }
  size_t rooms() const { return state_.rooms.size(); }

 private:
  WorkerState state_;
  DataPath data_;
  PeerUpkeep upkeep_;
  Reports reports_;
  PacketPath path_;
  Egress egress_;
  CommandRunner commands_;
  LinkPath links_;
};

}  // namespace chroom::engine
