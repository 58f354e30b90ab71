// Data channels of a Transport: SCTP packets travel as DTLS application data (RFC 8261).
#include <algorithm>
#include <utility>

#include "session/transport.h"

namespace chroom::session {
namespace {

using metering::Counter;

Error no_data_channels() {
  return {ErrorCode::kClosed,
          "data channels: expected a transport that is connected and has an SCTP port, got one that is not; wait for "
          "CONNECTED"};
}

// What Association::send refuses, as the loss of a message.
DropReason reason_of(ErrorCode refusal) {
  switch (refusal) {
    case ErrorCode::kLimitExceeded: return DropReason::kSctpSendBufferFull;
    case ErrorCode::kInvalidArgument: return DropReason::kDataMessageTooLong;
    default: return DropReason::kDataChannelNotOpen;
  }
}

}  // namespace

void Transport::start_sctp(Instant now) {
  sctp::Config config = *sctp_config_;
  sctp_config_.reset();
  config.is_dtls_client = dtls_->role() == dtls::Role::kClient;
  config.remote_port = remote_sctp_port_;
  config.max_outgoing_message_bytes = std::min(config.max_outgoing_message_bytes, remote_max_message_bytes_);
  sctp_.emplace(config, workplace_.random);
  sctp_->connect(now);
}

void Transport::pump_sctp(Instant now) {
  if (!sctp_ || !may_send() || dtls_->state() != dtls::State::kConnected) return;
  const ice::Path* path = send_path();
  while (path != nullptr) {
    const MutableBytes slot = workplace_.outbox.reserve();
    if (slot.empty()) {
      outbox_was_full_ = true;
      break;
    }
    const size_t packet_bytes = sctp_->poll_transmit(workplace_.packet, now);
    if (packet_bytes == 0) break;
    const size_t sealed = dtls_->seal(Bytes(workplace_.packet).first(packet_bytes), slot);
    if (sealed == 0) {
      count(DropReason::kDtlsNotConnected);
      break;
    }
    workplace_.outbox.commit(*path, sealed);
    workplace_.counters.add(Counter::kSctpPacketsSent);
  }
  count_sctp();
}

// SCTP counts for itself; what is new since the last look goes into the worker's counters.
void Transport::count_sctp() {
  const sctp::Counters& seen = sctp_->counters();
  sctp::Counters& counted = sctp_counted_;
  metering::Counters& to = workplace_.counters;
  to.drop(DropReason::kSctpMalformed, seen.dropped_malformed - counted.dropped_malformed);
  to.drop(DropReason::kSctpBadChecksum, seen.dropped_checksum - counted.dropped_checksum);
  to.drop(DropReason::kSctpBadTag, seen.dropped_tag - counted.dropped_tag);
  to.drop(DropReason::kSctpUnexpected, seen.dropped_state - counted.dropped_state);
  to.drop(DropReason::kSctpReceiveBufferFull, seen.dropped_out_of_window - counted.dropped_out_of_window);
  to.drop(DropReason::kDataChannelUnknown, seen.dropped_no_channel - counted.dropped_no_channel);
  to.drop(DropReason::kDataMessageTooLong, seen.dropped_too_long - counted.dropped_too_long);
  to.drop(DropReason::kDataChannelLimit, seen.dropped_channel_limit - counted.dropped_channel_limit);
  to.drop(DropReason::kSctpDuplicate, seen.duplicate_tsns - counted.duplicate_tsns);
  to.drop(DropReason::kSctpAbandoned, seen.messages_abandoned - counted.messages_abandoned);
  to.add(Counter::kSctpRetransmissions, seen.chunks_retransmitted - counted.chunks_retransmitted);
  counted = seen;
}

Result<uint16_t> Transport::open_channel(const sctp::ChannelParameters& parameters, Instant now) {
  if (!sctp_) return no_data_channels();
  Result<uint16_t> opened = sctp_->open_channel(parameters, now);
  pump_sctp(now);
  return opened;
}

Result<void> Transport::close_channel(uint16_t stream_id, Instant now) {
  if (!sctp_) return no_data_channels();
  Result<void> closed = sctp_->close_channel(stream_id, now);
  pump_sctp(now);
  return closed;
}

Result<void> Transport::send_data(uint16_t stream_id, uint32_t ppid, Bytes message, Instant now) {
  if (!sctp_) return no_data_channels();
  return count_sent(sctp_->send(stream_id, ppid, message, now), message.size(), now);
}

Result<void> Transport::send_data_shared(uint16_t stream_id, uint32_t ppid, sctp::SharedPayload message, Instant now) {
  if (!sctp_) return no_data_channels();
  const size_t bytes = message->size();
  return count_sent(sctp_->send_shared(stream_id, ppid, std::move(message), now), bytes, now);
}

Result<void> Transport::count_sent(Result<void> sent, size_t bytes, Instant now) {
  if (sent.ok()) {
    workplace_.counters.add(Counter::kDataMessagesSent);
    workplace_.counters.add(Counter::kDataBytesSent, bytes);
  } else {
    count(reason_of(sent.error().code));
  }
  pump_sctp(now);
  return sent;
}

size_t Transport::buffered_bytes(uint16_t stream_id) const { return sctp_ ? sctp_->buffered_bytes(stream_id) : 0; }

void Transport::set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes) {
  if (sctp_) sctp_->set_buffered_low_threshold(stream_id, threshold_bytes);
}

std::optional<sctp::Event> Transport::poll_data_event() {
  if (!sctp_) return std::nullopt;
  std::optional<sctp::Event> event = sctp_->poll_event();
  if (!event) return event;
  if (const auto* message = std::get_if<sctp::MessageReceived>(&*event)) {
    workplace_.counters.add(Counter::kDataMessagesReceived);
    workplace_.counters.add(Counter::kDataBytesReceived, message->bytes.size());
  }
  return event;
}

TransportStatistics Transport::statistics() const {
  TransportStatistics result;
  result.checks_received = checks_received_;
  if (dtls_) result.dtls_retransmissions = dtls_->retransmissions();
  if (sctp_) {
    result.data_round_trip = sctp_->smoothed_rtt();
    result.sctp = sctp_->counters();
  }
  return result;
}

}  // namespace chroom::session
