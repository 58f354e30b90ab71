#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "metering/counters.h"
#include "router/published_track.h"
#include "streams/send_stream.h"

namespace chroom::router {

struct SubscribeConfig {
  std::string mid;                // In the receiver's description; at most kMaxMidBytes.
  std::vector<streams::PayloadMapping> payloads;
  bool paused = false;
  uint8_t max_quality = 2;
  uint16_t max_fps = 0;           // 0: no bound
};

// One track forwarded to one receiver. Owned by its track; used on its worker's thread. Decides which encoding the
// receiver gets and when to switch: only ever at the beginning of a key frame.
class alignas(64) Subscription {
 public:
  Subscription(const SubscribeConfig& config, const streams::SendStreamConfig& stream, PublishedTrack& track,
               MediaTransport& receiver);

  // A packet of any encoding of the track, in the order of the fan-out. Puts what is to be sent into the receiver's
  // run.
  void on_packet(const buffer::PacketRef& packet, const streams::PacketDescriptor& descriptor, Instant now,
                 Counters& counters);

  // Asks for what on_packet() will touch, without waiting.
  void prefetch() const {
    const auto* line = reinterpret_cast<const uint8_t*>(this);
    for (size_t at = 0; at < sizeof *this; at += 64) __builtin_prefetch(line + at, 1);
  }

  // The choice of encoding may have changed (activity, target, pause). Asks for a key frame where a switch waits.
  void evaluate(Instant now);
  void update(bool paused, uint8_t max_quality, uint16_t max_fps, Instant now);

  // From the receiver. Each answers at most what its budget allows.
  void on_nack(uint16_t sequence, Instant now, Counters& counters);
  void on_key_frame_request(Instant now, Counters& counters);

  PublishedTrack& track() const { return track_; }
  MediaTransport& receiver() const { return receiver_; }
  streams::SendStream& stream() { return stream_; }
  std::string_view mid() const { return {mid_.data(), mid_length_}; }
  bool paused() const { return paused_; }
  uint8_t max_quality() const { return max_quality_; }
  uint32_t ssrc() const { return stream_.ssrc(); }
  uint32_t rtx_ssrc() const { return stream_.rtx_ssrc(); }
  // The quality sent now; kNoEncoding while nothing is.
  uint8_t current_quality() const;

 private:
  friend class Router;
  friend struct DeleteSubscription;

  void switch_to(const buffer::PacketRef& packet, const streams::PacketDescriptor& descriptor, Instant now,
                 Counters& counters);
  void send(const buffer::PacketRef& packet, Instant now, Counters& counters);
  void send_following(uint8_t encoding, int64_t after, Instant now, Counters& counters);

  streams::SendStream stream_;  // Its first cache line is what the fan-out reads and writes.
  PublishedTrack& track_;
  MediaTransport& receiver_;
  uint16_t max_fps_;
  uint8_t max_quality_;
  bool paused_;
  uint8_t mid_length_;
  std::array<char, rtp::kMaxMidBytes> mid_;
};
// Some thousands of them are a large room, or many small ones.
static_assert(sizeof(Subscription) <= 320);
// Its first line is the stream's (SendStream::Hot): nothing comes before it.
static_assert(alignof(Subscription) == 64 && !std::is_polymorphic_v<Subscription>);

}  // namespace chroom::router
