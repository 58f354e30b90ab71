#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "digest/hmac_sha1.h"
#include "metering/drop_reason.h"
#include "vocabulary/bytes.h"
#include "vocabulary/transport_address.h"

// STUN messages (RFC 8489) as ICE uses them (RFC 8445).
namespace chroom::stun {

inline constexpr uint32_t kMagicCookie = 0x2112A442;
inline constexpr size_t kHeaderBytes = 20;
// Longer messages and more attributes than ICE ever needs are refused.
inline constexpr size_t kMaxMessageBytes = 1280;
inline constexpr size_t kMaxAttributes = 32;
inline constexpr size_t kMaxUsernameBytes = 513;  // RFC 8489 section 14.3

inline constexpr uint16_t kBindingMethod = 0x001;

enum class MessageClass : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

// RFC 8489 section 14, RFC 8445 section 16.1. Only what ICE reads or writes.
enum class AttributeType : uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000A,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802A,
};

inline constexpr uint16_t kErrorBadRequest = 400;
inline constexpr uint16_t kErrorUnauthenticated = 401;
inline constexpr uint16_t kErrorUnknownAttribute = 420;
inline constexpr uint16_t kErrorRoleConflict = 487;

using TransactionId = std::array<uint8_t, 12>;

// The short-term credential's password, ready for use: make it once per ICE credential, never per packet.
using IntegrityKey = digest::HmacSha1Key;

// A parsed message: values are copied, `username` and `raw` borrow from the datagram. Attributes behind
// MESSAGE-INTEGRITY (other than FINGERPRINT) are ignored, RFC 8489 section 14.5.
struct Message {
  Bytes raw;
  MessageClass message_class = MessageClass::kRequest;
  uint16_t method = 0;
  TransactionId transaction_id{};
  Bytes username;
  std::optional<uint32_t> priority;
  std::optional<uint64_t> ice_controlled;
  std::optional<uint64_t> ice_controlling;
  std::optional<TransportAddress> xor_mapped_address;
  uint16_t error_code = 0;               // 0: no ERROR-CODE
  uint16_t unknown_required = 0;         // first comprehension-required type not known here; 0: none
  uint16_t integrity_offset = 0;         // of the MESSAGE-INTEGRITY attribute in raw; 0: absent
  bool has_fingerprint = false;
  bool use_candidate = false;
};

// First look of the demultiplexer: length, first two bits and magic cookie. Reads 8 bytes, touches nothing else.
bool looks_like_stun(Bytes datagram);

// kNone, kStunMalformed, or kStunBadFingerprint (a FINGERPRINT is there and wrong). `out` is complete only for kNone.
DropReason parse(Bytes datagram, Message& out);

// True when MESSAGE-INTEGRITY is present and right for `key`. Constant time in the content.
bool verify_integrity(const Message& message, const IntegrityKey& key);

// USERNAME "local:remote" as the receiver of a check sees it: its own fragment first (RFC 8445 section 7.2.2).
// False when there is no colon.
bool split_username(Bytes username, Bytes& local, Bytes& remote);

}  // namespace chroom::stun
