#pragma once
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

#include "metering/counters.h"
#include "router/media_transport.h"
#include "router/published_track.h"
#include "router/speaker_observer.h"
#include "router/subscription.h"
#include "router/worker_link.h"
#include "vocabulary/random.h"
#include "vocabulary/result.h"

// The order in which engine/packet_path.cc calls this (all on one worker's thread, `now` handed in):
//
//   ingress RTP    rtp::parse_header(packet) -> SRTP unprotect_rtp -> PacketRef::set_length, set_arrival(now)
//                  router.on_rtp(transport, packet, header, now)
//   ingress RTCP   SRTP unprotect_rtcp -> router.on_rtcp(transport, plaintext, now)
//   connected      router.set_ready(transport, true, now) once ICE and SRTP are there; until then
//                  MediaTransportConfig::ready is false, else a first key frame is lost
//   timers         router.run_timers(now, [](MediaTransport& to, Bytes rtcp) { protect_rtcp and send });
//                  sleep no longer than router.next_deadline()
//   egress         router.flush_runs(now, [](MediaTransport& to, std::span<streams::EgressPacket> run) { ... });
//                  for each packet p of the run, into the receiver's buffer `out`:
//                    if (p.plan->writes_transport_sequence())
//                      p.fields.transport_sequence = to.number_packet(bytes, now);
//                    if (p.plan->writes_abs_send_time()) p.fields.abs_send_time = rtp::to_abs_send_time(now in us);
//                    header = streams::write_header(out, p);
//                    length = srtp.protect_rtp(out, header.length,
//                                              {p.payload_head(), p.payload_body(), padding}, p.rollover);
//                  bytes = header + p.payload_bytes() + tag. Flush after every receive batch and after run_timers().
//   events         router.events() after each loop turn, then router.clear_events().
//
// Every packet that ends here is counted with its DropReason in the worker's Counters.
namespace chroom::router {

struct RouterEvent {
  enum class Kind : uint8_t {
    kTrackStarted,      // first valid packet; `track`
    kEncodingsChanged,  // `track`, `mask`: bit per quality that is active
    kLayerChanged,      // `subscription`, `track`, `quality` now sent (kNoEncoding: nothing)
    kSpeaker,           // `room`, `track`, `level`, `active`
  };
  Kind kind = Kind::kTrackStarted;
  bool active = false;
  uint8_t quality = 0;
  uint32_t mask = 0;
  float level = 0;
  uint64_t track = 0;         // PublishConfig::key
  const Subscription* subscription = nullptr;  // never one that has ended
  uint64_t room = 0;          // open_room()'s key
};

enum class Runs : uint8_t { kAll, kComplete };

// A routing domain: nothing is forwarded between rooms.
class Room {
 public:
  explicit Room(uint64_t key) : key_(key) {}
  uint64_t key() const { return key_; }
  const std::vector<std::unique_ptr<MediaTransport>>& transports() const { return transports_; }
  const std::vector<std::unique_ptr<PublishedTrack>>& tracks() const { return tracks_; }

 private:
  friend class Router;
  friend class MediaTransport;
  uint64_t key_;
  std::vector<std::unique_ptr<MediaTransport>> transports_;  // owned
  std::vector<std::unique_ptr<PublishedTrack>> tracks_;      // owned
  SpeakerObserver speakers_;
};

// Everything about media on one worker: rooms, published tracks, subscriptions. Sans-IO. Control calls may allocate;
// on_rtp, on_rtcp, run_timers and flush_runs do not once warm.
class Router {
 public:
  // Events kept between two readings; more are dropped and counted (kEventRingFull).
  static constexpr size_t kMaxEvents = 4096;

  Router(Counters& counters, RandomSource& random);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // ---- control ----
  Room& open_room(uint64_t key);
  void close_room(Room& room);
  MediaTransport& add_transport(Room& room, const MediaTransportConfig& config);
  // With all that it publishes and subscribes to.
  void remove_transport(MediaTransport& transport);

  // Whether packets can leave (ICE path and SRTP keys are there). A receiver that becomes ready begins with a key frame
  // instead of losing one to a transport that was not.
  void set_ready(MediaTransport& transport, bool ready, Instant now);

  // kInvalidArgument: no codec, no encoding, too many; kAlreadyExists: an SSRC that this transport uses already.
  Result<PublishedTrack*> publish(MediaTransport& publisher, const PublishConfig& config);
  void unpublish(PublishedTrack& track);
  void set_muted(PublishedTrack& track, bool muted, Instant now);

  // kInvalidArgument: another room, or no payload mapping. The SSRCs are chosen here.
  Result<Subscription*> subscribe(PublishedTrack& track, MediaTransport& receiver, const SubscribeConfig& config,
                                  Instant now);
  void unsubscribe(Subscription& subscription);
  void update_subscription(Subscription& subscription, bool paused, uint8_t max_quality, uint16_t max_fps,
                           Instant now);

  // ---- rooms over several workers (imported_tracks.cc) ----
  // A track that is published on the worker at the other end of `link`, for receivers in `room`; subscribe() to it as to
  // any other. Packets come once that worker knows.
  PublishedTrack& import_track(Room& room, const PublishConfig& config, WorkerLink& link);
  void remove_import(PublishedTrack& track);
  // What the publisher's worker says about an import; packets are copied into slots of `pool`.
  void on_publisher_message(PublishedTrack& import, LinkMessage& message, buffer::PacketPool& pool, Instant now);
  // What the worker at the other end of `link` wants of a track published here.
  void on_receiver_message(PublishedTrack& track, const LinkMessage& message, WorkerLink& link, Instant now);

  // ---- packet path ----
  // `packet` holds a decrypted RTP packet, `header` what rtp::parse_header() said before decryption.
  void on_rtp(MediaTransport& from, buffer::PacketRef packet, const rtp::Header& header, Instant now);
  void on_rtcp(MediaTransport& from, Bytes compound, Instant now) { from.on_rtcp(compound, now); }

  // send(MediaTransport&, Bytes plaintext RTCP), for everything that is due.
  template <typename Send>
  void run_timers(Instant now, Send&& send) {
    paced_.take_due(now, [](MediaTransport& transport) { transport.on_egress(); });
    while (MediaTransport* transport = take_due(now)) {
      transport->poll(now);
      while (const size_t length = transport->write_rtcp({rtcp_buffer_, sizeof rtcp_buffer_}, now)) {
        counters_.add(Counter::kRtcpPacketsSent);
        send(*transport, Bytes{rtcp_buffer_, length});
      }
      schedule(*transport);
    }
    collect_speakers(now);
  }

  // How fast packets may leave for a receiver: the congestion controller's word. Without it nobody is held back.
  void set_pacing(MediaTransport& receiver, uint64_t rate_bps, Instant now);

  // flush(MediaTransport&, std::span<streams::EgressPacket>) for each receiver with packets; the runs are empty after,
  // but for what pacing keeps.
  // announce(MediaTransport&, size_t turns) names the receivers that are up to kAnnounced turns ahead, so that their memory
  // can be fetched meanwhile, one step of each after the other.
  // kComplete: not those whose frame is still coming. Ends early when enough() says so between two receivers: true, and
  // the next call goes on from there.
  template <typename Announce, typename Enough, typename Flush>
  bool flush_runs(Runs which, Instant now, Announce&& announce, Enough&& enough, Flush&& flush) {
    size_t kept = 0;
    size_t i = 0;
    for (; i < egress_.size() && !enough(); ++i) {
      for (size_t turns = 1; turns <= kAnnounced && i + turns < egress_.size(); ++turns) announce(*egress_[i + turns], turns);
      MediaTransport& transport = *egress_[i];
      if (which == Runs::kComplete && transport.awaits_frame()) {
        egress_[kept++] = &transport;
        continue;
      }
      transport.in_egress_list_ = false;
      if (transport.pacer_.paces()) [[unlikely]] {
        flush_paced(transport, now, flush);
        continue;
      }
      flush(transport, transport.run());
      transport.clear_run();
    }
    const bool more = i < egress_.size();
    egress_.erase(egress_.begin() + static_cast<std::ptrdiff_t>(kept), egress_.begin() + static_cast<std::ptrdiff_t>(i));
    return more;
  }
  template <typename Flush>
  void flush_runs(Instant now, Flush&& flush) {
    flush_runs(Runs::kAll, now, [](MediaTransport&, size_t) {}, [] { return false; }, flush);
  }
  static constexpr size_t kAnnounced = 4;
  bool has_runs() const { return !egress_.empty(); }

  Instant next_deadline() const;
  const std::vector<RouterEvent>& events() const { return events_; }
  void clear_events() { events_.clear(); }

  Counters& counters() { return counters_; }

 private:
  friend class MediaTransport;
  friend class Subscription;
  friend struct DeleteSubscription;

  template <typename Flush>
  void flush_paced(MediaTransport& transport, Instant now, Flush&& flush) {
    transport.release(now, released_);
    if (!released_.empty()) flush(transport, std::span<streams::EgressPacket>(released_));
    released_.clear();
    if (!transport.run_.empty()) paced_.add(&transport, transport.pacer_.ready_at(transport.next_run_bytes()));
  }

  void add_event(const RouterEvent& event);
  // fill(LinkMessage&) for each worker that receivers of `track` are on.
  template <typename Fill>
  void tell_exports(PublishedTrack& track, Fill&& fill) {
    for (const PublishedTrack::Export& target : track.exports_) {
      LinkMessage message;
      message.track = track.key();
      fill(message);
      target.link->push(std::move(message));
    }
  }
  void add_export(PublishedTrack& track, WorkerLink& link);
  void tell_active(PublishedTrack& track);
  void pass_on(const PublishedTrack& track, const buffer::PacketRef& packet, uint8_t encoding);
  void pass_on(const PublishedTrack::Export& target, const PublishedTrack& track, const buffer::PacketRef& packet, bool resent);
  void collect_speakers(Instant now);

  // Transports by next deadline: a binary heap with places kept in the transports.
  MediaTransport* take_due(Instant now);
  void schedule(MediaTransport& transport);
  void unschedule(MediaTransport& transport);
  void sift_up(size_t place);
  void sift_down(size_t place);
  void place(size_t at, MediaTransport* transport);

  uint32_t pick_ssrc(MediaTransport& transport);
  void forget_events_of(const Subscription& subscription);

  Counters& counters_;       // borrowed
  RandomSource& random_;     // borrowed
  std::pmr::unsynchronized_pool_resource subscription_memory_{{.max_blocks_per_chunk = 64, .largest_required_pool_block = 512}};
  std::vector<std::unique_ptr<Room>> rooms_;
  std::vector<MediaTransport*> egress_;   // reserved for every transport
  std::vector<MediaTransport*> heap_;     // reserved for every transport
  PacingWheel<MediaTransport> paced_;     // with packets that wait for their time
  std::vector<streams::EgressPacket> released_;  // of the receiver being flushed; reserved with the first pacing
  std::vector<RouterEvent> events_;       // reserved, at most kMaxEvents
  std::vector<SpeakerChange> speaker_changes_;
  Instant next_speakers_ = kNever;
  size_t transport_count_ = 0;
  uint8_t rtcp_buffer_[kMaxRtcpBytes];
};

}  // namespace chroom::router
