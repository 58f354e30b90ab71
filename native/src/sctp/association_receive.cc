#include <algorithm>

#include "sctp/association_impl.h"

namespace chroom::sctp {

void Association::Impl::receive(Bytes packet, Instant now) {
  if (ended_) return;
  ++counters_.packets_received;
  PacketHeader header;
  const PacketFault fault = read_packet_header(packet, header);
  if (fault != PacketFault::kNone) {
    ++(fault == PacketFault::kChecksum ? counters_.dropped_checksum : counters_.dropped_malformed);
    return;
  }
  ChunkCursor cursor(packet.subspan(kCommonHeaderBytes));
  auto chunk = cursor.next();
  if (!chunk) {
    ++counters_.dropped_malformed;
    return;
  }
  const bool right_ports = header.source_port == config_.remote_port && header.destination_port == config_.local_port;
  if (!right_ports || !tag_is_valid(header, *chunk)) {
    ++counters_.dropped_tag;
    return;
  }
  packet_had_data_ = false;
  const bool must_be_alone = chunk->type == ChunkType::kInit || chunk->type == ChunkType::kInitAck ||
                             chunk->type == ChunkType::kShutdownComplete;
  if (must_be_alone && !cursor.at_end()) {  // RFC 9260, section 4.3.
    ++counters_.dropped_malformed;
    return;
  }
  for (; chunk; chunk = cursor.next()) {
    if (!dispatch(*chunk, header, now) || ended_) break;
  }
  if (cursor.malformed()) ++counters_.dropped_malformed;
  if (packet_had_data_ && !ended_) finish_data_packet(now);
}

// RFC 9260, section 8.5.
bool Association::Impl::tag_is_valid(const PacketHeader& header, const Chunk& first) const {
  const bool reflected = (first.flags & kFlagTagReflected) != 0;
  switch (first.type) {
    case ChunkType::kInit: return header.verification_tag == 0;
    case ChunkType::kCookieEcho: return header.verification_tag != 0;  // Compared with the tag in the cookie.
    case ChunkType::kAbort:
    case ChunkType::kShutdownComplete:
      if (reflected) return peer_.tag != 0 && header.verification_tag == peer_.tag;
      break;
    default: break;
  }
  return header.verification_tag == local_tag_;
}

// False: the rest of the packet is not to be read.
bool Association::Impl::dispatch(const Chunk& chunk, const PacketHeader& header, Instant now) {
  switch (chunk.type) {
    case ChunkType::kInit:
      if (header.verification_tag == 0) on_init(chunk, now);
      return false;
    case ChunkType::kInitAck: on_init_ack(chunk, now); return false;
    case ChunkType::kCookieEcho: on_cookie_echo(chunk, header, now); return header.verification_tag == local_tag_;
    case ChunkType::kCookieAck:
      if (state_ != AssociationState::kCookieEchoed) return true;
      if (handshake_sent_at_ != kNever) rto_.add_sample(now - handshake_sent_at_);
      establish(PeerOffer(peer_), now);
      return true;
    case ChunkType::kAbort: on_abort(chunk); return false;
    case ChunkType::kError: on_error(chunk, now); return true;
    default: break;
  }
  if (!is_synchronized()) {
    ++counters_.dropped_state;
    return true;
  }
  switch (chunk.type) {
    case ChunkType::kData: on_data(chunk, now); break;
    case ChunkType::kSack: on_sack(chunk, now); break;
    case ChunkType::kForwardTsn: on_forward_tsn(chunk, now); break;
    case ChunkType::kHeartbeat: push_control(ChunkType::kHeartbeatAck, 0, chunk.value); break;
    case ChunkType::kHeartbeatAck: on_heartbeat_ack(chunk, now); break;
    case ChunkType::kReconfig: on_reconfig(chunk, now); break;
    case ChunkType::kShutdown: on_shutdown(chunk, now); break;
    case ChunkType::kShutdownAck: on_shutdown_ack(); break;
    case ChunkType::kShutdownComplete:
      if (state_ == AssociationState::kShutdownAckSent) finish_shutdown();
      break;
    default: return on_unknown_chunk(chunk);
  }
  return true;
}

// RFC 9260, section 3.2: the two high bits of an unknown type say whether to report it and whether to go on.
bool Association::Impl::on_unknown_chunk(const Chunk& chunk) {
  const auto type = static_cast<uint8_t>(chunk.type);
  if ((type & 0x40) != 0) {
    push_error(cause::kUnrecognizedChunk, chunk.whole.first(std::min(chunk.whole.size(), kMaxReportedChunkBytes)));
  }
  return (type & 0x80) != 0;
}

void Association::Impl::on_data(const Chunk& chunk, Instant now) {
  const auto data = parse_data(chunk);
  if (!data) {
    ++counters_.dropped_malformed;
    return;
  }
  if (state_ > AssociationState::kShutdownSent) return;  // The peer said that it has no more.
  if (data->payload.empty()) {
    abort_with_cause(AbortReason::kProtocolViolation, cause::kNoUserData, "DATA without user data");
    return;
  }
  packet_had_data_ = true;
  if ((chunk.flags & kDataFlagImmediate) != 0) sack_now_ = true;
  switch (received_.classify(data->tsn)) {
    case ReceivedTsns::Verdict::kDuplicate:
      ++counters_.duplicate_tsns;
      received_.note_duplicate(data->tsn);
      sack_now_ = true;
      return;
    case ReceivedTsns::Verdict::kOutOfWindow:
      ++counters_.dropped_out_of_window;
      sack_now_ = true;
      return;
    case ReceivedTsns::Verdict::kNew: break;
  }
  if (!fits_receive_buffer(*data)) {
    ++counters_.dropped_out_of_window;
    sack_now_ = true;
    return;
  }
  received_.add(data->tsn);
  if (data->stream_id >= config_.max_streams) {  // Section 6.5: acknowledged, reported, thrown away.
    uint8_t info[4] = {};
    store_be16(info, data->stream_id);
    push_error(cause::kInvalidStream, info);
    return;
  }
  if (!reassembly_.add(*data)) {
    ++counters_.dropped_too_long;
    abort_with_cause(AbortReason::kMessageTooLarge, cause::kOutOfResource, "message larger than max-message-size");
    return;
  }
  while (!ended_ && reassembly_.has_ready()) on_message(reassembly_.take_ready(), now);
}

// Chunks behind a hole stay inside the advertised window. The next expected one is always let in while a partial
// message of legal size can explain what is held, for it is what empties the buffer.
bool Association::Impl::fits_receive_buffer(const DataChunk& data) const {
  const size_t needed = receive_buffer_used() + data.payload.size() + Reassembly::kOverheadBytes;
  if (needed <= config_.receive_window_bytes) return true;
  const bool is_next = data.tsn == received_.cumulative() + 1;
  return is_next && event_bytes_ < config_.receive_window_bytes &&
         needed <= config_.receive_window_bytes + config_.max_incoming_message_bytes;
}

void Association::Impl::finish_data_packet(Instant now) {
  reassembly_.prune(received_.cumulative());
  if (reset_.has_deferred()) apply_reset(reset_.on_cumulative_tsn(received_.cumulative()), now);
  // RFC 9260, section 6.2: every second packet, and at once while something is missing.
  if (++data_packets_since_sack_ >= 2 || received_.has_gaps()) sack_now_ = true;
  if (!sack_now_ && sack_timer_ == kNever) sack_timer_ = now + config_.delayed_ack;
  if (state_ == AssociationState::kShutdownSent) {  // Section 9.2: SHUTDOWN acknowledges what still comes.
    shutdown_due_ = true;
    sack_now_ = true;
    shutdown_timer_ = now + rto_.value();
  }
}

void Association::Impl::on_sack(const Chunk& chunk, Instant now) {
  const auto sack = parse_sack(chunk);
  if (!sack) {
    ++counters_.dropped_malformed;
    return;
  }
  const size_t flight_before = outstanding_.flight_bytes();
  const auto result = outstanding_.on_sack(*sack, congestion_.in_fast_recovery(), now);
  if (result.fault == OutstandingChunks::SackFault::kStale) return;
  if (result.fault == OutstandingChunks::SackFault::kAcksUnsent) {
    abort_with_cause(AbortReason::kProtocolViolation, cause::kProtocolViolation, "SACK acknowledges an unsent TSN");
    return;
  }
  const size_t flight = outstanding_.flight_bytes();
  peer_window_bytes_ = sack->receiver_window_bytes > flight ? sack->receiver_window_bytes - flight : 0;
  if (sack->receiver_window_bytes == 0) errors_ = 0;  // Section 6.1, rule A: it answers, it is alive.
  after_acknowledgement(result, flight_before, now);
}

void Association::Impl::after_acknowledgement(const OutstandingChunks::SackResult& result, size_t flight_before,
                                              Instant now) {
  if (result.round_trip) rto_.add_sample(*result.round_trip);
  if (result.acked_bytes > 0 || result.cumulative_moved) errors_ = 0;
  if (congestion_.in_fast_recovery() && !tsn_after(congestion_.exit_tsn(), outstanding_.cumulative_acked())) {
    congestion_.leave_fast_recovery();
  }
  congestion_.on_ack(result.acked_bytes, result.cumulative_moved, flight_before);
  if (outstanding_.empty()) congestion_.on_all_acked();
  if (result.found_losses && !congestion_.in_fast_recovery()) {
    congestion_.enter_fast_recovery(outstanding_.next_tsn() - 1);
    burst_past_window_ = true;
    ++counters_.fast_retransmits;
  }
  if (!outstanding_.needs_timer()) {
    data_timer_ = kNever;
  } else if (result.cumulative_moved || data_timer_ == kNever) {
    data_timer_ = now + rto_.value();
  }
  settle_send_buffer();
  note_forward_tsn(now);
  start_resets();
  progress_shutdown(now);
}

void Association::Impl::on_forward_tsn(const Chunk& chunk, Instant now) {
  const auto forward = parse_forward_tsn(chunk);
  if (!forward) {
    ++counters_.dropped_malformed;
    return;
  }
  packet_had_data_ = true;
  sack_now_ = true;  // RFC 3758, section 3.6: the sender waits for it.
  const uint32_t ahead = forward->new_cumulative_tsn - received_.cumulative();
  if (ahead == 0 || ahead > ReceivedTsns::kMaxAhead) {
    if (ahead != 0 && tsn_after(forward->new_cumulative_tsn, received_.cumulative())) ++counters_.dropped_out_of_window;
    return;
  }
  received_.skip_to(forward->new_cumulative_tsn);
  for (size_t i = 0; i < forward->stream_count(); ++i) {
    if (forward->stream_id(i) < config_.max_streams) reassembly_.skip_ordered(forward->stream_id(i), forward->ssn(i));
  }
  reassembly_.prune(received_.cumulative());
  while (!ended_ && reassembly_.has_ready()) on_message(reassembly_.take_ready(), now);
}

void Association::Impl::on_heartbeat_ack(const Chunk& chunk, Instant now) {
  ParameterCursor cursor(chunk.value);
  const auto info = cursor.next();
  if (!info || info->value.size() != 8 || !heartbeat_nonce_ || load_be64(info->value.data()) != *heartbeat_nonce_) {
    ++counters_.dropped_state;
    return;
  }
  heartbeat_nonce_.reset();
  errors_ = 0;
  rto_.add_sample(now - heartbeat_sent_at_);
  heartbeat_timer_ = next_heartbeat(now);
}

void Association::Impl::on_abort(const Chunk& chunk) {
  if (state_ == AssociationState::kClosed) {
    ++counters_.dropped_state;
    return;
  }
  ParameterCursor cursor(chunk.value);
  const auto first = cursor.next();
  std::string detail = "peer sent ABORT";
  if (first) detail += " with cause " + std::to_string(first->type);
  end_aborted(AbortReason::kPeer, std::move(detail));
}

void Association::Impl::on_error(const Chunk& chunk, Instant now) {
  ParameterCursor cursor(chunk.value);
  while (const auto item = cursor.next()) {
    if (item->type == cause::kStaleCookie) on_stale_cookie(now);
    if (ended_) return;
  }
}

void Association::Impl::on_reconfig(const Chunk& chunk, Instant now) {
  apply_reset(reset_.on_reconfig(chunk, received_.cumulative()), now);
}

uint32_t Association::Impl::advertised_window() const {
  const size_t used = receive_buffer_used();
  return static_cast<uint32_t>(used < config_.receive_window_bytes ? config_.receive_window_bytes - used : 0);
}

}  // namespace chroom::sctp
