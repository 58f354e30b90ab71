#include <algorithm>

#include "sctp/association_impl.h"
#include "vocabulary/check.h"

namespace chroom::sctp {
namespace {

// A packet with other chunks takes a piece of a large message only if the piece is worth its header.
constexpr size_t kMinPieceBytes = 256;

}  // namespace

size_t Association::Impl::poll_transmit(MutableBytes out, Instant now) {
  CHROOM_CHECK(out.size() >= config_.max_packet_bytes, "callers size their buffer by Config::max_packet_bytes");
  PacketWriter packet(out.first(config_.max_packet_bytes));
  uint32_t verification_tag = peer_.tag;
  if (!write_handshake(packet, verification_tag, now) && is_synchronized()) {
    // Expired messages leave first: what waits for an empty queue may go on.
    next_message(now);
    start_resets();
    progress_shutdown(now);
    write_controls(packet);
    write_acknowledgements(packet, now);
    write_lost(packet, now);
    write_new_data(packet, now);
  }
  if (packet.empty()) return 0;
  burst_past_window_ = false;
  ++counters_.packets_sent;
  return packet.finish({config_.local_port, config_.remote_port, verification_tag});
}

// Chunks that travel alone or before the association is up. True if the packet is complete.
bool Association::Impl::write_handshake(PacketWriter& packet, uint32_t& verification_tag, Instant now) {
  if (!standalone_.empty()) {
    const Standalone next = standalone_.pop_front();
    verification_tag = next.verification_tag;
    CHROOM_CHECK(packet.add_whole_chunk(next.chunk), "standalone chunks are smaller than the smallest packet");
    return true;
  }
  if (!handshake_due_) return false;
  handshake_due_ = false;
  handshake_sent_at_ = errors_ == 0 ? now : kNever;
  if (state_ == AssociationState::kCookieWait) {
    std::vector<uint8_t> init;
    write_init_chunk(init, ChunkType::kInit, local_tag_);
    packet.add_whole_chunk(init);
    verification_tag = 0;
    return true;
  }
  if (state_ != AssociationState::kCookieEchoed) return false;
  const MutableBytes value = packet.add_chunk(ChunkType::kCookieEcho, 0, cookie_.size());
  std::copy(cookie_.begin(), cookie_.end(), value.begin());
  write_controls(packet);
  return true;
}

void Association::Impl::write_controls(PacketWriter& packet) {
  while (!controls_.empty()) {
    if (!packet.add_whole_chunk(controls_.front())) {
      if (!packet.empty()) return;
      ++counters_.dropped_malformed;  // A reply to something larger than our packets.
    }
    controls_.pop_front();
  }
}

void Association::Impl::write_acknowledgements(PacketWriter& packet, Instant now) {
  const bool sack_waits = sack_timer_ != kNever;
  if (sack_now_ || (sack_waits && can_send_data(now))) {
    if (!received_.write_sack(packet, advertised_window())) return;
    last_advertised_window_ = advertised_window();
    sack_now_ = false;
    sack_timer_ = kNever;
    data_packets_since_sack_ = 0;
  }
  if (reset_.has_output() && reset_.write(packet)) reset_timer_ = now + rto_.value();
  if (forward_tsn_due_ && outstanding_.write_forward_tsn(packet)) {
    forward_tsn_due_ = false;
    forward_tsn_sent_at_ = now;
    if (data_timer_ == kNever) data_timer_ = now + rto_.value();
  }
  if (!shutdown_due_) return;
  if (state_ == AssociationState::kShutdownSent && packet.room() >= kChunkHeaderBytes + 4) {
    store_be32(packet.add_chunk(ChunkType::kShutdown, 0, 4).data(), received_.cumulative());
    shutdown_due_ = false;
  } else if (state_ == AssociationState::kShutdownAckSent && packet.room() >= kChunkHeaderBytes) {
    packet.add_chunk(ChunkType::kShutdownAck, 0, 0);
    shutdown_due_ = false;
  }
}

// Retransmissions go before new data (RFC 9260, section 6.1, rule C).
void Association::Impl::write_lost(PacketWriter& packet, Instant now) {
  while (const size_t chunk_bytes = outstanding_.next_lost_chunk_bytes(now)) {
    if (!burst_past_window_ && outstanding_.flight_bytes() >= congestion_.bytes()) break;
    if (chunk_bytes > packet.room()) break;
    const bool earliest = outstanding_.retransmit_next(packet);
    if (earliest || data_timer_ == kNever) data_timer_ = now + rto_.value();
    data_sent_at_ = now;
  }
  settle_send_buffer();
}

void Association::Impl::write_new_data(PacketWriter& packet, Instant now) {
  if (outstanding_.has_lost()) return;
  while (const OutgoingMessagePtr message = next_message(now)) {
    if (packet.room() <= kDataHeaderBytes) return;
    const size_t room = packet.room() - kDataHeaderBytes;
    const size_t piece = std::min(room, message->remaining_bytes());
    const bool worth = piece == message->remaining_bytes() || piece >= kMinPieceBytes || packet.empty();
    if (!worth || !window_allows(piece)) return;
    if (outstanding_.empty() && now - data_sent_at_ > rto_.value()) congestion_.on_idle();
    const uint16_t stream_id = message->stream_id;
    const bool window_full = outstanding_.flight_bytes() + piece >= congestion_.bytes();
    outstanding_.send_new(queue_.cut(piece), window_full, packet, now);
    peer_window_bytes_ -= std::min(peer_window_bytes_, piece);
    data_sent_at_ = now;
    if (data_timer_ == kNever) data_timer_ = now + rto_.value();
    check_buffered_low(stream_id);
  }
}

// The next message that may still be sent; begun messages that expired are given up on the way.
OutgoingMessagePtr Association::Impl::next_message(Instant now) {
  OutgoingMessagePtr message = queue_.next(now);
  while (message != nullptr && message->fragmented_bytes > 0 && message->expires_at <= now && peer_.forward_tsn) {
    outstanding_.abandon_begun(message);
    settle_send_buffer();
    note_forward_tsn(now);
    message = queue_.next(now);
  }
  settle_send_buffer();
  return message;
}

bool Association::Impl::can_send_data(Instant now) {
  if (outstanding_.has_lost()) return burst_past_window_ || outstanding_.flight_bytes() < congestion_.bytes();
  const OutgoingMessagePtr message = next_message(now);
  return message != nullptr && window_allows(std::min(message->remaining_bytes(), config_.max_packet_bytes));
}

// Congestion window by RFC 9260, section 6.1, rule B; receiver window by rule A with its one probe chunk.
bool Association::Impl::window_allows(size_t bytes) const {
  if (outstanding_.full() || outstanding_.flight_bytes() >= congestion_.bytes()) return false;
  return bytes <= peer_window_bytes_ || outstanding_.flight_bytes() == 0;
}

// Sent again at most once per round trip unless it says something new; T3 repeats it too.
void Association::Impl::note_forward_tsn(Instant now) {
  if (!outstanding_.needs_forward_tsn()) {
    forward_tsn_due_ = false;
  } else if (outstanding_.take_forward_news() || now - forward_tsn_sent_at_ > rto_.smoothed()) {
    forward_tsn_due_ = true;
  }
  if (outstanding_.needs_timer() && data_timer_ == kNever) data_timer_ = now + rto_.value();
}

// Takes what left the queue or the flight off the send buffer.
void Association::Impl::settle_send_buffer() {
  if (const OutgoingMessagePtr cut_short = outstanding_.take_cut_short()) {
    send_buffer_used_ -= cut_short->remaining_bytes();
    queue_.forget_current();
    check_buffered_low(cut_short->stream_id);
  }
  const auto released = outstanding_.take_released();
  const auto dropped = queue_.take_dropped();
  send_buffer_used_ -= released.bytes + dropped.bytes + (released.messages + dropped.messages) * kMessageOverheadBytes;
  counters_.messages_abandoned += outstanding_.take_abandoned_messages() + static_cast<uint32_t>(dropped.messages);
  counters_.chunks_retransmitted += outstanding_.take_retransmitted();
}

void Association::Impl::push_control(ChunkType type, uint8_t flags, Bytes value) {
  if (controls_.size() >= kMaxControls) return;
  std::vector<uint8_t> chunk(kChunkHeaderBytes + value.size());
  chunk[0] = static_cast<uint8_t>(type);
  chunk[1] = flags;
  store_be16(chunk.data() + 2, static_cast<uint16_t>(chunk.size()));
  std::copy(value.begin(), value.end(), chunk.begin() + kChunkHeaderBytes);
  controls_.push_back(std::move(chunk));
}

void Association::Impl::push_error(uint16_t cause_code, Bytes info) {
  std::vector<uint8_t> cause_bytes(kParameterHeaderBytes + info.size());
  store_be16(cause_bytes.data(), cause_code);
  store_be16(cause_bytes.data() + 2, static_cast<uint16_t>(cause_bytes.size()));
  std::copy(info.begin(), info.end(), cause_bytes.begin() + kParameterHeaderBytes);
  push_control(ChunkType::kError, 0, cause_bytes);
}

void Association::Impl::push_standalone(uint32_t verification_tag, std::vector<uint8_t> chunk) {
  if (standalone_.size() >= kMaxStandalone) standalone_.pop_front();
  standalone_.push_back({verification_tag, std::move(chunk)});
}

}  // namespace chroom::sctp
