#pragma once
#include <memory>
#include <string>
#include <vector>

#include "congestion/feedback_generator.h"
#include "engine/switchboard.h"
#include "engine/worker_links.h"
#include "generator/published_stream.h"
#include "generator/received_stream.h"
#include "session/transport.h"

namespace chroom::instructions {

// The same bytes in every run.
class CountingRandom final : public RandomSource {
 public:
  void fill(MutableBytes out) override;

 private:
  uint64_t state_ = 1;
};

// One publisher and many receivers around a worker's switchboard, without sockets, threads or a clock: datagrams are
// handed over in memory and time moves by one frame. What the worker does is counted, what the participants do is not.
class MemoryRoom {
 public:
  static constexpr uint32_t kFramesPerSecond = 30;

  // srtp_profile: what participants offer, by OpenSSL's name.
  MemoryRoom(size_t receivers, const char* srtp_profile);
  ~MemoryRoom();

  // One frame from the publisher to everybody; then the feedback, reports and checks whose time has come.
  void forward_frame(const load::FrameShape& shape);

  uint64_t packets_sent() { return switchboard_.counters().get(Counter::kRtpPacketsSent); }
  const load::Tally& tally() const { return tally_; }

 private:
  struct Peer;
  struct Datagram {
    size_t peer;
    std::vector<uint8_t> bytes;
  };

  void join(size_t index);
  void connect_all();
  void subscribe_all();
  std::vector<uint8_t> call(engine::Command command);
  void to_worker(std::span<const net::Datagram> batch);
  void turn_of_worker();
  void turn_of_peers();
  void arrived(Peer& peer, MutableBytes datagram);
  void take_rtp(Peer& peer, MutableBytes datagram);
  void send_feedback(Peer& peer);
  void send_report(Peer& peer);
  void post_rtcp(Peer& peer, MutableBytes buffer, size_t length);
  void deliver();

  Instant now_{std::chrono::seconds(1000)};
  CountingRandom random_;

  // The worker's side.
  std::unique_ptr<const dtls::Identity> identity_;
  std::unique_ptr<dtls::Context> worker_dtls_;
  engine::EventRing ring_;
  const TransportAddress worker_address_;
  engine::WorkerLinks links_;  // none: the room has one worker
  engine::Switchboard switchboard_;
  uint32_t last_request_ = 0;

  // The participants'.
  std::unique_ptr<dtls::Context> peer_dtls_;
  metering::Counters peer_counters_;
  session::Outbox outbox_;
  session::Workplace workplace_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Datagram> to_peers_;
  std::vector<Datagram> to_worker_;
  load::PublishedStream stream_;
  uint16_t transport_sequence_ = 0;
  load::Tally tally_;
};

}  // namespace chroom::instructions
