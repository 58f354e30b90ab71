#include "engine/data_path.h"

#include <memory>
#include <type_traits>
#include <variant>

namespace chroom::engine {

namespace {

std::optional<DataLabel> label_of(const Peer& peer, uint16_t stream_id) {
  for (size_t i = 0; i < peer.channels.size(); ++i) {
    if (peer.channels[i] == stream_id) return static_cast<DataLabel>(i);
  }
  return std::nullopt;
}

sctp::SharedPayload share(Bytes message) { return std::make_shared<const std::vector<uint8_t>>(message.begin(), message.end()); }

}  // namespace

void DataPath::take_events(Peer& peer, Instant now) {
  while (auto event = peer.transport.poll_data_event()) {
    std::visit(
        [&](const auto& e) {
          using E = std::decay_t<decltype(e)>;
          if constexpr (std::is_same_v<E, sctp::ChannelOpened>) on_channel_opened(peer, e, now);
          if constexpr (std::is_same_v<E, sctp::ChannelClosed>) on_channel_closed(peer, e.stream_id);
          if constexpr (std::is_same_v<E, sctp::MessageReceived>) on_message(peer, e, now);
        },
        *event);
  }
}

void DataPath::open_channels(Peer& peer, Instant now) {
  if (!peer.opens_channels || peer.transport.state() != session::TransportState::kConnected) return;
  peer.opens_channels = false;
  for (size_t i = 0; i < kDataLabels.size(); ++i) {
    sctp::ChannelParameters parameters;
    parameters.label = kDataLabels[i];
    if (static_cast<DataLabel>(i) != DataLabel::kReliable) {
      parameters.ordered = false;
      parameters.max_retransmits = 0;
    }
    // A peer without SCTP has no channels; that is its choice, and data for it waits and is then dropped.
    (void)peer.transport.open_channel(parameters, now).ok();
  }
}

void DataPath::on_channel_opened(Peer& peer, const sctp::ChannelOpened& opened, Instant now) {
  for (size_t i = 0; i < kDataLabels.size(); ++i) {
    if (opened.parameters.label == kDataLabels[i]) peer.channels[i] = opened.stream_id;
  }
  if (peer.told_channels || !peer.channel(DataLabel::kReliable) || !peer.channel(DataLabel::kLossy)) return;
  peer.told_channels = true;
  Session& session = peer.session;
  state_.events.data_channels_opened({session.room.name, session.id}, peer.role);
  if (&peer != session.data_peer()) return;
  session.room.data.set_open(session.key, [&](Bytes message) { send_to(peer, DataLabel::kReliable, share(message), now); });
}

void DataPath::on_channel_closed(Peer& peer, uint16_t stream_id) {
  const auto label = label_of(peer, stream_id);
  if (!label) return;
  peer.channel(*label).reset();
  if (*label != DataLabel::kReliable) return;
  peer.told_channels = false;
  if (&peer == peer.session.data_peer()) close(peer.session);
}

void DataPath::close(Session& session) { session.room.data.set_closed(session.key); }

void DataPath::on_message(Peer& peer, const sctp::MessageReceived& message, Instant now) {
  const auto label = label_of(peer, message.stream_id);
  if (label != DataLabel::kReliable && label != DataLabel::kLossy) {
    return state_.counters.drop(DropReason::kDataChannelUnknown);
  }
  const bool reliable = label == DataLabel::kReliable;
  const auto routed = peer.session.room.data.route(peer.session.key, reliable, message.bytes);
  if (routed.verdict != router::DataVerdict::kForward) return state_.counters.drop(DropReason::kDataMessageRefused);
  const Room& room = peer.session.room;
  if (routed.recipients.empty() && room.workers == 0) return;
  const sctp::SharedPayload payload = share(routed.packet);
  deliver(routed, payload, reliable, now);
  pass_on(room, payload, reliable);
}

void DataPath::pass_on(const Room& room, const sctp::SharedPayload& payload, bool reliable) {
  for (const WorkerLinks::Neighbour& neighbour : state_.links.neighbours) {
    if ((room.workers >> neighbour.worker & 1) == 0) continue;
    router::LinkMessage message;
    message.kind = router::LinkMessage::Kind::kData;
    message.track = room.key;
    message.data = payload;
    message.reliable = reliable;
    if (!neighbour.to->try_push(std::move(message))) state_.counters.drop(DropReason::kWorkerRingFull);
  }
}

void DataPath::take_from_worker(Room& room, const sctp::SharedPayload& message, bool reliable, Instant now) {
  const auto routed = room.data.route_from_worker(reliable, *message);
  if (routed.verdict != router::DataVerdict::kForward) return state_.counters.drop(DropReason::kDataMessageRefused);
  deliver(routed, message, reliable, now);
}

Result<void> DataPath::send(Room& room, const SendData& command, Instant now) {
  const auto routed = room.data.route_from_server(command.reliable, command.packet, command.destination_sessions);
  if (routed.verdict != router::DataVerdict::kForward) {
    return Error{ErrorCode::kInvalidArgument, std::string("packet: expected a serialised livekit.DataPacket, received one that is ") +
                                                  router::data_packet_error_name(routed.error)};
  }
  if (!routed.recipients.empty()) deliver(routed, share(routed.packet), command.reliable, now);
  return {};
}

void DataPath::deliver(const router::RoomDataRouter::Routed& routed, const sctp::SharedPayload& payload, bool reliable,
                       Instant now) {
  for (const uint64_t key : routed.recipients) {
    const auto found = state_.sessions_by_key.find(key);
    if (found == state_.sessions_by_key.end()) continue;
    Peer* peer = found->second->data_peer();
    if (peer == nullptr) {
      state_.counters.drop(DropReason::kDataChannelNotOpen);
    } else {
      send_to(*peer, reliable ? DataLabel::kReliable : DataLabel::kLossy, payload, now);
    }
  }
}

void DataPath::send_to(Peer& peer, DataLabel label, const sctp::SharedPayload& payload, Instant now) {
  const auto stream_id = peer.channel(label);
  if (!stream_id) return state_.counters.drop(DropReason::kDataChannelNotOpen);
  if (label != DataLabel::kReliable && peer.transport.buffered_bytes(*stream_id) > kMaxLossyBufferedBytes) {
    return state_.counters.drop(DropReason::kSctpSendBufferFull);
  }
  const Result<void> sent = peer.transport.send_data_shared(*stream_id, sctp::kPpidBinary, payload, now);
  if (!sent) return;  // Counted there.
  state_.deadlines.schedule(&peer, peer.transport.next_deadline());
}

}  // namespace chroom::engine
