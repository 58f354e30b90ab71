#pragma once
#include "sctp/association.h"
#include "sctp/chunks.h"
#include "sctp/congestion_window.h"
#include "sctp/fifo.h"
#include "sctp/outstanding_chunks.h"
#include "sctp/packet_reader.h"
#include "sctp/packet_writer.h"
#include "sctp/reassembly.h"
#include "sctp/received_tsns.h"
#include "sctp/retransmission_timeout.h"
#include "sctp/send_queue.h"
#include "sctp/state_cookie.h"
#include "sctp/stream_reset.h"

namespace chroom::sctp {

// The state machine behind Association. Split by subject over association_lifecycle.cc (timers, events),
// association_handshake.cc, association_receive.cc, association_transmit.cc and association_channels.cc.
class Association::Impl {
 public:
  Impl(const Config& config, RandomSource& random);

  void connect(Instant now);
  void shutdown(Instant now);
  void abort(std::string_view detail);
  void receive(Bytes packet, Instant now);
  size_t poll_transmit(MutableBytes out, Instant now);
  Instant next_deadline() const;
  void on_timeout(Instant now);
  std::optional<Event> poll_event();
  Result<uint16_t> open_channel(const ChannelParameters& parameters, Instant now);
  Result<void> close_channel(uint16_t stream_id, Instant now);
  Result<void> check_send(uint16_t stream_id, size_t message_bytes);
  Result<void> send(uint16_t stream_id, uint32_t ppid, SharedPayload message, Instant now);
  size_t buffered_bytes(uint16_t stream_id) const { return queue_.stream_bytes(stream_id); }
  void set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes);

  AssociationState state() const { return state_; }
  const Counters& counters() const { return counters_; }
  Duration smoothed_rtt() const { return rto_.smoothed(); }
  size_t congestion_window_bytes() const { return congestion_.bytes(); }

 private:
  static constexpr size_t kMaxControls = 8;     // Replies waiting for a packet; a flood of requests loses the rest.
  static constexpr size_t kMaxStandalone = 2;   // INIT ACK, ABORT, SHUTDOWN COMPLETE: alone in their packet.
  static constexpr size_t kMessageOverheadBytes = 64;
  static constexpr size_t kLossyShare = 4;  // A partially reliable channel queues at most this part of the send buffer.
  static constexpr size_t kMaxReportedChunkBytes = 256;

  enum class ChannelState : uint8_t { kOpening, kOpen, kClosing };
  struct Channel {
    uint16_t id;
    ChannelState state;
    bool buffered_above = false;
    bool reset_requested = false;  // Our outgoing reset is on its way or done.
    bool reset_finished = false;
    bool reset_by_peer = false;
    size_t low_threshold_bytes = 0;
    ChannelParameters parameters;
  };
  struct Standalone {
    uint32_t verification_tag;
    std::vector<uint8_t> chunk;
  };
  struct PeerOffer {  // From INIT, INIT ACK or the cookie.
    uint32_t tag = 0;
    uint32_t initial_tsn = 0;
    uint32_t window_bytes = 0;
    uint16_t outbound_streams = 0;
    uint16_t inbound_streams = 0;
    bool forward_tsn = false;
    bool reconfig = false;
  };

  // association_lifecycle.cc
  bool is_synchronized() const { return state_ >= AssociationState::kEstablished; }
  bool accepts_messages() const { return !ended_ && state_ <= AssociationState::kEstablished; }
  void end_aborted(AbortReason reason, std::string detail);
  void abort_with_cause(AbortReason reason, uint16_t cause_code, std::string_view detail);
  void finish_shutdown();
  void release_everything();
  void count_error(const char* what);
  void on_init_timeout(Instant now);
  void on_data_timeout(Instant now);
  void on_heartbeat_timeout(Instant now);
  Instant next_heartbeat(Instant now) const {
    return config_.heartbeat_interval > Duration{0} ? now + config_.heartbeat_interval : kNever;
  }
  void on_reset_timeout(Instant now);
  void on_shutdown_timeout(Instant now);
  void push_event(Event event);

  // association_handshake.cc
  void on_init(const Chunk& chunk, Instant now);
  void on_init_ack(const Chunk& chunk, Instant now);
  void on_cookie_echo(const Chunk& chunk, const PacketHeader& header, Instant now);
  void on_stale_cookie(Instant now);
  void establish(const PeerOffer& peer, Instant now);
  void write_init_chunk(std::vector<uint8_t>& chunk, ChunkType type, uint32_t tag) const;
  void reply_init_ack(const InitChunk& init, uint32_t local_tag, bool with_tie_tags, Instant now);
  void on_shutdown(const Chunk& chunk, Instant now);
  void on_shutdown_ack();
  void progress_shutdown(Instant now);

  // association_receive.cc
  bool tag_is_valid(const PacketHeader& header, const Chunk& first) const;
  bool dispatch(const Chunk& chunk, const PacketHeader& header, Instant now);
  bool on_unknown_chunk(const Chunk& chunk);
  void on_data(const Chunk& chunk, Instant now);
  bool fits_receive_buffer(const DataChunk& data) const;
  void on_sack(const Chunk& chunk, Instant now);
  void after_acknowledgement(const OutstandingChunks::SackResult& result, size_t flight_before, Instant now);
  void on_forward_tsn(const Chunk& chunk, Instant now);
  void on_heartbeat_ack(const Chunk& chunk, Instant now);
  void on_abort(const Chunk& chunk);
  void on_error(const Chunk& chunk, Instant now);
  void on_reconfig(const Chunk& chunk, Instant now);
  void finish_data_packet(Instant now);
  size_t receive_buffer_used() const { return reassembly_.buffered_bytes() + event_bytes_; }
  uint32_t advertised_window() const;

  // association_transmit.cc
  void push_control(ChunkType type, uint8_t flags, Bytes value);
  void push_error(uint16_t cause_code, Bytes info);
  void push_standalone(uint32_t verification_tag, std::vector<uint8_t> chunk);
  bool write_handshake(PacketWriter& packet, uint32_t& verification_tag, Instant now);
  void write_controls(PacketWriter& packet);
  void write_acknowledgements(PacketWriter& packet, Instant now);
  void write_lost(PacketWriter& packet, Instant now);
  void write_new_data(PacketWriter& packet, Instant now);
  OutgoingMessagePtr next_message(Instant now);
  bool can_send_data(Instant now);
  bool window_allows(size_t bytes) const;
  void note_forward_tsn(Instant now);
  void settle_send_buffer();

  // association_channels.cc
  Channel* find_channel(uint16_t id);
  Channel& add_channel(uint16_t id, ChannelState state, ChannelParameters parameters);
  Result<uint16_t> choose_stream_id(const ChannelParameters& parameters) const;
  void enqueue(Channel& channel, uint32_t ppid, SharedPayload payload, bool reliable, Instant now);
  void on_message(AssembledMessage message, Instant now);
  void on_dcep(const AssembledMessage& message, Instant now);
  void on_channel_open(const AssembledMessage& message, Instant now);
  void refuse_stream(uint16_t id);
  void mark_open(Channel& channel, bool opened_by_peer);
  void apply_reset(const StreamReset::Outcome& outcome, Instant now);
  void on_peer_reset(Channel& channel);
  void start_resets();
  void remove_finished_channels();
  void check_buffered_low(uint16_t stream_id);
  void drop_channels_beyond(uint16_t stream_count);

  const Config config_;
  RandomSource& random_;  // Borrowed.

  AssociationState state_ = AssociationState::kClosed;
  bool ended_ = false;
  uint32_t local_tag_;
  uint32_t local_initial_tsn_;
  PeerOffer peer_;
  CookieSecret secret_;
  std::vector<uint8_t> cookie_;  // The peer's, until established.
  bool handshake_due_ = false;   // INIT or COOKIE ECHO is to be (re)sent.
  Instant handshake_sent_at_ = kNever;  // Unless it was repeated (Karn's rule).

  RetransmissionTimeout rto_;
  CongestionWindow congestion_;
  uint32_t errors_ = 0;  // Timeouts since the peer last answered.
  Instant handshake_timer_ = kNever;  // T1
  Instant shutdown_timer_ = kNever;   // T2
  Instant data_timer_ = kNever;       // T3
  Instant reset_timer_ = kNever;
  Instant sack_timer_ = kNever;
  Instant heartbeat_timer_ = kNever;

  ReceivedTsns received_;
  Reassembly reassembly_;
  Fifo<Event> events_;
  size_t event_bytes_ = 0;  // Of messages in events_, with overhead.
  uint8_t data_packets_since_sack_ = 0;
  bool packet_had_data_ = false;
  bool sack_now_ = false;
  uint32_t last_advertised_window_ = 0;

  SendQueue queue_;
  OutstandingChunks outstanding_;
  size_t send_buffer_used_ = 0;
  size_t peer_window_bytes_ = 0;
  bool burst_past_window_ = false;  // The first packet of a fast retransmit ignores cwnd (RFC 9260, section 7.2.4).
  bool forward_tsn_due_ = false;
  Instant forward_tsn_sent_at_{};
  Instant data_sent_at_{};

  std::optional<uint64_t> heartbeat_nonce_;
  Instant heartbeat_sent_at_{};
  bool shutdown_due_ = false;
  Fifo<std::vector<uint8_t>> controls_;
  Fifo<Standalone> standalone_;
  std::vector<Channel> channels_;
  std::vector<uint16_t> refused_streams_;  // To be reset without ever having been channels; bounded by max_channels.
  StreamReset reset_;
  Counters counters_;
};

}  // namespace chroom::sctp
