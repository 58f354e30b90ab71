#include <algorithm>

#include "sctp/association_impl.h"

namespace chroom::sctp {
namespace {

constexpr uint32_t kMinPeerWindowBytes = 1500;  // RFC 9260, section 3.3.2.

void append_be16(std::vector<uint8_t>& out, uint16_t value) {
  out.resize(out.size() + 2);
  store_be16(out.data() + out.size() - 2, value);
}

void append_be32(std::vector<uint8_t>& out, uint32_t value) {
  out.resize(out.size() + 4);
  store_be32(out.data() + out.size() - 4, value);
}

void append_parameter(std::vector<uint8_t>& out, uint16_t type, Bytes value) {
  append_be16(out, type);
  append_be16(out, static_cast<uint16_t>(kParameterHeaderBytes + value.size()));
  out.insert(out.end(), value.begin(), value.end());
  out.resize(padded_to_4(out.size()));
}

void set_chunk_length(std::vector<uint8_t>& chunk) { store_be16(chunk.data() + 2, static_cast<uint16_t>(chunk.size())); }

bool is_usable(const InitChunk& init) {
  return init.initiate_tag != 0 && init.outbound_streams != 0 && init.inbound_streams != 0 &&
         init.receiver_window_bytes >= kMinPeerWindowBytes;
}

std::vector<uint8_t> abort_chunk(uint16_t cause_code) {
  std::vector<uint8_t> chunk = {static_cast<uint8_t>(ChunkType::kAbort), 0, 0, 0};
  append_parameter(chunk, cause_code, {});
  set_chunk_length(chunk);
  return chunk;
}

}  // namespace

// INIT and INIT ACK without cookie: fixed part, then that we understand FORWARD TSN and RE-CONFIG.
void Association::Impl::write_init_chunk(std::vector<uint8_t>& chunk, ChunkType type, uint32_t tag) const {
  static constexpr uint8_t kExtensions[] = {static_cast<uint8_t>(ChunkType::kReconfig),
                                            static_cast<uint8_t>(ChunkType::kForwardTsn)};
  chunk = {static_cast<uint8_t>(type), 0, 0, 0};
  append_be32(chunk, tag);
  append_be32(chunk, static_cast<uint32_t>(config_.receive_window_bytes));
  append_be16(chunk, config_.max_streams);
  append_be16(chunk, config_.max_streams);
  append_be32(chunk, local_initial_tsn_);
  append_parameter(chunk, parameter::kForwardTsnSupported, {});
  append_parameter(chunk, parameter::kSupportedExtensions, kExtensions);
  set_chunk_length(chunk);
}

void Association::Impl::on_init(const Chunk& chunk, Instant now) {
  const auto init = parse_init(chunk);
  if (!init || init->initiate_tag == 0) {
    ++counters_.dropped_malformed;
    return;
  }
  if (!is_usable(*init)) {
    push_standalone(init->initiate_tag, abort_chunk(cause::kInvalidParameter));
    return;
  }
  if (state_ == AssociationState::kShutdownAckSent) {  // RFC 9260, section 9.2: it lost our SHUTDOWN ACK.
    shutdown_due_ = true;
  } else if (is_synchronized()) {
    reply_init_ack(*init, std::max(random_.next_u32(), 1u), true, now);  // Section 5.2.2: nothing changes yet.
  } else {
    reply_init_ack(*init, local_tag_, false, now);  // Section 5.2.1: also when both sides called at once.
  }
}

void Association::Impl::reply_init_ack(const InitChunk& init, uint32_t local_tag, bool with_tie_tags, Instant now) {
  StateCookie cookie{};
  cookie.created_at = now;
  cookie.local_tag = local_tag;
  cookie.peer_tag = init.initiate_tag;
  cookie.local_tie_tag = with_tie_tags ? local_tag_ : 0;
  cookie.peer_tie_tag = with_tie_tags ? peer_.tag : 0;
  cookie.peer_initial_tsn = init.initial_tsn;
  cookie.peer_window_bytes = init.receiver_window_bytes;
  cookie.peer_outbound_streams = init.outbound_streams;
  cookie.peer_inbound_streams = init.inbound_streams;
  cookie.supports_forward_tsn = init.supports_forward_tsn;
  cookie.supports_reconfig = init.supports_reconfig;
  std::vector<uint8_t> reply;
  write_init_chunk(reply, ChunkType::kInitAck, local_tag);
  append_parameter(reply, parameter::kStateCookie, sign_cookie(cookie, secret_));
  if (!init.unrecognized.empty()) append_parameter(reply, parameter::kUnrecognized, init.unrecognized);
  set_chunk_length(reply);
  push_standalone(init.initiate_tag, std::move(reply));
}

void Association::Impl::on_init_ack(const Chunk& chunk, Instant now) {
  if (state_ != AssociationState::kCookieWait) {
    ++counters_.dropped_state;
    return;
  }
  const auto ack = parse_init(chunk);
  if (!ack || ack->initiate_tag == 0) {
    ++counters_.dropped_malformed;
    return;
  }
  peer_.tag = ack->initiate_tag;
  const bool cookie_fits = ack->cookie.size() + kCommonHeaderBytes + kChunkHeaderBytes <= config_.max_packet_bytes;
  if (!is_usable(*ack) || ack->cookie.empty() || !cookie_fits) {
    abort_with_cause(AbortReason::kProtocolViolation,
                     ack->cookie.empty() ? cause::kMissingParameter : cause::kInvalidParameter,
                     "INIT ACK without a usable cookie, streams or window");
    return;
  }
  peer_ = {ack->initiate_tag,     ack->initial_tsn,     ack->receiver_window_bytes, ack->outbound_streams,
           ack->inbound_streams, ack->supports_forward_tsn, ack->supports_reconfig};
  if (handshake_sent_at_ != kNever) rto_.add_sample(now - handshake_sent_at_);
  cookie_.assign(ack->cookie.begin(), ack->cookie.end());
  if (!ack->unrecognized.empty()) push_error(cause::kUnrecognizedParameters, ack->unrecognized);
  state_ = AssociationState::kCookieEchoed;
  errors_ = 0;
  handshake_due_ = true;
  handshake_timer_ = now + rto_.value();
}

void Association::Impl::on_cookie_echo(const Chunk& chunk, const PacketHeader& header, Instant now) {
  const auto cookie = open_cookie(chunk.value, secret_);
  if (!cookie || cookie->local_tag != header.verification_tag) {
    ++counters_.dropped_state;
    return;
  }
  const bool same_association =
      is_synchronized() && cookie->local_tag == local_tag_ && cookie->peer_tag == peer_.tag;
  if (same_association) {  // RFC 9260, section 5.2.4, action D: our COOKIE ACK was lost. A replay changes nothing.
    push_control(ChunkType::kCookieAck, 0, {});
    return;
  }
  const Duration age = now - cookie->created_at;
  if (age > config_.cookie_lifetime) {
    std::vector<uint8_t> error = {static_cast<uint8_t>(ChunkType::kError), 0, 0, 0};
    uint8_t staleness_us[4];
    const int64_t late_us = (age - config_.cookie_lifetime).count();
    store_be32(staleness_us, static_cast<uint32_t>(std::min<int64_t>(late_us, 0xFFFFFFFF)));
    append_parameter(error, cause::kStaleCookie, staleness_us);
    set_chunk_length(error);
    push_standalone(cookie->peer_tag, std::move(error));
    ++counters_.dropped_state;
    return;
  }
  if (is_synchronized()) {
    const bool restart = cookie->local_tag != local_tag_ && cookie->local_tie_tag == local_tag_ &&
                         cookie->peer_tie_tag == peer_.tag;
    if (restart) {  // Action A. The DTLS connection did not restart, so this is no peer that lost its state.
      abort_with_cause(AbortReason::kPeerRestarted, cause::kProtocolViolation, "restart inside one DTLS connection");
    } else {
      ++counters_.dropped_state;
    }
    return;
  }
  if (cookie->local_tag != local_tag_) {
    ++counters_.dropped_state;
    return;
  }
  establish({cookie->peer_tag, cookie->peer_initial_tsn, cookie->peer_window_bytes, cookie->peer_outbound_streams,
             cookie->peer_inbound_streams, cookie->supports_forward_tsn, cookie->supports_reconfig},
            now);
  push_control(ChunkType::kCookieAck, 0, {});
}

// Section 5.2.6: start over with a fresh INIT; the retransmission limit bounds how often.
void Association::Impl::on_stale_cookie(Instant now) {
  if (state_ != AssociationState::kCookieEchoed) return;
  state_ = AssociationState::kCookieWait;
  std::vector<uint8_t>().swap(cookie_);
  on_init_timeout(now);
}

void Association::Impl::establish(const PeerOffer& peer, Instant now) {
  // What the handshake lost says little about data: the back-off ends here.
  if (rto_.smoothed() == Duration::zero()) rto_ = {config_.rto_initial, config_.rto_min, config_.rto_max};
  peer_ = peer;
  state_ = AssociationState::kEstablished;
  errors_ = 0;
  handshake_due_ = false;
  handshake_timer_ = kNever;
  std::vector<uint8_t>().swap(cookie_);
  received_ = ReceivedTsns(peer.initial_tsn);
  reset_ = StreamReset(local_initial_tsn_, peer.initial_tsn, config_.max_streams);
  peer_window_bytes_ = peer.window_bytes;
  last_advertised_window_ = static_cast<uint32_t>(config_.receive_window_bytes);
  outstanding_.set_partial_reliability(peer.forward_tsn);
  heartbeat_timer_ = next_heartbeat(now);
  push_event(Established{});
  drop_channels_beyond(std::min(peer.inbound_streams, config_.max_streams));
  for (Channel& channel : channels_) {
    if (channel.parameters.negotiated_stream_id) mark_open(channel, false);
  }
  start_resets();
}

void Association::Impl::on_shutdown(const Chunk& chunk, Instant now) {
  if (!is_synchronized() || chunk.value.size() < 4) {
    ++counters_.dropped_state;
    return;
  }
  const size_t flight_before = outstanding_.flight_bytes();
  const auto result = outstanding_.on_cumulative_ack(load_be32(chunk.value.data()), now);
  if (result.fault == OutstandingChunks::SackFault::kAcksUnsent) {
    abort_with_cause(AbortReason::kProtocolViolation, cause::kProtocolViolation, "SHUTDOWN acknowledges an unsent TSN");
    return;
  }
  if (result.fault == OutstandingChunks::SackFault::kNone) after_acknowledgement(result, flight_before, now);
  if (ended_) return;
  switch (state_) {
    case AssociationState::kEstablished:
    case AssociationState::kShutdownPending:
      state_ = AssociationState::kShutdownReceived;
      progress_shutdown(now);
      break;
    case AssociationState::kShutdownSent:  // Both sides at once.
      state_ = AssociationState::kShutdownAckSent;
      shutdown_due_ = true;
      shutdown_timer_ = now + rto_.value();
      break;
    case AssociationState::kShutdownAckSent: shutdown_due_ = true; break;
    default: break;
  }
}

void Association::Impl::on_shutdown_ack() {
  if (state_ != AssociationState::kShutdownSent && state_ != AssociationState::kShutdownAckSent) {
    ++counters_.dropped_state;
    return;
  }
  const uint32_t peer_tag = peer_.tag;
  finish_shutdown();
  push_standalone(peer_tag, {static_cast<uint8_t>(ChunkType::kShutdownComplete), 0, 0, 4});
}

// Section 9.2: SHUTDOWN or its answer leaves when all our data is acknowledged.
void Association::Impl::progress_shutdown(Instant now) {
  const bool waiting = state_ == AssociationState::kShutdownPending || state_ == AssociationState::kShutdownReceived;
  if (!waiting || !queue_.empty() || !outstanding_.empty()) return;
  state_ = state_ == AssociationState::kShutdownPending ? AssociationState::kShutdownSent
                                                        : AssociationState::kShutdownAckSent;
  shutdown_due_ = true;
  shutdown_timer_ = now + rto_.value();
}

}  // namespace chroom::sctp
