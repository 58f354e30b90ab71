#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/send_backlog.h"
#include "engine/worker_state.h"
#include "net/udp_socket.h"
#include "srtp/unsigned_packets.h"

namespace chroom::engine {

// Turns what receivers have waiting into runs: headers written, payloads encrypted straight into one contiguous piece
// of memory per receiver, equal sizes behind each other so that the kernel cuts them (UDP_SEGMENT). Sizes that differ by
// a few bytes are made equal by RTP padding (RFC 3550 section 5.1). Borrowed state; one per worker.
class Egress {
 public:
  // Smaller packets are padded up to this much to join a run: encoders cut a frame into sizes one byte apart.
  static constexpr size_t kMaxPadding = 8;
  // Path MTU is at least 1280 for IPv6; the protocol's own packets stay below 1200.
  static constexpr size_t kMaxPacketBytes = 1500;
  // The kernel gets what is written as soon as it is this much or a full call's runs: what was just encrypted is still
  // in the cache when it is copied out, and the first receivers do not wait for the last.
  static constexpr size_t kSliceBytes = 72 * 1024;
  // One more run of the longest packets behind a slice that is not full yet.
  static constexpr size_t kMemoryBytes = kSliceBytes + net::UdpSocket::kMaxSegments * kMaxPacketBytes;
  static constexpr Duration kSingleSends = std::chrono::seconds(30);

  // sockets: their local addresses, by index.
  Egress(WorkerState& state, std::vector<TransportAddress> sockets);

  // send(socket index, runs) hands runs to the kernel and says how many it took or refused. The rest met a full buffer: it
  // is kept or dropped by its rank.
  template <typename Send>
  void flush_control(Instant now, Send&& send) {
    add_control_datagrams();
    hand_over(now, send);
    state_.outbox.clear();
  }
  // Sends a slice, which is 0.1 to 0.2 ms of work; true: more may leave, but input comes first. kComplete leaves those
  // that wait for the rest of a frame.
  template <typename Send>
  bool flush_media(router::Runs which, Instant now, Send&& send) {
    abs_send_time_ = rtp::to_abs_send_time(now.time_since_epoch().count());
    const auto announce = [](router::MediaTransport& next, size_t turns) { fetch_ahead(next, turns); };
    const auto flush = [&](router::MediaTransport& to, std::span<streams::EgressPacket> packets) {
      Peer& peer = *static_cast<Peer*>(to.owner());
      while (!packets.empty()) {
        if (is_full()) hand_over(now, send);
        packets = packets.subspan(add_run(peer, packets, now));
      }
    };
    const bool more = state_.router.flush_runs(which, now, announce, [&] { return is_full(); }, flush);
    hand_over(now, send);
    return more;
  }
  // When what met a full buffer is to be offered again, by flush_control().
  Instant next_deadline() const;
  bool has_media() const { return state_.router.has_runs(); }

  // RTCP that is due, protected; goes out with the control datagrams.
  void add_rtcp(Peer& peer, Bytes compound);

 private:
  struct Owner {
    Peer* peer;  // nullptr for control
    RunContent content;
  };
  struct Pending {
    std::vector<net::DatagramRun> runs;
    std::vector<Owner> owners;  // beside runs
    SendBacklog backlog;
  };

  // What add_run() will touch for a receiver whose turn comes: each memory leads to the next.
  static void fetch_ahead(const router::MediaTransport& next, size_t turns);

  bool is_full() const {
    return media_runs_ >= net::UdpSocket::kRunsPerCall || used_ >= kSliceBytes;
  }
  size_t socket_of(const TransportAddress& local) const;
  void add_control_datagrams();
  // Makes one run of the first packets; how many were taken.
  size_t add_run(Peer& peer, std::span<streams::EgressPacket> packets, Instant now);
  struct Written {
    size_t bytes = 0;    // 0: lost, and counted
    bool fits = true;    // false: larger than the run's packets; nothing was done
  };
  // Writes one packet behind what is used. stride: the run's size, 0 for its first packet, which is padded so that its
  // payload has `first_payload_bytes`.
  Written write_packet(Peer& peer, srtp::SendContext& srtp, streams::EgressPacket& packet, size_t stride,
                       size_t first_payload_bytes, Instant now);
  void push(const ice::Path& path, Bytes bytes, size_t segment_bytes, Owner owner);

  template <typename Send>
  void hand_over(Instant now, Send&& send) {
    unsigned_.sign_all();
    for (size_t i = 0; i < pending_.size(); ++i) {
      Pending& pending = pending_[i];
      const auto to_kernel = [&](std::span<net::DatagramRun> runs) { return send(i, runs); };
      if (!pending.backlog.empty()) drop(pending.backlog.offer(now, to_kernel));
      if (pending.runs.empty()) continue;
      // What came later does not overtake what waits.
      const size_t taken = pending.backlog.empty() ? to_kernel(std::span(pending.runs)) : 0;
      settle(pending, taken, now);
    }
    used_ = 0;
    media_runs_ = 0;
  }

  void settle(Pending& pending, size_t taken, Instant now);
  void drop(uint64_t datagrams) {
    if (datagrams > 0) state_.counters.drop(DropReason::kSendBufferFull, datagrams);
  }

  WorkerState& state_;  // borrowed
  std::unique_ptr<uint8_t[]> memory_;
  srtp::UnsignedPackets unsigned_;  // of the runs in memory_
  size_t used_ = 0;
  size_t media_runs_ = 0;                  // written since the last hand-over
  uint32_t abs_send_time_ = 0;             // of this flush
  std::vector<Pending> pending_;           // per socket
  const std::vector<TransportAddress> sockets_;
};

}  // namespace chroom::engine
