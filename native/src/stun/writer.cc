#include "stun/writer.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "stun/crc32.h"
#include "vocabulary/check.h"

namespace chroom::stun {
namespace {

constexpr size_t kAttributeHeaderBytes = 4;
constexpr uint32_t kFingerprintXor = 0x5354554E;

uint16_t type_of(MessageClass message_class, uint16_t method) {
  const auto bits = static_cast<unsigned>(message_class);
  return static_cast<uint16_t>((method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2 | (bits & 1) << 4 |
                               (bits & 2) << 7);
}

std::string_view reason_phrase(uint16_t code) {
  switch (code) {
    case kErrorBadRequest: return "Bad Request";
    case kErrorUnauthenticated: return "Unauthenticated";
    case kErrorUnknownAttribute: return "Unknown Attribute";
    case kErrorRoleConflict: return "Role Conflict";
    default: return "Error";
  }
}

}  // namespace

Writer::Writer(MutableBytes out, MessageClass message_class, const TransactionId& transaction_id, uint16_t method)
    : out_(out.first(std::min(out.size(), kMaxMessageBytes))), transaction_id_(transaction_id) {
  if (out_.size() < kHeaderBytes) {
    overflowed_ = true;
    return;
  }
  store_be16(out_.data(), type_of(message_class, method));
  store_be32(out_.data() + 4, kMagicCookie);
  std::copy(transaction_id.begin(), transaction_id.end(), out_.begin() + 8);
  length_ = kHeaderBytes;
}

Writer& Writer::username(Bytes name) {
  uint8_t* value = attribute(AttributeType::kUsername, name.size());
  if (value != nullptr && !name.empty()) std::memcpy(value, name.data(), name.size());
  return *this;
}

Writer& Writer::priority(uint32_t value) {
  if (uint8_t* at = attribute(AttributeType::kPriority, 4)) store_be32(at, value);
  return *this;
}

Writer& Writer::use_candidate() {
  attribute(AttributeType::kUseCandidate, 0);
  return *this;
}

Writer& Writer::ice_controlled(uint64_t tie_breaker) {
  if (uint8_t* at = attribute(AttributeType::kIceControlled, 8)) store_be64(at, tie_breaker);
  return *this;
}

Writer& Writer::ice_controlling(uint64_t tie_breaker) {
  if (uint8_t* at = attribute(AttributeType::kIceControlling, 8)) store_be64(at, tie_breaker);
  return *this;
}

Writer& Writer::xor_mapped_address(const TransportAddress& address) {
  uint8_t* value = attribute(AttributeType::kXorMappedAddress, 4 + address.ip_length());
  if (value == nullptr) return *this;
  uint8_t mask[16];
  store_be32(mask, kMagicCookie);
  std::copy(transaction_id_.begin(), transaction_id_.end(), mask + 4);
  value[0] = 0;
  value[1] = address.is_ipv6 ? 2 : 1;
  store_be16(value + 2, static_cast<uint16_t>(address.port ^ (kMagicCookie >> 16)));
  for (size_t i = 0; i < address.ip_length(); ++i) value[4 + i] = address.ip[i] ^ mask[i];
  return *this;
}

Writer& Writer::error_code(uint16_t code) {
  CHROOM_CHECK(code >= 300 && code < 700, "error codes are chosen by us, RFC 8489 section 14.8");
  const std::string_view reason = reason_phrase(code);
  uint8_t* value = attribute(AttributeType::kErrorCode, 4 + reason.size());
  if (value == nullptr) return *this;
  value[0] = value[1] = 0;
  value[2] = static_cast<uint8_t>(code / 100);
  value[3] = static_cast<uint8_t>(code % 100);
  std::memcpy(value + 4, reason.data(), reason.size());
  return *this;
}

Writer& Writer::unknown_attribute(uint16_t type) {
  if (uint8_t* at = attribute(AttributeType::kUnknownAttributes, 2)) store_be16(at, type);
  return *this;
}

size_t Writer::finish(const IntegrityKey* key) {
  if (key != nullptr) {
    const size_t covered = length_;
    if (uint8_t* value = attribute(AttributeType::kMessageIntegrity, digest::kSha1Bytes)) {
      set_length(length_);
      const auto code = key->sign(out_.first(covered));
      std::copy(code.begin(), code.end(), value);
    }
  }
  const size_t covered = length_;
  if (uint8_t* value = attribute(AttributeType::kFingerprint, 4)) {
    set_length(length_);
    store_be32(value, crc32(out_.first(covered)) ^ kFingerprintXor);
  }
  return overflowed_ ? 0 : length_;
}

// Where the value of a new attribute goes, its padding zeroed; nullptr when there is no room.
uint8_t* Writer::attribute(AttributeType type, size_t value_length) {
  const size_t padded = (value_length + 3) / 4 * 4;
  if (overflowed_ || padded + kAttributeHeaderBytes > out_.size() - length_) {
    overflowed_ = true;
    return nullptr;
  }
  uint8_t* at = out_.data() + length_;
  store_be16(at, static_cast<uint16_t>(type));
  store_be16(at + 2, static_cast<uint16_t>(value_length));
  std::memset(at + kAttributeHeaderBytes + value_length, 0, padded - value_length);
  length_ += kAttributeHeaderBytes + padded;
  return at + kAttributeHeaderBytes;
}

void Writer::set_length(size_t message_length) {
  store_be16(out_.data() + 2, static_cast<uint16_t>(message_length - kHeaderBytes));
}

}  // namespace chroom::stun
