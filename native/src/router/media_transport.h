#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "congestion/feedback_generator.h"
#include "congestion/send_history.h"
#include "metering/counters.h"
#include "router/pacer.h"
#include "router/pacing_wheel.h"
#include "router/published_track.h"
#include "router/ssrc_table.h"
#include "streams/egress_packet.h"
#include "streams/recent_resends.h"

namespace chroom::router {

class Router;
class WorkerLink;
struct LinkMessage;
struct RouterEvent;

// Packets one receiver may have waiting; the engine flushes after each batch it received, and the pacer keeps what goes
// too fast. The last places are for audio, and upper layers of video get none once it is three quarters full.
inline constexpr size_t kMaxRunPackets = 512;
inline constexpr size_t kMaxVideoRunPackets = 480;
inline constexpr size_t kMaxUpperLayerRunPackets = 384;
// Video that waited this long in the pacer comes too late: a receiver that skips it and asks for a key frame is better off.
inline constexpr Duration kMaxPacedWait = std::chrono::milliseconds(400);
// With so many waiting, a run is as long as the kernel cuts: nothing is gained by waiting for the rest of a frame.
inline constexpr size_t kAwaitedPackets = 16;
// RTCP that write_rtcp() makes at most, without the SRTCP trailer: fits any path.
inline constexpr size_t kMaxRtcpBytes = 1180;

struct MediaTransportConfig {
  uint64_t key = 0;               // The engine's name for the transport.
  std::string cname;              // RFC 7022; the same for all transports of a session.
  rtp::ExtensionMap extensions;   // As negotiated for the BUNDLE group.
  void* owner = nullptr;          // The engine's object behind it; only handed back.
  bool ready = true;              // False: not keyed yet; its subscriptions wait for Router::set_ready().
  WorkerLink* link = nullptr;     // Borrowed. No peer is behind this transport but another worker (imported_tracks.cc).
};

// The media side of one peer connection: what comes in by SSRC, what goes out, and the RTCP about both. Knows nothing
// of ICE, DTLS or SRTP. Owned by its room; created and changed through Router. One with a link stands for the publishers
// on another worker: their packets come through the ring, and what would be RTCP goes back through it.
class MediaTransport {
 public:
  MediaTransport(const MediaTransportConfig& config, uint32_t rtcp_ssrc, Router& router, Room& room);
  ~MediaTransport();

  // ---- egress, called while the engine flushes ----
  // The packets waiting for this receiver, in order.
  std::span<streams::EgressPacket> run() { return run_; }
  void clear_run() { run_.clear(); }
  // The frame that was begun last is not complete: its rest comes in the same burst, and one run costs a fraction of two.
  bool awaits_frame() const { return run_.size() < kAwaitedPackets && !run_.back().completes_frame(); }
  // Moves out what may leave now: audio at once, video as far as the budget goes; the rest waits.
  void release(Instant now, std::vector<streams::EgressPacket>& out);
  const Pacer& pacer() const { return pacer_; }
  // Asks for what the flush of this receiver will touch, without waiting: what lies further away in the later step.
  void prefetch_run() const {
    const auto* waiting = reinterpret_cast<const uint8_t*>(run_.data());
    for (size_t at = 0; at < std::min(run_.size(), kAwaitedPackets) * sizeof run_[0]; at += 64) __builtin_prefetch(waiting + at);
    __builtin_prefetch(send_history_.get());
  }
  void prefetch_history() const {
    if (send_history_) send_history_->prefetch();
  }
  // Numbers a packet that leaves now and keeps what feedback will need; call where the plan writes the number.
  uint16_t number_packet(size_t bytes, Instant now) { return send_history_ ? send_history_->on_send(bytes, now) : 0; }

  // ---- ingress, called by Router ----
  void on_rtp(buffer::PacketRef& packet, const rtp::Header& header, Instant now);
  void on_rtcp(Bytes compound, Instant now);

  // ---- timers, called by Router ----
  void poll(Instant now);
  // Length of the next RTCP packet to send (plaintext), 0 when nothing more is due.
  size_t write_rtcp(MutableBytes out, Instant now);
  Instant next_deadline() const;

  uint64_t key() const { return config_.key; }
  void* owner() const { return config_.owner; }
  const std::vector<Subscription*>& subscriptions() const { return subscriptions_; }
  Room& room() const { return room_; }
  bool ready() const { return config_.ready; }
  const rtp::ExtensionMap& extensions() const { return config_.extensions; }
  // A later offer may add extensions. New subscriptions use them; old ones keep their plans.
  void set_extensions(const rtp::ExtensionMap& extensions) { config_.extensions = extensions; }

  // Smoothed; 0 while unknown. From receiver reports, DLRR or answered NACKs.
  Duration round_trip() const { return round_trip_; }
  uint64_t receiver_estimate_bps() const { return remb_bps_; }  // REMB; 0: never came
  const congestion::FeedbackSummary& last_feedback() const { return last_feedback_; }

 private:
  friend class Router;
  friend class Subscription;
  friend struct DeleteSubscription;

  struct Incoming {
    PublishedTrack* track = nullptr;
    uint8_t encoding = 0;
    bool rtx = false;
  };

  // The same for the fan-out.
  void prefetch_for_packet() const {
    __builtin_prefetch(&run_);
    __builtin_prefetch(&in_egress_list_);
  }
  void prefetch_place() const { __builtin_prefetch(run_.data() + run_.size(), 1); }
  // Reserves an entry of the run for a packet that will be sent; nullptr when there is none for its kind.
  streams::EgressPacket* reserve(bool video, bool upper_layer);
  streams::RecentResends& recent_resends();
  // Bytes of what leaves next, once it may.
  size_t next_run_bytes() const;
  void cancel_reserved() { run_.pop_back(); }
  void on_egress();
  // A track's stream may have something to ask for sooner than this transport is scheduled.
  void note_feedback(const streams::ReceiveStream& stream);
  // Of an import: receivers want another encoding than before.
  void note_interest(Instant now);
  void evaluate(PublishedTrack& track, Instant now);

  Subscription* subscription_of(uint32_t ssrc);
  const Incoming* learn(const streams::PacketDescriptor& descriptor, Bytes packet, Instant now);
  const Incoming* bind(PublishedTrack& track, uint8_t encoding, bool rtx, uint32_t ssrc, Instant now);
  DropReason prepare(buffer::PacketRef& packet, const Incoming& incoming);
  void deliver(buffer::PacketRef& packet, const Incoming& incoming, Instant now);
  void fan_out(PublishedTrack& track, const buffer::PacketRef& packet, const streams::PacketDescriptor& descriptor, Instant now);

  // Between workers (imported_tracks.cc).
  void deliver_import(PublishedTrack& track, buffer::PacketRef packet, Instant now);
  void restart_encoding(PublishedTrack& track, uint8_t encoding, Instant now);
  void send_link_feedback(Instant now);
  void send_interest(PublishedTrack& track);

  // False: malformed.
  bool on_rtcp_packet(const rtcp::PacketView& packet, Instant now);
  void on_sender_report(const rtcp::SenderReport& report, Instant now);
  void on_report_blocks(const rtcp::ReportBlocks& blocks, Instant now);
  bool on_nack(const rtcp::PacketView& packet, Instant now);
  bool on_payload_feedback(const rtcp::PacketView& packet, Instant now);
  void on_key_frame_request(uint32_t ssrc, Instant now);
  bool on_transport_feedback(const rtcp::PacketView& packet, Instant now);
  void on_extended_report(const rtcp::PacketView& packet, Instant now);
  void add_round_trip(Duration sample);

  void write_feedback(rtcp::Writer& out, Instant now);
  void write_reports(rtcp::Writer& out, Instant now);
  void write_sender_report(rtcp::Writer& out, Subscription& subscription, Instant now);
  void write_receiver_report(rtcp::Writer& out, Instant now);
  void write_extended_report(rtcp::Writer& out, Instant now);

  void start_timers();
  void remember(PublishedTrack& track);
  void remember(Subscription& subscription);
  void forget(const PublishedTrack& track);
  void forget(const Subscription& subscription);
  Duration nack_round_trip(const streams::ReceiveStream& stream) const;

  static constexpr Duration kReportInterval = std::chrono::seconds(1);
  // A sender report with its source description; a receiver report is begun only with room for a few blocks.
  static constexpr size_t kReportRoomBytes = 360;
  // Receiver report header, source description with the longest CNAME, both extended reports.
  static constexpr size_t kReportTailBytes = 130;

  MediaTransportConfig config_;
  uint32_t rtcp_ssrc_;
  Router& router_;    // borrowed
  Room& room_;        // borrowed
  std::vector<PublishedTrack*> tracks_;        // borrowed from the room
  std::vector<Subscription*> subscriptions_;   // borrowed from their tracks
  SsrcTable<Incoming> incoming_;
  SsrcTable<uint16_t> outgoing_;               // places in subscriptions_, by the lower SSRC of the pair
  std::vector<streams::EgressPacket> run_;     // Reserved once, never grows.
  std::unique_ptr<congestion::FeedbackGenerator> feedback_;   // from the first publication on
  std::unique_ptr<congestion::SendHistory> send_history_;     // from the first subscription on
  std::unique_ptr<streams::RecentResends> recent_resends_;    // from the first request on
  congestion::FeedbackSummary last_feedback_;
  Duration round_trip_{0};
  uint64_t remb_bps_ = 0;
  Instant next_poll_ = kNever;
  Instant next_report_ = kNever;
  Instant feedback_due_ = kNever;         // earliest NACK or key frame request of a track
  size_t report_cursor_ = SIZE_MAX;       // next subscription, then track, to report on; SIZE_MAX: no report going on
  rtcp::ReceiverReferenceTime reference_time_{};  // of the far end's last XR
  Instant reference_time_at_{};
  Pacer pacer_;
  // Owned by Router: its lists.
  friend class PacingWheel<MediaTransport>;
  PacingSlot<MediaTransport> pacing_slot_;
  Instant scheduled_ = kNever;
  size_t heap_place_ = SIZE_MAX;
  bool in_egress_list_ = false;
};

}  // namespace chroom::router
