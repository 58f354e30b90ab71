#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "rtcp/reader.h"

// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
namespace chroom::rtcp {

inline constexpr int64_t kNotReceived = INT64_MIN;
inline constexpr int64_t kDeltaTickUs = 250;
inline constexpr int64_t kReferenceTickUs = 64000;
// One message about more packets than this is refused, and never built.
inline constexpr size_t kMaxFeedbackPackets = 4096;

// A parsed and verified message: chunks and deltas agree with the status count.
class TransportFeedback {
 public:
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  uint16_t base_sequence = 0;
  uint16_t packet_count = 0;     // 1 to kMaxFeedbackPackets
  int32_t reference_time = 0;    // 24 bits signed, in 64 ms
  uint8_t feedback_count = 0;

  // Calls f(uint16_t sequence, int64_t arrival_us) for each of packet_count packets in order. arrival_us is on the
  // receiver's clock (reference_time * 64 ms plus the deltas), or kNotReceived.
  template <typename F>
  void for_each(F&& f) const {
    Cursor cursor(*this);
    for (uint16_t i = 0; i < packet_count; ++i) {
      const int64_t arrival_us = cursor.next();
      f(static_cast<uint16_t>(base_sequence + i), arrival_us);
    }
  }

 private:
  friend std::optional<TransportFeedback> parse_transport_feedback(const PacketView&);
  class Cursor {
   public:
    explicit Cursor(const TransportFeedback& feedback);
    int64_t next();

   private:
    void load_chunk();
    const uint8_t* chunk_at_;
    const uint8_t* delta_at_;
    int64_t time_us_;
    uint16_t chunk_ = 0;
    uint16_t left_in_chunk_ = 0;
  };
  const uint8_t* chunks_ = nullptr;  // borrowed from the packet
  const uint8_t* deltas_ = nullptr;
};
std::optional<TransportFeedback> parse_transport_feedback(const PacketView& packet);

// Writes one message about arrivals[0..], the packets base_sequence, base_sequence + 1, ... Times are in microseconds
// on one monotonic clock, or kNotReceived; the first of them should be received.
struct FeedbackWritten {
  size_t length = 0;   // bytes of the RTCP packet; 0: nothing could be written (no room, or nothing received)
  size_t packets = 0;  // how many of `arrivals` it tells about; call again with the rest, later base and next count
};
FeedbackWritten write_transport_feedback(MutableBytes out, uint32_t sender_ssrc, uint32_t media_ssrc,
                                         uint8_t feedback_count, uint16_t base_sequence,
                                         std::span<const int64_t> arrivals_us);

}  // namespace chroom::rtcp
