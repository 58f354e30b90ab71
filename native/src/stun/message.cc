#include "stun/message.h"

#include <algorithm>

#include "stun/crc32.h"

namespace chroom::stun {
namespace {

constexpr size_t kAttributeHeaderBytes = 4;
constexpr size_t kFingerprintBytes = 4;
constexpr uint32_t kFingerprintXor = 0x5354554E;  // RFC 8489 section 14.7

// RFC 8489 section 5: the two class bits sit between the method's bits.
MessageClass class_of(uint16_t type) { return static_cast<MessageClass>((type >> 7 & 2) | (type >> 4 & 1)); }
uint16_t method_of(uint16_t type) {
  return static_cast<uint16_t>((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
}

bool parse_xor_address(Bytes value, const TransactionId& transaction_id, TransportAddress& out) {
  if (value.size() < 8) return false;
  const uint8_t family = value[1];
  out = {};
  out.is_ipv6 = family == 2;
  if ((family != 1 && family != 2) || value.size() != 4 + out.ip_length()) return false;
  uint8_t mask[16];
  store_be32(mask, kMagicCookie);
  std::copy(transaction_id.begin(), transaction_id.end(), mask + 4);
  out.port = static_cast<uint16_t>(load_be16(value.data() + 2) ^ (kMagicCookie >> 16));
  for (size_t i = 0; i < out.ip_length(); ++i) out.ip[i] = value[4 + i] ^ mask[i];
  return true;
}

// One attribute before MESSAGE-INTEGRITY. False: malformed.
bool read_attribute(uint16_t type, Bytes value, Message& out) {
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::kUsername:
      if (value.size() > kMaxUsernameBytes) return false;
      out.username = value;
      return true;
    case AttributeType::kPriority:
      if (value.size() != 4) return false;
      out.priority = load_be32(value.data());
      return true;
    case AttributeType::kUseCandidate:
      out.use_candidate = true;
      return value.empty();
    case AttributeType::kIceControlled:
      if (value.size() != 8) return false;
      out.ice_controlled = load_be64(value.data());
      return true;
    case AttributeType::kIceControlling:
      if (value.size() != 8) return false;
      out.ice_controlling = load_be64(value.data());
      return true;
    case AttributeType::kXorMappedAddress:
      return parse_xor_address(value, out.transaction_id, out.xor_mapped_address.emplace());
    case AttributeType::kErrorCode:
      if (value.size() < 4) return false;
      out.error_code = static_cast<uint16_t>((value[2] & 7) * 100 + value[3]);
      return (value[2] & 7) >= 3 && (value[2] & 7) <= 6 && value[3] < 100;
    case AttributeType::kMappedAddress:
    case AttributeType::kUnknownAttributes:
      return true;
    default:
      if (type < 0x8000 && out.unknown_required == 0) out.unknown_required = type;
      return true;
  }
}

bool fingerprint_is_right(Bytes message, size_t attribute_offset) {
  return load_be32(message.data() + attribute_offset + kAttributeHeaderBytes) ==
         (crc32(message.first(attribute_offset)) ^ kFingerprintXor);
}

}  // namespace

bool looks_like_stun(Bytes datagram) {
  return datagram.size() >= kHeaderBytes && datagram[0] < 4 && load_be32(datagram.data() + 4) == kMagicCookie;
}

DropReason parse(Bytes datagram, Message& out) {
  out = {};
  if (!looks_like_stun(datagram) || datagram.size() > kMaxMessageBytes) return DropReason::kStunMalformed;
  const uint16_t type = load_be16(datagram.data());
  if (kHeaderBytes + load_be16(datagram.data() + 2) != datagram.size() || datagram.size() % 4 != 0) {
    return DropReason::kStunMalformed;
  }
  out.raw = datagram;
  out.message_class = class_of(type);
  out.method = method_of(type);
  std::copy_n(datagram.begin() + 8, out.transaction_id.size(), out.transaction_id.begin());

  size_t offset = kHeaderBytes;
  for (size_t count = 0; offset < datagram.size(); ++count) {
    if (count == kMaxAttributes) return DropReason::kStunMalformed;
    const uint16_t attribute = load_be16(datagram.data() + offset);
    const size_t length = load_be16(datagram.data() + offset + 2);
    if (length > datagram.size() - offset - kAttributeHeaderBytes) return DropReason::kStunMalformed;
    const Bytes value = datagram.subspan(offset + kAttributeHeaderBytes, length);
    const size_t next = offset + kAttributeHeaderBytes + (length + 3) / 4 * 4;
    if (attribute == static_cast<uint16_t>(AttributeType::kFingerprint)) {
      if (length != kFingerprintBytes || next != datagram.size()) return DropReason::kStunMalformed;
      if (!fingerprint_is_right(datagram, offset)) return DropReason::kStunBadFingerprint;
      out.has_fingerprint = true;
    } else if (out.integrity_offset == 0) {
      if (attribute == static_cast<uint16_t>(AttributeType::kMessageIntegrity)) {
        if (length != digest::kSha1Bytes) return DropReason::kStunMalformed;
        out.integrity_offset = static_cast<uint16_t>(offset);
      } else if (!read_attribute(attribute, value, out)) {
        return DropReason::kStunMalformed;
      }
    }
    offset = next;
  }
  return DropReason::kNone;
}

bool verify_integrity(const Message& message, const IntegrityKey& key) {
  if (message.integrity_offset == 0) return false;
  const size_t offset = message.integrity_offset;
  // The code covers the header with the length that ends at MESSAGE-INTEGRITY (RFC 8489 section 14.5).
  std::array<uint8_t, kHeaderBytes> header;
  std::copy_n(message.raw.begin(), kHeaderBytes, header.begin());
  store_be16(header.data() + 2,
             static_cast<uint16_t>(offset + kAttributeHeaderBytes + digest::kSha1Bytes - kHeaderBytes));
  return key.verify(message.raw.subspan(offset + kAttributeHeaderBytes, digest::kSha1Bytes), header,
                    message.raw.subspan(kHeaderBytes, offset - kHeaderBytes));
}

bool split_username(Bytes username, Bytes& local, Bytes& remote) {
  const auto colon = std::find(username.begin(), username.end(), uint8_t{':'});
  if (colon == username.end()) return false;
  const size_t at = static_cast<size_t>(colon - username.begin());
  local = username.first(at);
  remote = username.subspan(at + 1);
  return true;
}

}  // namespace chroom::stun
