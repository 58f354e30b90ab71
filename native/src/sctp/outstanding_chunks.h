#pragma once
#include <cstdint>
#include <optional>

#include "sctp/chunks.h"
#include "sctp/fifo.h"
#include "sctp/packet_writer.h"
#include "sctp/send_queue.h"

namespace chroom::sctp {

// The chunks between the peer's cumulative TSN and our next one: what is in flight, acknowledged out of order, lost, or
// given up (RFC 9260, sections 6.2.1 and 7.2.4; RFC 3758, section 3.5). Knows nothing of time but message deadlines.
class OutstandingChunks {
 public:
  // No more chunks than a gap block can name; send_buffer_bytes is reached long before.
  static constexpr size_t kMaxChunks = 16 * 1024;
  static constexpr uint8_t kMissesUntilLost = 3;

  OutstandingChunks() = default;
  explicit OutstandingChunks(uint32_t initial_tsn)
      : next_tsn_(initial_tsn), cumulative_acked_(initial_tsn - 1), advanced_point_(initial_tsn - 1) {}

  enum class SackFault : uint8_t { kNone, kStale, kAcksUnsent };
  struct SackResult {
    SackFault fault = SackFault::kNone;
    size_t acked_bytes = 0;
    bool cumulative_moved = false;
    bool found_losses = false;
    std::optional<Duration> round_trip;  // At most one sample at a time is under way, never of a repeated chunk.
  };
  SackResult on_sack(const SackChunk& sack, bool in_fast_recovery, Instant now);
  // SHUTDOWN carries only a cumulative TSN.
  SackResult on_cumulative_ack(uint32_t cumulative_tsn, Instant now);

  // Messages may be given up only if the peer understands FORWARD TSN.
  void set_partial_reliability(bool supported) { partial_reliability_ = supported; }

  bool full() const { return chunks_.size() >= kMaxChunks; }
  // Gives the fragment the next TSN and writes it.
  void send_new(Fragment fragment, bool immediate, PacketWriter& packet, Instant now);

  // Retransmission in TSN order. The size is that of the whole padded chunk; zero when nothing is lost. Messages whose
  // deadline passed are given up here.
  size_t next_lost_chunk_bytes(Instant now);
  // Returns whether it was the earliest outstanding chunk. Precondition: next_lost_chunk_bytes() is not zero.
  bool retransmit_next(PacketWriter& packet);
  void mark_all_lost(Instant now);

  // Gives up a message that was begun and still has queued bytes.
  void abandon_begun(const OutgoingMessagePtr& message);
  // A begun message that was given up while bytes of it were still queued: the caller drops those. At most one.
  OutgoingMessagePtr take_cut_short() { return std::exchange(cut_short_, nullptr); }

  // RFC 3758, section 3.5, C2: whether the peer's cumulative TSN may be moved over abandoned chunks.
  bool needs_forward_tsn() const { return tsn_after(advanced_point_, cumulative_acked_); }
  bool write_forward_tsn(PacketWriter& packet);
  // Whether the point moved since the last call.
  bool take_forward_news() { return std::exchange(announced_point_, advanced_point_) != advanced_point_; }

  bool empty() const { return chunks_.empty(); }
  bool has_lost() const { return lost_ > 0; }
  bool needs_timer() const { return in_flight_or_lost_ > 0 || needs_forward_tsn(); }
  size_t flight_bytes() const { return flight_bytes_; }
  uint32_t next_tsn() const { return next_tsn_; }
  uint32_t cumulative_acked() const { return cumulative_acked_; }
  bool has_chunks_of(uint16_t stream_id) const;
  void clear();

  struct Released {
    size_t bytes = 0;     // Payload bytes that left the send buffer since the last call.
    size_t messages = 0;  // Messages that ended.
  };
  Released take_released() { return std::exchange(released_, Released{}); }
  uint32_t take_abandoned_messages() { return std::exchange(abandoned_messages_, 0u); }
  uint32_t take_retransmitted() { return std::exchange(retransmitted_, 0u); }

 private:
  enum class State : uint8_t { kInFlight, kAcked, kLost, kAbandoned };
  struct Sent {
    OutgoingMessagePtr message;
    uint32_t offset;
    uint32_t missing_floor_tsn;  // After a retransmission only SACKs of TSNs sent later say that it is missing again.
    uint32_t transmissions;
    uint16_t length;
    uint8_t flags;
    uint8_t misses;
    State state;
  };

  uint32_t tsn_at(size_t index) const { return cumulative_acked_ + 1 + static_cast<uint32_t>(index); }
  void release_up_to(uint32_t cumulative_tsn, SackResult& result, Instant now);
  uint32_t apply_gap_blocks(const SackChunk& sack, SackResult& result, Instant now);
  void count_misses(uint32_t highest_newly_acked, uint32_t highest_reported, bool all_reported, SackResult& result, Instant now);
  void leave_flight(Sent& chunk);
  void check_probe(uint32_t tsn, SackResult& result, Instant now);
  void declare_lost(size_t index, Instant now);
  bool must_abandon(const Sent& chunk, Instant now) const;
  void abandon_message_at(size_t index);
  void give_up(Sent& chunk);
  void end_early(const OutgoingMessagePtr& message);
  void advance_point();
  void write_data(const Sent& chunk, uint32_t tsn, uint8_t extra_flags, PacketWriter& packet) const;

  Fifo<Sent> chunks_;
  uint32_t next_tsn_ = 0;
  uint32_t cumulative_acked_ = 0;
  uint32_t advanced_point_ = 0;
  uint32_t announced_point_ = 0;
  uint32_t lost_hint_tsn_ = 0;  // No lost chunk comes before it.
  std::optional<uint32_t> probe_tsn_;
  Instant probe_sent_at_{};
  size_t flight_bytes_ = 0;
  size_t in_flight_or_lost_ = 0;
  size_t lost_ = 0;
  size_t acked_ = 0;
  OutgoingMessagePtr cut_short_;
  Released released_;
  uint32_t abandoned_messages_ = 0;
  uint32_t retransmitted_ = 0;
  bool partial_reliability_ = true;
};

}  // namespace chroom::sctp
