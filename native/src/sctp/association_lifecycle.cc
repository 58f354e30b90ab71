#include <algorithm>

#include "sctp/association_impl.h"
#include "vocabulary/check.h"

namespace chroom::sctp {
namespace {

constexpr size_t kMinPacketBytes = 576;
constexpr size_t kMaxAbortDetailBytes = 64;

}  // namespace

Association::Impl::Impl(const Config& config, RandomSource& random)
    : config_(config),
      random_(random),
      local_tag_(std::max(random.next_u32(), 1u)),
      local_initial_tsn_(random.next_u32()),
      rto_(config.rto_initial, config.rto_min, config.rto_max),
      congestion_(config.max_packet_bytes - kCommonHeaderBytes),
      reassembly_(config.max_incoming_message_bytes),
      outstanding_(local_initial_tsn_) {
  CHROOM_CHECK(config.max_packet_bytes >= kMinPacketBytes && config.max_packet_bytes <= 0xFFFF,
               "the session computes the packet size from its path MTU");
  random.fill(secret_);
}

void Association::Impl::connect(Instant now) {
  if (state_ != AssociationState::kClosed || ended_) return;
  state_ = AssociationState::kCookieWait;
  handshake_due_ = true;
  handshake_timer_ = now + rto_.value();
}

void Association::Impl::shutdown(Instant now) {
  if (ended_) return;
  if (state_ < AssociationState::kEstablished) {
    abort("shutdown before the association was established");
  } else if (state_ == AssociationState::kEstablished) {
    state_ = AssociationState::kShutdownPending;
    progress_shutdown(now);
  }
}

void Association::Impl::abort(std::string_view detail) {
  if (ended_) return;
  abort_with_cause(AbortReason::kLocal, cause::kUserInitiated, detail.substr(0, kMaxAbortDetailBytes));
}

// Tells the peer if it can be told, and ends.
void Association::Impl::abort_with_cause(AbortReason reason, uint16_t cause_code, std::string_view detail) {
  const uint32_t peer_tag = peer_.tag;
  end_aborted(reason, std::string(detail));
  if (peer_tag == 0) return;
  const std::string_view sent = detail.substr(0, kMaxAbortDetailBytes);
  const size_t cause_bytes = kParameterHeaderBytes + sent.size();
  std::vector<uint8_t> chunk(padded_to_4(kChunkHeaderBytes + cause_bytes));
  chunk[0] = static_cast<uint8_t>(ChunkType::kAbort);
  store_be16(chunk.data() + 2, static_cast<uint16_t>(kChunkHeaderBytes + cause_bytes));
  store_be16(chunk.data() + 4, cause_code);
  store_be16(chunk.data() + 6, static_cast<uint16_t>(cause_bytes));
  std::copy(sent.begin(), sent.end(), chunk.begin() + 8);
  chunk.resize(kChunkHeaderBytes + cause_bytes);
  push_standalone(peer_tag, std::move(chunk));
}

void Association::Impl::end_aborted(AbortReason reason, std::string detail) {
  release_everything();
  push_event(Aborted{reason, std::move(detail)});
}

void Association::Impl::finish_shutdown() {
  release_everything();
  push_event(ShutdownFinished{});
}

// Messages that were received but not polled stay available.
void Association::Impl::release_everything() {
  state_ = AssociationState::kClosed;
  ended_ = true;
  handshake_timer_ = shutdown_timer_ = data_timer_ = reset_timer_ = sack_timer_ = heartbeat_timer_ = kNever;
  for (const Channel& channel : channels_) {
    if (!channel.reset_finished || !channel.reset_by_peer) push_event(ChannelClosed{channel.id});
  }
  std::vector<Channel>().swap(channels_);
  std::vector<uint16_t>().swap(refused_streams_);
  std::vector<uint8_t>().swap(cookie_);
  queue_.clear();
  outstanding_.clear();
  send_buffer_used_ = 0;
  reassembly_ = Reassembly(config_.max_incoming_message_bytes);
  controls_.clear();
  standalone_.clear();
  handshake_due_ = sack_now_ = forward_tsn_due_ = shutdown_due_ = burst_past_window_ = false;
}

Instant Association::Impl::next_deadline() const {
  return std::min({handshake_timer_, shutdown_timer_, data_timer_, reset_timer_, sack_timer_, heartbeat_timer_});
}

void Association::Impl::on_timeout(Instant now) {
  const auto fires = [now](Instant& timer) {
    if (timer > now) return false;
    timer = kNever;
    return true;
  };
  if (fires(handshake_timer_)) on_init_timeout(now);
  if (fires(sack_timer_)) sack_now_ = true;
  if (fires(data_timer_)) on_data_timeout(now);
  if (fires(reset_timer_)) on_reset_timeout(now);
  if (fires(shutdown_timer_)) on_shutdown_timeout(now);
  if (fires(heartbeat_timer_)) on_heartbeat_timeout(now);
}

std::optional<Event> Association::Impl::poll_event() {
  if (events_.empty()) return std::nullopt;
  Event event = events_.pop_front();
  if (const auto* message = std::get_if<MessageReceived>(&event)) {
    event_bytes_ -= message->bytes.size() + Reassembly::kOverheadBytes;
    // A peer that was told of a nearly shut window learns that it is open again.
    if (is_synchronized() && last_advertised_window_ < config_.receive_window_bytes / 4 &&
        advertised_window() >= config_.receive_window_bytes / 2) {
      sack_now_ = true;
    }
  }
  return event;
}

void Association::Impl::push_event(Event event) { events_.push_back(std::move(event)); }

// RFC 9260, section 8.1.
void Association::Impl::count_error(const char* what) {
  if (++errors_ > config_.max_retransmits) {
    abort_with_cause(AbortReason::kTooManyRetransmits, cause::kProtocolViolation,
                     std::string("no answer from the peer to ") + what);
  }
}

void Association::Impl::on_init_timeout(Instant now) {
  if (++errors_ > config_.max_init_retransmits) {
    abort_with_cause(AbortReason::kHandshakeTimeout, cause::kProtocolViolation, "no answer to the handshake");
    return;
  }
  rto_.back_off();
  handshake_due_ = true;
  handshake_sent_at_ = kNever;
  handshake_timer_ = now + rto_.value();
}

void Association::Impl::on_data_timeout(Instant now) {
  ++counters_.timeouts;
  count_error("data");
  if (ended_) return;
  rto_.back_off();
  outstanding_.mark_all_lost(now);
  congestion_.on_timeout();
  settle_send_buffer();
  forward_tsn_due_ = outstanding_.needs_forward_tsn();
  if (outstanding_.needs_timer()) data_timer_ = now + rto_.value();
}

void Association::Impl::on_heartbeat_timeout(Instant now) {
  if (heartbeat_nonce_) {
    heartbeat_nonce_.reset();
    count_error("a heartbeat");
    if (ended_) return;
    rto_.back_off();
  }
  if (!outstanding_.empty()) {  // Data proves the path; look again later.
    heartbeat_timer_ = next_heartbeat(now);
    return;
  }
  uint8_t info[kParameterHeaderBytes + 8];
  store_be16(info, parameter::kHeartbeatInfo);
  store_be16(info + 2, sizeof info);
  random_.fill(MutableBytes(info).subspan(kParameterHeaderBytes));
  heartbeat_nonce_ = load_be64(info + kParameterHeaderBytes);
  heartbeat_sent_at_ = now;
  push_control(ChunkType::kHeartbeat, 0, info);
  heartbeat_timer_ = now + rto_.value();
}

void Association::Impl::on_reset_timeout(Instant now) {
  if (!reset_.request_pending()) return;
  count_error("a stream reset");
  if (ended_) return;
  rto_.back_off();
  reset_.repeat_request();
  reset_timer_ = now + rto_.value();
}

void Association::Impl::on_shutdown_timeout(Instant now) {
  count_error("SHUTDOWN");
  if (ended_) return;
  rto_.back_off();
  shutdown_due_ = true;
  shutdown_timer_ = now + rto_.value();
}

}  // namespace chroom::sctp
