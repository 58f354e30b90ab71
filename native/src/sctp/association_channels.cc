#include <algorithm>

#include "sctp/association_impl.h"
#include "sctp/dcep.h"

namespace chroom::sctp {
namespace {

Error error(ErrorCode code, std::string detail) { return {code, std::move(detail)}; }

uint32_t ppid_on_wire(uint32_t ppid, bool empty) {
  if (!empty) return ppid;
  if (ppid == kPpidString) return kPpidStringEmpty;
  return ppid == kPpidBinary ? kPpidBinaryEmpty : ppid;
}

// Opening and closing messages of the library itself do not wait for room in the send buffer.
SharedPayload shared(std::vector<uint8_t> bytes) {
  return std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
}

}  // namespace

Result<uint16_t> Association::Impl::open_channel(const ChannelParameters& parameters, Instant now) {
  if (!accepts_messages()) return error(ErrorCode::kClosed, "the association is closed or closing");
  if (parameters.max_retransmits && parameters.max_lifetime_ms) {
    return error(ErrorCode::kInvalidArgument, "expected max_retransmits or max_lifetime_ms, got both");
  }
  if (parameters.label.size() > config_.max_label_bytes || parameters.protocol.size() > config_.max_label_bytes) {
    return error(ErrorCode::kInvalidArgument,
                 "label and protocol take at most " + std::to_string(config_.max_label_bytes) + " bytes each");
  }
  if (channels_.size() >= config_.max_channels) {
    return error(ErrorCode::kLimitExceeded,
                 "already " + std::to_string(channels_.size()) + " channels; close one and wait for ChannelClosed");
  }
  const auto id = choose_stream_id(parameters);
  if (!id) return id;
  Channel& channel = add_channel(id.value(), ChannelState::kOpening, parameters);
  if (!parameters.negotiated_stream_id) {
    enqueue(channel, kPpidDcep, shared(write_channel_open(parameters)), true, now);
  } else if (is_synchronized()) {
    mark_open(channel, false);
  }
  return id;
}

Result<uint16_t> Association::Impl::choose_stream_id(const ChannelParameters& parameters) const {
  const uint16_t limit = is_synchronized() ? std::min(peer_.inbound_streams, config_.max_streams) : config_.max_streams;
  const auto taken = [this](uint32_t id) {
    return std::any_of(channels_.begin(), channels_.end(), [id](const Channel& c) { return c.id == id; });
  };
  if (parameters.negotiated_stream_id) {
    const uint16_t id = *parameters.negotiated_stream_id;
    if (id >= limit) return error(ErrorCode::kInvalidArgument, "stream id " + std::to_string(id) + " is not negotiated");
    if (taken(id)) return error(ErrorCode::kAlreadyExists, "stream " + std::to_string(id) + " has a channel");
    return id;
  }
  for (uint32_t id = config_.is_dtls_client ? 0 : 1; id < limit; id += 2) {
    if (!taken(id)) return static_cast<uint16_t>(id);
  }
  return error(ErrorCode::kLimitExceeded, "all " + std::to_string(limit / 2) + " stream ids of our side are in use");
}

Result<void> Association::Impl::close_channel(uint16_t stream_id, Instant) {
  Channel* channel = find_channel(stream_id);
  if (channel == nullptr) return error(ErrorCode::kNotFound, "no channel on stream " + std::to_string(stream_id));
  channel->state = ChannelState::kClosing;
  std::string().swap(channel->parameters.label);
  start_resets();
  return {};
}

Result<void> Association::Impl::check_send(uint16_t stream_id, size_t message_bytes) {
  if (!accepts_messages()) return error(ErrorCode::kClosed, "the association is closed or closing");
  const Channel* channel = find_channel(stream_id);
  if (channel == nullptr) return error(ErrorCode::kNotFound, "no channel on stream " + std::to_string(stream_id));
  if (channel->state == ChannelState::kClosing) return error(ErrorCode::kClosed, "the channel is closing");
  if (message_bytes > config_.max_outgoing_message_bytes) {
    return error(ErrorCode::kInvalidArgument, "message of " + std::to_string(message_bytes) + " bytes, the peer takes " +
                                                  std::to_string(config_.max_outgoing_message_bytes));
  }
  if (send_buffer_used_ + message_bytes + kMessageOverheadBytes > config_.send_buffer_bytes) {
    return error(ErrorCode::kLimitExceeded, "send buffer full; wait for BufferedLow or drop the message");
  }
  const bool partially_reliable = channel->parameters.max_retransmits || channel->parameters.max_lifetime_ms;
  if (partially_reliable && queue_.stream_bytes(stream_id) + message_bytes > config_.send_buffer_bytes / kLossyShare) {
    return error(ErrorCode::kLimitExceeded, "the channel's share of the send buffer is full; drop the message");
  }
  return {};
}

Result<void> Association::Impl::send(uint16_t stream_id, uint32_t ppid, SharedPayload message, Instant now) {
  const bool empty = message->empty();
  if (empty) message = shared({0});  // RFC 8831, section 6.6.
  enqueue(*find_channel(stream_id), ppid_on_wire(ppid, empty), std::move(message), false, now);
  return {};
}

void Association::Impl::set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes) {
  Channel* channel = find_channel(stream_id);
  if (channel == nullptr) return;
  channel->low_threshold_bytes = threshold_bytes;
  channel->buffered_above = queue_.stream_bytes(stream_id) > threshold_bytes;
}

void Association::Impl::enqueue(Channel& channel, uint32_t ppid, SharedPayload payload, bool reliable, Instant now) {
  auto message = std::make_shared<OutgoingMessage>();
  send_buffer_used_ += payload->size() + kMessageOverheadBytes;
  message->payload = std::move(payload);
  message->stream_id = channel.id;
  message->ppid = ppid;
  if (!reliable) {
    const ChannelParameters& parameters = channel.parameters;
    // RFC 8832, section 6: until the ACK came, order keeps messages behind the OPEN.
    message->ordered = parameters.ordered || channel.state == ChannelState::kOpening;
    if (parameters.max_retransmits) message->max_retransmits = *parameters.max_retransmits;
    if (parameters.max_lifetime_ms) message->expires_at = now + std::chrono::milliseconds(*parameters.max_lifetime_ms);
  }
  queue_.push(std::move(message));
  if (queue_.stream_bytes(channel.id) > channel.low_threshold_bytes) channel.buffered_above = true;
}

void Association::Impl::on_message(AssembledMessage message, Instant now) {
  if (message.ppid == kPpidDcep) {
    on_dcep(message, now);
    return;
  }
  Channel* channel = find_channel(message.stream_id);
  if (channel == nullptr || channel->state == ChannelState::kClosing) {
    ++counters_.dropped_no_channel;
    return;
  }
  if (channel->state == ChannelState::kOpening) mark_open(*channel, false);  // Its ACK may be overtaken by data.
  MessageReceived event{message.stream_id, message.ppid, std::move(message.bytes)};
  if (event.ppid == kPpidStringEmpty || event.ppid == kPpidBinaryEmpty) {
    event.ppid = event.ppid == kPpidStringEmpty ? kPpidString : kPpidBinary;
    event.bytes.clear();
  }
  event_bytes_ += event.bytes.size() + Reassembly::kOverheadBytes;
  push_event(std::move(event));
}

void Association::Impl::on_dcep(const AssembledMessage& message, Instant now) {
  if (is_channel_open(message.bytes)) {
    on_channel_open(message, now);
    return;
  }
  Channel* channel = find_channel(message.stream_id);
  if (is_channel_ack(message.bytes) && channel != nullptr && channel->state == ChannelState::kOpening) {
    mark_open(*channel, false);
  }
}

void Association::Impl::on_channel_open(const AssembledMessage& message, Instant now) {
  const uint16_t id = message.stream_id;
  if (Channel* existing = find_channel(id)) {
    // The peer may use the id again as soon as it has performed our reset, before its answer reaches us.
    const bool id_is_free = existing->reset_by_peer && existing->reset_requested;
    if (!id_is_free) {
      static_cast<void>(close_channel(id, now));  // RFC 8832, section 6: an OPEN on a stream in use closes it.
      return;
    }
    existing->reset_finished = true;
    remove_finished_channels();
  }
  auto parameters = parse_channel_open(message.bytes, config_.max_label_bytes);
  const bool peers_parity = (id % 2 == 0) != config_.is_dtls_client;
  if (!parameters || !peers_parity || id >= peer_.inbound_streams || !accepts_messages()) {
    refuse_stream(id);
    return;
  }
  if (channels_.size() >= config_.max_channels) {
    ++counters_.dropped_channel_limit;
    refuse_stream(id);
    return;
  }
  Channel& channel = add_channel(id, ChannelState::kOpening, std::move(*parameters));
  enqueue(channel, kPpidDcep, shared(write_channel_ack()), true, now);
  mark_open(channel, true);
}

// Answered with a reset of our direction, which the peer's stack reports as a closed channel.
void Association::Impl::refuse_stream(uint16_t id) {
  const bool known = std::find(refused_streams_.begin(), refused_streams_.end(), id) != refused_streams_.end();
  if (known || refused_streams_.size() >= config_.max_channels) return;
  refused_streams_.push_back(id);
  start_resets();
}

// The label is only kept until the event that carries it.
void Association::Impl::mark_open(Channel& channel, bool opened_by_peer) {
  channel.state = ChannelState::kOpen;
  ChannelOpened opened{channel.id, opened_by_peer, channel.parameters};
  std::string().swap(channel.parameters.label);
  std::string().swap(channel.parameters.protocol);
  push_event(std::move(opened));
}

void Association::Impl::apply_reset(const StreamReset::Outcome& outcome, Instant now) {
  if (outcome.all_reset_by_peer) {
    reassembly_.reset_all_streams();
    for (Channel& channel : channels_) on_peer_reset(channel);
  }
  for (const uint16_t id : outcome.reset_by_peer) {
    reassembly_.reset_stream(id);
    if (Channel* channel = find_channel(id)) on_peer_reset(*channel);
  }
  if (outcome.answered) {
    errors_ = 0;
    reset_timer_ = reset_.request_pending() ? now + rto_.value() : kNever;
  }
  for (const uint16_t id : outcome.finished) {
    Channel* channel = find_channel(id);
    if (channel == nullptr || !channel->reset_requested) continue;
    channel->reset_finished = true;
    queue_.restart_stream(id);
  }
  settle_send_buffer();
  remove_finished_channels();
  start_resets();
}

// RFC 8831, section 6.7: whoever's incoming side is reset resets its outgoing side; nobody reads what is still queued.
void Association::Impl::on_peer_reset(Channel& channel) {
  channel.reset_by_peer = true;
  channel.state = ChannelState::kClosing;
  queue_.discard(channel.id);
}

// One request at a time; a stream goes when all its messages were acknowledged, so that the reset overtakes nothing.
void Association::Impl::start_resets() {
  if (state_ != AssociationState::kEstablished || !peer_.reconfig || reset_.request_pending()) return;
  std::vector<uint16_t> streams = std::exchange(refused_streams_, {});
  for (Channel& channel : channels_) {
    if (channel.state != ChannelState::kClosing || channel.reset_requested) continue;
    if (!queue_.stream_empty(channel.id) || outstanding_.has_chunks_of(channel.id)) continue;
    channel.reset_requested = true;
    streams.push_back(channel.id);
  }
  if (!streams.empty()) reset_.request(std::move(streams), outstanding_.next_tsn() - 1);
}

void Association::Impl::remove_finished_channels() {
  for (size_t i = 0; i < channels_.size();) {
    const Channel& channel = channels_[i];
    if (!channel.reset_finished || !channel.reset_by_peer) {
      ++i;
      continue;
    }
    push_event(ChannelClosed{channel.id});
    queue_.remove_stream(channel.id);
    channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Association::Impl::drop_channels_beyond(uint16_t stream_count) {
  for (size_t i = 0; i < channels_.size();) {
    if (channels_[i].id < stream_count) {
      ++i;
      continue;
    }
    push_event(ChannelClosed{channels_[i].id});
    queue_.remove_stream(channels_[i].id);
    channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  settle_send_buffer();
}

void Association::Impl::check_buffered_low(uint16_t stream_id) {
  Channel* channel = find_channel(stream_id);
  if (channel == nullptr || !channel->buffered_above) return;
  if (queue_.stream_bytes(stream_id) > channel->low_threshold_bytes) return;
  channel->buffered_above = false;
  if (channel->state != ChannelState::kClosing) push_event(BufferedLow{stream_id});
}

Association::Impl::Channel* Association::Impl::find_channel(uint16_t id) {
  const auto at = std::find_if(channels_.begin(), channels_.end(), [id](const Channel& c) { return c.id == id; });
  return at == channels_.end() ? nullptr : &*at;
}

Association::Impl::Channel& Association::Impl::add_channel(uint16_t id, ChannelState state,
                                                           ChannelParameters parameters) {
  queue_.add_stream(id);
  Channel channel{id, state};
  channel.parameters = std::move(parameters);
  channels_.push_back(std::move(channel));
  return channels_.back();
}

}  // namespace chroom::sctp
