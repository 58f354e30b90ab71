#include "sctp/association.h"

#include <algorithm>

#include "sctp/association_impl.h"

namespace chroom::sctp {

const char* abort_reason_name(AbortReason reason) {
  switch (reason) {
    case AbortReason::kLocal: return "LOCAL";
    case AbortReason::kPeer: return "PEER";
    case AbortReason::kHandshakeTimeout: return "HANDSHAKE_TIMEOUT";
    case AbortReason::kTooManyRetransmits: return "TOO_MANY_RETRANSMITS";
    case AbortReason::kProtocolViolation: return "PROTOCOL_VIOLATION";
    case AbortReason::kMessageTooLarge: return "MESSAGE_TOO_LARGE";
    case AbortReason::kPeerRestarted: return "PEER_RESTARTED";
  }
  return "UNKNOWN";
}

Association::Association(const Config& config, RandomSource& random) : impl_(std::make_unique<Impl>(config, random)) {}
Association::~Association() = default;
Association::Association(Association&&) noexcept = default;
Association& Association::operator=(Association&&) noexcept = default;

void Association::connect(Instant now) { impl_->connect(now); }
void Association::shutdown(Instant now) { impl_->shutdown(now); }
void Association::abort(std::string_view detail, Instant) { impl_->abort(detail); }
void Association::receive(Bytes packet, Instant now) { impl_->receive(packet, now); }
size_t Association::poll_transmit(MutableBytes out, Instant now) { return impl_->poll_transmit(out, now); }
Instant Association::next_deadline() const { return impl_->next_deadline(); }
void Association::on_timeout(Instant now) { impl_->on_timeout(now); }
std::optional<Event> Association::poll_event() { return impl_->poll_event(); }
Result<uint16_t> Association::open_channel(const ChannelParameters& parameters, Instant now) {
  return impl_->open_channel(parameters, now);
}
Result<void> Association::close_channel(uint16_t stream_id, Instant now) { return impl_->close_channel(stream_id, now); }
Result<void> Association::send(uint16_t stream_id, uint32_t ppid, Bytes message, Instant now) {
  // The copy waits until the message is known to be taken: an overloaded channel must cost nothing.
  if (const auto checked = impl_->check_send(stream_id, message.size()); !checked) return checked;
  return impl_->send(stream_id, ppid, std::make_shared<const std::vector<uint8_t>>(message.begin(), message.end()), now);
}
Result<void> Association::send_shared(uint16_t stream_id, uint32_t ppid, SharedPayload message, Instant now) {
  if (const auto checked = impl_->check_send(stream_id, message->size()); !checked) return checked;
  return impl_->send(stream_id, ppid, std::move(message), now);
}
size_t Association::buffered_bytes(uint16_t stream_id) const { return impl_->buffered_bytes(stream_id); }
void Association::set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes) {
  impl_->set_buffered_low_threshold(stream_id, threshold_bytes);
}
AssociationState Association::state() const { return impl_->state(); }
const Counters& Association::counters() const { return impl_->counters(); }
Duration Association::smoothed_rtt() const { return impl_->smoothed_rtt(); }
size_t Association::congestion_window_bytes() const { return impl_->congestion_window_bytes(); }

}  // namespace chroom::sctp
