#include "router/data_packet.h"

#include "router/protobuf_fields.h"

namespace chroom::router {
namespace {

// livekit.DataPacket
constexpr uint32_t kKind = 1;
constexpr uint32_t kUser = 2;
constexpr uint32_t kSpeaker = 3;
constexpr uint32_t kParticipantIdentity = 4;
constexpr uint32_t kDestinationIdentities = 5;
constexpr uint32_t kTranscription = 7;
constexpr uint32_t kMetrics = 8;
constexpr uint32_t kChatMessage = 9;
constexpr uint32_t kStreamHeader = 13;
constexpr uint32_t kStreamTrailer = 15;
constexpr uint32_t kSequence = 16;
constexpr uint32_t kParticipantSid = 17;
constexpr uint32_t kEncryptedPacket = 18;
constexpr uint64_t kKindLossy = 1;  // 0, the default, is RELIABLE.

// livekit.UserPacket
constexpr uint32_t kUserParticipantSid = 1;
constexpr uint32_t kUserDestinationSids = 3;
constexpr uint32_t kUserParticipantIdentity = 5;
constexpr uint32_t kUserDestinationIdentities = 6;

struct Packet {
  Bytes user;
  std::string_view identity;
};

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool is_value(uint32_t number) {
  return number == kUser || number == kSpeaker || (number >= 6 && number <= kStreamTrailer) ||
         number == kEncryptedPacket;
}

bool is_chat_or_text_stream(uint32_t value_field) {
  return value_field == kChatMessage || (value_field >= kStreamHeader && value_field <= kStreamTrailer);
}

bool has_right_type(const ProtobufField& field) {
  if (field.number == kKind || field.number == kSequence) return field.type == WireType::kVarint;
  const bool known = is_value(field.number) || field.number == kParticipantIdentity ||
                     field.number == kDestinationIdentities || field.number == kParticipantSid;
  return !known || field.type == WireType::kBytes;
}

bool add_destination(std::vector<std::string_view>& names, const DataDestinations& all, Bytes name) {
  if (all.identities.size() + all.sids.size() >= kMaxDataDestinations) return false;
  if (!name.empty()) names.push_back(text_of(name));
  return true;
}

DataPacketError read_packet(Bytes bytes, Packet& packet, DataDestinations& destinations, DataPacketInfo& info) {
  ProtobufReader reader(bytes);
  ProtobufField field;
  while (reader.next(field)) {
    if (!has_right_type(field)) return DataPacketError::kMalformed;
    if (is_value(field.number)) {
      if (info.value_field != 0) return DataPacketError::kMalformed;
      info.value_field = field.number;
    }
    switch (field.number) {
      case kUser: packet.user = field.body; break;
      case kParticipantIdentity: packet.identity = text_of(field.body); break;
      case kSequence: info.sequence = static_cast<uint32_t>(field.varint); break;
      case kDestinationIdentities:
        if (!add_destination(destinations.identities, destinations, field.body))
          return DataPacketError::kTooManyDestinations;
        break;
      default: break;
    }
  }
  return reader.failed() ? DataPacketError::kMalformed : DataPacketError::kNone;
}

// Destinations inside `user` are the old way; they count only where the packet itself names nobody.
DataPacketError read_user(Bytes user, DataDestinations& destinations) {
  const bool named = !destinations.everybody();
  ProtobufReader reader(user);
  ProtobufField field;
  while (reader.next(field)) {
    const bool is_name = field.number == kUserDestinationSids || field.number == kUserDestinationIdentities;
    const bool is_text =
        is_name || field.number == kUserParticipantSid || field.number == kUserParticipantIdentity;
    if (is_text && field.type != WireType::kBytes) return DataPacketError::kMalformed;
    if (!is_name || named) continue;
    auto& names = field.number == kUserDestinationSids ? destinations.sids : destinations.identities;
    if (!add_destination(names, destinations, field.body)) return DataPacketError::kTooManyDestinations;
  }
  return reader.failed() ? DataPacketError::kMalformed : DataPacketError::kNone;
}

DataPacketError check_permission(uint32_t value_field, const DataSender& sender) {
  if (value_field == kMetrics) return DataPacketError::kNotForwarded;
  if (value_field == kTranscription && !sender.can_transcribe) return DataPacketError::kNotAllowed;
  // Who speaks is the server's to say.
  if (value_field == kSpeaker) return DataPacketError::kNotAllowed;
  return DataPacketError::kNone;
}

// proto3: an empty string is an absent field.
void append_text(std::vector<uint8_t>& out, uint32_t number, std::string_view text) {
  if (!text.empty()) append_string_field(out, number, text);
}

size_t text_field_bytes(uint32_t number, std::string_view text) {
  if (text.empty()) return 0;
  size_t length_bytes = 1;
  for (size_t rest = text.size() >> 7; rest != 0; rest >>= 7) ++length_bytes;
  return (number < 16 ? 1 : 2) + length_bytes + text.size();
}

void append_user(std::vector<uint8_t>& out, Bytes user, std::string_view sid, std::string_view identity) {
  ProtobufField field;
  size_t length = text_field_bytes(kUserParticipantSid, sid) + text_field_bytes(kUserParticipantIdentity, identity);
  for (ProtobufReader reader(user); reader.next(field);) {
    if (field.number != kUserParticipantSid && field.number != kUserParticipantIdentity) length += field.whole.size();
  }
  append_varint(out, uint64_t{kUser} << 3 | static_cast<uint8_t>(WireType::kBytes));
  append_varint(out, length);
  append_text(out, kUserParticipantSid, sid);
  append_text(out, kUserParticipantIdentity, identity);
  for (ProtobufReader reader(user); reader.next(field);) {
    if (field.number == kUserParticipantSid || field.number == kUserParticipantIdentity) continue;
    out.insert(out.end(), field.whole.begin(), field.whole.end());
  }
}

}  // namespace

const char* data_packet_error_name(DataPacketError error) {
  switch (error) {
    case DataPacketError::kNone: return "NONE";
    case DataPacketError::kTooLong: return "DATA_PACKET_TOO_LONG";
    case DataPacketError::kMalformed: return "DATA_PACKET_MALFORMED";
    case DataPacketError::kTooManyDestinations: return "DATA_PACKET_TOO_MANY_DESTINATIONS";
    case DataPacketError::kNotAllowed: return "DATA_PACKET_NOT_ALLOWED";
    case DataPacketError::kNotForwarded: return "DATA_PACKET_NOT_FORWARDED";
  }
  return "UNKNOWN";
}

DataPacketError read_data_destinations(Bytes bytes, DataDestinations& destinations) {
  destinations.clear();
  Packet packet;
  DataPacketInfo info;
  const DataPacketError error = read_packet(bytes, packet, destinations, info);
  return error == DataPacketError::kNone && info.value_field == kUser ? read_user(packet.user, destinations) : error;
}

DataPacketError rewrite_data_packet(Bytes bytes, const DataSender& sender, bool reliable,
                                    std::vector<uint8_t>& rewritten, DataDestinations& destinations,
                                    DataPacketInfo& info) {
  rewritten.clear();
  destinations.clear();
  info = {};
  if (bytes.size() > kMaxDataPacketBytes) return DataPacketError::kTooLong;
  Packet packet;
  DataPacketError error = read_packet(bytes, packet, destinations, info);
  if (error == DataPacketError::kNone && info.value_field == kUser) error = read_user(packet.user, destinations);
  if (error == DataPacketError::kNone) error = check_permission(info.value_field, sender);
  if (error != DataPacketError::kNone) return error;

  const bool keeps_identity =
      sender.can_impersonate && !packet.identity.empty() && is_chat_or_text_stream(info.value_field);
  const std::string_view sid = sender.hidden ? std::string_view{} : sender.sid;
  const std::string_view own_identity = sender.hidden ? std::string_view{} : sender.identity;
  const std::string_view identity = keeps_identity ? packet.identity : own_identity;

  if (!reliable) append_varint_field(rewritten, kKind, kKindLossy);
  append_text(rewritten, kParticipantSid, sid);
  append_text(rewritten, kParticipantIdentity, identity);
  ProtobufField field;
  for (ProtobufReader reader(bytes); reader.next(field);) {
    if (field.number == kKind || field.number == kParticipantSid || field.number == kParticipantIdentity) continue;
    if (field.number == kUser) {
      append_user(rewritten, field.body, sid, own_identity);
    } else {
      rewritten.insert(rewritten.end(), field.whole.begin(), field.whole.end());
    }
  }
  return DataPacketError::kNone;
}

}  // namespace chroom::router
