#pragma once
#include <array>

#include "srtp/profile.h"
#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::srtp {

inline constexpr size_t kAuthKeyBytes = 20;

// Keys of one direction for RTP or for RTCP. Wiped when destroyed.
struct SessionKeys {
  std::array<uint8_t, kMaxKeyBytes> encryption{};
  std::array<uint8_t, kAuthKeyBytes> authentication{};  // CM profiles only
  std::array<uint8_t, kMaxSaltBytes> salt{};

  SessionKeys() = default;
  SessionKeys(const SessionKeys&) = default;
  SessionKeys& operator=(const SessionKeys&) = default;
  ~SessionKeys();
};

enum class KeyUse : uint8_t { kRtp, kRtcp };

// RFC 3711 section 4.3 with key derivation rate 0; RFC 7714 section 11 for GCM. kInvalidArgument when key or salt have
// not the profile's length, kCrypto when the library refuses.
Result<SessionKeys> derive_session_keys(Profile profile, KeyUse use, Bytes master_key, Bytes master_salt);

}  // namespace chroom::srtp
