#pragma once
#include <cstddef>
#include <cstdint>

// SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2).
namespace chroom::srtp {

enum class Profile : uint16_t {
  kAes128CmSha1_80 = 0x0001,
  kAeadAes128Gcm = 0x0007,
  kAeadAes256Gcm = 0x0008,
};

constexpr bool is_aead(Profile profile) { return profile != Profile::kAes128CmSha1_80; }
constexpr size_t key_bytes(Profile profile) { return profile == Profile::kAeadAes256Gcm ? 32 : 16; }
constexpr size_t salt_bytes(Profile profile) { return is_aead(profile) ? 12 : 14; }
constexpr size_t tag_bytes(Profile profile) { return is_aead(profile) ? 16 : 10; }

inline constexpr size_t kMaxKeyBytes = 32;
inline constexpr size_t kMaxSaltBytes = 14;
inline constexpr size_t kMaxTagBytes = 16;
inline constexpr size_t kSrtcpIndexBytes = 4;
// What protection adds at most; buffers reserve this.
inline constexpr size_t kMaxRtpOverheadBytes = kMaxTagBytes;
inline constexpr size_t kMaxRtcpOverheadBytes = kMaxTagBytes + kSrtcpIndexBytes;

}  // namespace chroom::srtp
