#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "metering/drop_reason.h"
#include "rtcp/writer.h"
#include "rtp/sequence.h"
#include "streams/index_window.h"
#include "streams/key_frame_throttle.h"
#include "streams/nack_generator.h"
#include "streams/packet_descriptor.h"
#include "streams/packet_history.h"
#include "streams/rate_meter.h"
#include "streams/reception_statistics.h"

namespace chroom::streams {

inline constexpr size_t kMaxTemporalLayers = 4;

struct ReceiveStreamConfig {
  uint32_t ssrc = 0;
  uint32_t clock_rate_hz = 90000;
  bool video = true;
  bool nack = true;               // The codec's rtcp-fb: ask for lost packets.
  bool pli = true;                // ... else FIR.
  size_t history_packets = 512;   // Power of two; 0 keeps nothing (no receiver can have retransmissions).
};

// The sender's clock, as its latest sender report tied it to media time (RFC 3550 section 6.4.1).
struct SenderClock {
  uint64_t ntp_time = 0;      // On the sender's clock; comparable among the streams of one sender.
  uint32_t rtp_timestamp = 0;
  Instant received_at{};
};

// Cumulative unless said otherwise. loss_ppm counts since the call before, so this has one reader.
struct ReceiveStreamStatistics {
  uint64_t packets = 0;
  uint64_t bytes = 0;            // headers and payload, retransmissions included
  uint64_t packets_lost = 0;
  uint64_t packets_recovered = 0;
  uint64_t frames = 0;
  uint32_t loss_ppm = 0;         // of the packets expected since the last reading
  uint32_t jitter_us = 0;
  uint32_t bitrate_bps = 0;      // over the last second
  uint32_t frames_per_second = 0;
  uint32_t nacks = 0;            // requests sent: packets asked for
  uint32_t key_frame_requests = 0;
  uint64_t key_frames = 0;
};

// One published encoding, seen by its receiver: numbers packets, measures, asks for what is missing. Owned by a
// publication, used on its worker's thread; sans-IO. on_packet() allocates nothing.
class ReceiveStream {
 public:
  // A stream that sent nothing for this long is not active.
  static constexpr Duration kActivityWindow = std::chrono::seconds(1);

  explicit ReceiveStream(const ReceiveStreamConfig& config);

  struct Intake {
    DropReason drop = DropReason::kNone;  // kNone: forward it. kRtpDuplicate or kRtpTooOld otherwise.
    bool became_active = false;
    bool recovered = false;               // It had been asked for.
    bool new_key_frame = false;
  };
  // `packet` carries its PacketDescriptor; sets descriptor.sequence and keeps a reference in the history.
  Intake on_packet(buffer::PacketRef& packet, Instant now);

  void on_sender_report(const rtcp::SenderReport& report, Instant now);
  // The same from the worker that received the report.
  void set_sender_clock(const SenderClock& clock) { sender_clock_ = clock; }

  // Paused (muted): nothing is missing and no key frames are asked for. The next packet starts afresh.
  void set_paused(bool paused);
  bool paused() const { return paused_; }

  // The encoding's SSRC became known, or the sender began a new stream under another one: nothing before it counts
  // but the totals of packets and bytes.
  void restart(uint32_t ssrc);

  // Ignored while paused, and before the first packet, which begins a key frame anyway. False: a request is under way.
  bool request_key_frame(Instant now);
  void on_key_frame_start() { key_frames_.on_key_frame(); }

  // What is due at `now`: packets to ask for again, written to `sequences`, and whether to ask for a key frame.
  struct FeedbackDue {
    size_t nacked_packets = 0;
    bool key_frame_request = false;
  };
  FeedbackDue take_feedback(Instant now, Duration round_trip, std::span<uint16_t> sequences);
  // Writes the NACK and the key frame request that are due at `now`. Not complete: `out` is too small for the longest
  // of them, nothing was written, call again with more room.
  struct FeedbackWritten {
    bool complete = true;
    bool key_frame_request = false;
    uint32_t nacked_packets = 0;
  };
  FeedbackWritten write_feedback(rtcp::Writer& out, uint32_t sender_ssrc, Instant now, Duration round_trip);
  // nullopt while nothing comes.
  std::optional<rtcp::ReportBlock> take_report_block(Instant now);
  // Lets go of old history; every 100 ms or so.
  void poll(Instant now) { history_.expire(now); }
  Instant next_deadline() const;  // of write_feedback()

  bool is_active(Instant now) const { return heard_ && now - last_packet_at_ <= kActivityWindow; }
  // Silent long enough that a switch to another encoding pays, though still formally active. `reference` is another
  // encoding of the same source that goes on.
  bool has_stalled_beside(const ReceiveStream& reference, Instant now) const;
  Instant last_packet_at() const { return last_packet_at_; }
  bool heard() const { return heard_; }

  // Frames of temporal layers 0..layer per second, over the last second; layer >= kMaxTemporalLayers: all frames.
  uint32_t frames_per_second(uint8_t layer, Instant now);
  const std::optional<SenderClock>& sender_clock() const { return sender_clock_; }
  const PacketHistory& history() const { return history_; }
  // By the number it was received under; nullptr when it is not kept (any more).
  const buffer::PacketRef* find_received(uint16_t sequence) const { return history_.find(unwrapper_.peek(sequence)); }
  const ReceiveStreamConfig& config() const { return config_; }
  std::optional<Duration> nack_round_trip() const { return nack_round_trip_; }

  ReceiveStreamStatistics take_statistics(Instant now);

 private:
  bool count_frame(const PacketDescriptor& descriptor, Instant now);
  void on_nack_outcome(const NackGenerator::PacketOutcome& outcome, Instant now);

  ReceiveStreamConfig config_;
  rtp::SequenceUnwrapper unwrapper_;
  IndexWindow<16> received_;  // duplicates that come over RTX
  ReceptionStatistics reception_;
  NackGenerator nack_;
  KeyFrameThrottle key_frames_;
  PacketHistory history_;
  RateMeter byte_rate_;
  std::array<RateMeter, kMaxTemporalLayers> frame_rates_;
  std::optional<SenderClock> sender_clock_;
  std::optional<Duration> nack_round_trip_;
  Instant last_packet_at_{};
  uint32_t newest_timestamp_ = 0;
  uint32_t key_frame_timestamp_ = 0;
  uint8_t fir_sequence_ = 0;
  bool heard_ = false;
  bool paused_ = false;
  bool opaque_ = false;         // key frames cannot be told from others
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  uint64_t recovered_ = 0;
  uint64_t frames_ = 0;
  uint64_t key_frame_count_ = 0;
  uint32_t nacked_ = 0;
  uint32_t key_frame_requests_ = 0;
  uint64_t expected_read_ = 0;  // at the last take_statistics()
  uint64_t lost_read_ = 0;
};

}  // namespace chroom::streams
