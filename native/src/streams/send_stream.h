#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "metering/drop_reason.h"
#include "rtcp/writer.h"
#include "streams/egress_packet.h"
#include "streams/omissions.h"
#include "streams/receive_stream.h"
#include "streams/recent_resends.h"
#include "streams/resend_budget.h"

namespace chroom::streams {

inline constexpr uint8_t kNoEncoding = 0xFF;
inline constexpr uint8_t kAllTemporalLayers = 0xFF;
inline constexpr size_t kMaxPayloadMappings = 8;

struct PayloadMapping {
  uint8_t published = 0;
  uint8_t subscribed = 0;
  uint8_t subscribed_rtx = 0;  // 0: none
};

struct SendStreamConfig {
  uint32_t ssrc = 0;              // Even where there are retransmissions: they have the next one.
  bool rtx = false;
  uint32_t clock_rate_hz = 90000;
  bool video = true;
  uint16_t first_sequence = 0;    // Random; only the low 15 bits count, so that the rollover counter starts at 0.
  uint16_t first_rtx_sequence = 0;
  std::string_view mid;           // Copied.
  rtp::ExtensionMap extensions;   // As negotiated with the receiver.
  std::span<const PayloadMapping> payloads;  // Copied; at most kMaxPayloadMappings count.
};

// Cumulative.
struct SendStreamStatistics {
  uint64_t packets = 0;           // without retransmissions
  uint64_t packets_since_switch = 0;  // the same, of the encoding that is sent now, and what was missing among them
  uint64_t bytes = 0;             // headers and payload, without retransmissions
  uint64_t retransmitted = 0;     // packets
  uint64_t retransmitted_bytes = 0;
  uint64_t packets_lost = 0;      // as the receiver last said
  uint32_t loss_ppm = 0;          // fraction of its last report
  uint32_t jitter_us = 0;         // of its last report
  uint32_t nacks = 0;             // packets the receiver asked for
  uint32_t plis = 0;              // PLI and FIR
  uint32_t bitrate_bps = 0;       // since the reading before, at least kMinRateInterval ago
};

// Where a packet that was sent is found again: in the history of the publication's encoding. How it was sent follows from
// how packets are numbered, so that nothing is kept per packet.
struct ResendSource {
  int64_t sequence = 0;       // in the encoding's numbering
  uint16_t sent_as = 0;
  uint8_t encoding = 0;
  bool before_switch = false;
};

// One subscription's outgoing RTP stream: whatever encoding is behind it, the receiver sees one continuous sequence of
// packets, timestamps and VP8 pictures. What the publisher's network lost stays a hole (the receiver may ask for it);
// what was left out on purpose leaves no hole. Used on its worker's thread; allocates at most once: with the first packet
// that is left out, late or asked for again.
// Of what an in-order packet changes everything is in the first cache line, and what it reads in the second.
class SendStream {
 public:
  explicit SendStream(const SendStreamConfig& config);

  // The next packets come from `encoding`, beginning with `first`. `clock_before` and `clock_after`: the sender's
  // clock for the encoding sent until now and for this one, where known; they align the timestamps.
  void switch_to(uint8_t encoding, const PacketDescriptor& first, const std::optional<SenderClock>& clock_before,
                 const std::optional<SenderClock>& clock_after, Instant now);
  // Nothing is sent until the next switch_to().
  void stop() { hot_.encoding = kNoEncoding; }
  uint8_t encoding() const { return hot_.encoding; }
  // The one that was sent last, also after stop(); kNoEncoding: none yet.
  uint8_t last_encoding() const { return last_encoding_; }
  // The encoding that the router would rather send; kNoEncoding: none (paused, or nothing is active).
  uint8_t wanted_encoding() const { return hot_.wanted_encoding; }
  void set_wanted_encoding(uint8_t encoding) { hot_.wanted_encoding = encoding; }

  // Highest temporal layer to send; rises take effect where the stream can be joined.
  void set_max_temporal_layer(uint8_t layer) { hot_.wanted_temporal = layer; }

  // Translates a packet of the current encoding. kNone: `out` is to be sent. Otherwise it is not to be sent, and why.
  DropReason forward(const buffer::PacketRef& packet, Instant now, EgressPacket& out);

  // Retransmission in two steps, since the history belongs to the publication. find_for_resend() applies the limits
  // and counts; nullopt with a reason, or what to look up by (encoding, sequence). recent: of all the receiver's streams.
  std::optional<ResendSource> find_for_resend(uint16_t sequence, RecentResends& recent, Instant now, DropReason& reason);
  // False when the history's packet has no retransmission payload type or the budget is used up (reason set).
  bool resend(const ResendSource& source, const buffer::PacketRef& packet, EgressPacket& out, DropReason& reason);

  // A report about what is sent now (RFC 3550 6.4.1) on the publisher's clock, or on ours while that is not known.
  // False: nothing to say yet, or no room.
  bool write_sender_report(rtcp::Writer& out, const std::optional<SenderClock>& clock, Instant now);
  // What the receiver says about this stream. The round trip when the block tells it.
  std::optional<Duration> on_report_block(const rtcp::ReportBlock& block, Instant now);
  void count_key_frame_request() { ++plis_; }
  void set_round_trip(Duration round_trip);

  uint32_t ssrc() const { return config_ssrc_; }
  uint32_t rtx_ssrc() const { return rtx_ ? config_ssrc_ | 1 : 0; }  // 0: no retransmissions
  bool owns_plan(const rtp::EgressPlan* plan) const { return plan == &plan_; }
  // The rate counts from the reading before, so this has one reader.
  static constexpr Duration kMinRateInterval = std::chrono::milliseconds(200);
  SendStreamStatistics statistics(Instant now);

 private:
  struct Hot {
    int64_t next_in = 0;        // the encoding's next sequence number in order
    int64_t next_out = 0;       // what it will be sent as
    int64_t lowest_in = 0;      // first packet since the switch
    uint64_t bytes = 0;
    uint32_t packets = 0;
    uint32_t timestamp_offset = 0;
    uint32_t last_timestamp = 0;     // newest sent
    uint32_t last_timestamp_at_ms = 0;
    int32_t picture_next_in = 0;     // unwrapped; next new picture
    int32_t picture_offset = 0;      // sent = read + offset
    uint8_t tl0_offset = 0;
    uint8_t last_tl0 = 0;
    uint8_t max_temporal = kAllTemporalLayers;
    uint8_t wanted_temporal = kAllTemporalLayers;
    uint8_t encoding = kNoEncoding;
    uint8_t wanted_encoding = kNoEncoding;
    bool vp8 = false;
  };
  static_assert(sizeof(Hot) <= 64);

  // What was sent before the last switch, as far as nothing was left out since: receivers may still ask for it.
  struct Former {
    int64_t in_ahead = 0;  // number read - number sent
    uint32_t timestamp_offset = 0;
    int32_t picture_next_in = 0;
    int32_t picture_offset = 0;
    uint16_t packets = 0;  // the last ones before first_out_
    uint8_t tl0_offset = 0;
    uint8_t encoding = kNoEncoding;
  };

  // What a stream whose packets all are sent, in order and once, does not need.
  struct Exceptions {
    explicit Exceptions(int64_t first_rtx) : next_rtx(first_rtx) {}
    Omissions<8> packets_left_out;   // in the encoding's numbering
    Omissions<2> pictures_left_out;
    int64_t next_rtx;
    uint64_t resent_bytes = 0;
    ResendBudget budget;
    uint32_t requests = 0;
  };
  static_assert(sizeof(Exceptions) <= 136, "with the allocator's own 8 bytes it takes 144");

  struct ReportSent {
    uint32_t compact_ntp = 0;
    uint32_t at_us = 0;  // the clock's lower bits; a report is answered within seconds
  };

  // The clock's lower bits: good for differences of 49 days.
  static uint32_t to_ms(Instant time) { return static_cast<uint32_t>(time.time_since_epoch().count() / 1000); }

  const PayloadMapping* mapping_of(uint8_t published_payload_type) const;
  Former close_encoding();
  Exceptions& exceptions();
  std::optional<ResendSource> source_of(uint16_t sequence);
  bool number_former_picture(const PacketDescriptor& descriptor, uint16_t& picture_id, uint8_t& tl0) const;
  bool wants_temporal_layer(const PacketDescriptor& descriptor);
  void leave_out(const PacketDescriptor& descriptor);
  int64_t number_late(int64_t sequence);
  bool number_picture(const PacketDescriptor& descriptor, uint16_t& picture_id, uint8_t& tl0);
  void align_timestamp(uint32_t first, const std::optional<SenderClock>& before,
                       const std::optional<SenderClock>& after, Instant now);
  void fill_payload_head(EgressPacket& out, const PacketDescriptor& descriptor, Bytes payload, uint16_t picture_id,
                         uint8_t tl0) const;

  Hot hot_;
  uint32_t config_ssrc_;
  rtp::EgressPlan plan_;
  std::array<PayloadMapping, kMaxPayloadMappings> payloads_{};
  uint8_t payload_count_ = 0;
  bool video_;
  bool rtx_;
  bool sent_any_ = false;
  uint8_t last_encoding_ = kNoEncoding;  // also after stop()
  uint8_t next_report_ = 0;
  uint8_t fraction_lost_ = 0;            // as the receiver last said, of 256
  uint16_t first_rtx_;
  uint32_t clock_rate_hz_;
  uint32_t ideal_timestamp_offset_ = 0;  // without what strict order added
  uint32_t round_trip_us_ = 100'000;
  uint32_t rate_at_ms_ = 0;              // of the last reading of the rate; 0: none yet
  uint32_t rate_bps_ = 0;
  int64_t first_out_ = 0;                // of the current encoding
  Former former_;
  std::unique_ptr<Exceptions> exceptions_;  // from the first one on
  std::array<ReportSent, 4> reports_sent_;
  uint32_t packets_lost_ = 0;
  uint32_t jitter_us_ = 0;
  uint32_t plis_ = 0;
  uint32_t rate_bytes_ = 0;              // at the last reading of the rate: the sum's lower bits
};

}  // namespace chroom::streams
