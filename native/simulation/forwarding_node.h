#pragma once
// A media node without transport security: datagrams are plaintext RTP and RTCP.
#include <functional>
#include <map>

#include "network.h"
#include "router/router.h"

namespace chroom::simulation {

class ForwardingNode {
 public:
  using Send = std::function<void(Bytes)>;

  ForwardingNode(Network& network, uint64_t seed)
      : network_(network), random_(seed), pool_(1 << 15), router(counters, random_), room(router.open_room(1)) {
    network_.every(std::chrono::milliseconds(1), [this](Instant now) { turn(now); });
  }

  router::MediaTransport& add_transport(uint64_t key, const rtp::ExtensionMap& extensions, Send send) {
    auto& transport = router.add_transport(room, {.key = key, .cname = "node", .extensions = extensions});
    senders_[key] = std::move(send);
    return transport;
  }

  void receive(router::MediaTransport& from, Bytes datagram, Instant now) {
    if (rtp::is_rtcp(datagram)) {
      router.on_rtcp(from, datagram, now);
    } else {
      buffer::PacketRef packet = pool_.acquire();
      if (!packet) {
        counters.drop(DropReason::kPoolExhausted);
        return;
      }
      std::copy(datagram.begin(), datagram.end(), packet.storage().begin());
      packet.set_length(datagram.size());
      packet.set_arrival(now);
      rtp::Header header;
      const DropReason reason = rtp::parse_header(packet.bytes(), header);
      if (reason != DropReason::kNone) {
        counters.drop(reason);
        return;
      }
      router.on_rtp(from, std::move(packet), header, now);
    }
    flush(now);
  }

  // Shares rooms with the node at the other ends, which are borrowed. `loss`: of packets between the two, as a full ring
  // would lose them.
  void connect(router::WorkerLink& to, router::WorkerLink& from, double loss) {
    to_ = &to;
    from_ = &from;
    link_loss_ = loss;
  }
  // What the engine looks up by key.
  router::PublishedTrack* published = nullptr;
  router::PublishedTrack* imported = nullptr;

  buffer::PacketPool& pool() { return pool_; }

 private:
  void exchange(Instant now) {
    if (to_ == nullptr) return;
    to_->publish();
    from_->drain(SIZE_MAX, [&](router::LinkMessage& message) {
      const bool lost = message.kind == router::LinkMessage::Kind::kPacket && random_.unit() < link_loss_;
      if (lost) return;
      if (message.kind >= router::LinkMessage::Kind::kWant) {
        router.on_receiver_message(*published, message, *to_, now);
      } else {
        router.on_publisher_message(*imported, message, pool_, now);
      }
    });
  }

  void turn(Instant now) {
    exchange(now);
    if (router.next_deadline() <= now) {
      router.run_timers(now, [this](router::MediaTransport& to, Bytes rtcp) { senders_[to.key()](rtcp); });
    }
    flush(now);
  }

  void flush(Instant now) {
    router.flush_runs(now, [&](router::MediaTransport& to, std::span<streams::EgressPacket> run) {
      for (streams::EgressPacket& packet : run) {
        uint8_t raw[2048];
        const size_t bytes = rtp::kMaxEgressHeaderBytes + packet.payload_bytes();
        if (packet.plan->writes_transport_sequence()) packet.fields.transport_sequence = to.number_packet(bytes, now);
        size_t length = streams::write_header({raw, sizeof raw}, packet).length;
        for (const Bytes part : {packet.payload_head(), packet.payload_body()}) {
          std::copy(part.begin(), part.end(), raw + length);
          length += part.size();
        }
        senders_[to.key()]({raw, length});
      }
    });
  }

  Network& network_;
  SeededRandom random_;
  router::WorkerLink* to_ = nullptr;
  router::WorkerLink* from_ = nullptr;
  double link_loss_ = 0;
  buffer::PacketPool pool_;
  std::map<uint64_t, Send> senders_;

 public:
  Counters counters;
  router::Router router;
  router::Room& room;
};

}  // namespace chroom::simulation
