#include "router/data_router.h"

#include <algorithm>

namespace chroom::router {

void RoomDataRouter::set_participant(const DataParticipantConfig& config) {
  if (Participant* known = find(config.key)) {
    known->config = config;
    return;
  }
  auto participant = std::make_unique<Participant>();
  participant->config = config;
  participants_.push_back(std::move(participant));
}

void RoomDataRouter::remove_participant(uint64_t key) {
  std::erase_if(participants_, [&](const auto& p) { return p->config.key == key; });
}

void RoomDataRouter::set_closed(uint64_t key) {
  if (Participant* participant = find(key)) participant->open = false;
}

RoomDataRouter::Routed RoomDataRouter::route(uint64_t sender_key, bool reliable, Bytes packet) {
  Routed routed;
  Participant* sender = find(sender_key);
  if (sender == nullptr) {
    routed.verdict = DataVerdict::kUnknownSender;
    return routed;
  }
  const DataParticipantConfig& config = sender->config;
  if (!config.can_publish_data) {
    routed.verdict = DataVerdict::kNotAllowed;
    return routed;
  }
  DataPacketInfo info;
  routed.error = rewrite_data_packet(
      packet, {config.sid, config.identity, config.hidden, config.can_transcribe, config.can_impersonate}, reliable,
      rewritten_, destinations_, info);
  if (routed.error != DataPacketError::kNone) return routed;
  if (reliable && info.sequence != 0) {
    // After a resume a client sends again what may have been lost; receivers saw the rest already.
    if (info.sequence <= sender->last_sequence) {
      routed.verdict = DataVerdict::kDuplicate;
      return routed;
    }
    sender->last_sequence = info.sequence;
  }
  recipients_.clear();
  for (const auto& participant : participants_) {
    if (participant.get() == sender || !participant->config.can_subscribe || !is_addressed(*participant)) continue;
    offer(*participant, reliable, rewritten_);
  }
  routed.verdict = DataVerdict::kForward;
  routed.packet = rewritten_;
  routed.recipients = recipients_;
  return routed;
}

RoomDataRouter::Routed RoomDataRouter::route_from_worker(bool reliable, Bytes packet) {
  Routed routed;
  routed.error = read_data_destinations(packet, destinations_);
  if (routed.error != DataPacketError::kNone) return routed;
  recipients_.clear();
  for (const auto& participant : participants_) {
    if (participant->config.can_subscribe && is_addressed(*participant)) offer(*participant, reliable, packet);
  }
  routed.verdict = DataVerdict::kForward;
  routed.packet = packet;
  routed.recipients = recipients_;
  return routed;
}

RoomDataRouter::Routed RoomDataRouter::route_from_server(bool reliable, Bytes packet,
                                                         std::span<const std::string> destination_sids) {
  Routed routed;
  if (packet.size() > kMaxDataPacketBytes) {
    routed.error = DataPacketError::kTooLong;
    return routed;
  }
  recipients_.clear();
  for (const auto& participant : participants_) {
    const bool addressed = destination_sids.empty() || std::find(destination_sids.begin(), destination_sids.end(),
                                                                 participant->config.sid) != destination_sids.end();
    if (addressed && participant->config.can_subscribe) offer(*participant, reliable, packet);
  }
  routed.verdict = DataVerdict::kForward;
  routed.packet = packet;
  routed.recipients = recipients_;
  return routed;
}

void RoomDataRouter::offer(Participant& participant, bool reliable, Bytes packet) {
  if (participant.open) {
    recipients_.push_back(participant.config.key);
    return;
  }
  if (!reliable) return;  // Lossy data for somebody who is not there yet is lost.
  const bool full = participant.queued.size() >= kMaxQueuedMessages ||
                    participant.queued_bytes + packet.size() > kMaxQueuedBytes;
  if (full) {
    ++queue_overflows_;
    return;
  }
  participant.queued_bytes += packet.size();
  participant.queued.emplace_back(packet.begin(), packet.end());
}

bool RoomDataRouter::is_addressed(const Participant& participant) const {
  if (destinations_.everybody()) return true;
  const auto names = [](const std::vector<std::string_view>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  return names(destinations_.identities, participant.config.identity) ||
         names(destinations_.sids, participant.config.sid);
}

RoomDataRouter::Participant* RoomDataRouter::find(uint64_t key) {
  const auto at = std::find_if(participants_.begin(), participants_.end(),
                               [&](const auto& p) { return p->config.key == key; });
  return at == participants_.end() ? nullptr : at->get();
}

}  // namespace chroom::router
