#pragma once
#include <span>

#include "engine/egress.h"
#include "engine/peer_upkeep.h"
#include "engine/worker_state.h"
#include "net/udp_socket.h"

namespace chroom::engine {

// The way of a datagram from the socket to the receivers' sockets, read from top to bottom in packet_path.cc. Borrowed
// state; one per worker. Nothing here allocates, locks, throws or logs once a transport is warm, and whatever ends here
// is counted with its reason.
class PacketPath {
 public:
  PacketPath(WorkerState& state, PeerUpkeep& upkeep) : state_(state), upkeep_(upkeep) {}

  // One batch as it came from the socket bound to `local`. What has to be sent waits in the router and the outbox.
  void receive(const TransportAddress& local, std::span<const net::Datagram> batch, Instant now);

 private:
  void on_stun(const TransportAddress& local, const net::Datagram& datagram, Instant now);
  void on_dtls(const net::Datagram& datagram, Instant now);
  void on_rtp(const net::Datagram& datagram, Instant now);
  void on_rtcp(const net::Datagram& datagram, Instant now);
  Peer* peer_of(const net::Datagram& datagram);
  Peer* addressee_of(const net::Datagram& check);
  void fetch_ahead(std::span<const net::Datagram> rest) const;

  WorkerState& state_;   // borrowed
  PeerUpkeep& upkeep_;   // borrowed
  TransportAddress last_from_;       // frames come in bursts from one sender
  Peer* last_peer_ = nullptr;        // only within one batch
};

}  // namespace chroom::engine
