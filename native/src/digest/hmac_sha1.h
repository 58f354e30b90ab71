#pragma once
#include <array>
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::digest {

inline constexpr size_t kSha1Bytes = 20;

// HMAC-SHA1 (RFC 2104) with the key already absorbed: the SHA-1 states after the inner and the outer pad block, 40
// bytes, no allocation, nothing to free. Immutable and shareable; one computation is two copies and the message.
class HmacSha1Key {
 public:
  HmacSha1Key() = default;
  explicit HmacSha1Key(Bytes key);  // any length, also 0

  // The code over the concatenation of the parts.
  std::array<uint8_t, kSha1Bytes> sign(Bytes first, Bytes second = {}, Bytes third = {}) const;
  // Constant time in the content. `tag` may be truncated (1 to 20 bytes), any other size is false.
  bool verify(Bytes tag, Bytes first, Bytes second = {}, Bytes third = {}) const;

  // The SHA-1 states after the pad blocks, for those who hash many messages side by side.
  const std::array<uint32_t, 5>& inner_state() const { return inner_; }
  const std::array<uint32_t, 5>& outer_state() const { return outer_; }

 private:
  std::array<uint32_t, 5> inner_{};
  std::array<uint32_t, 5> outer_{};
};

// True when both have the same content; the time depends on the length only.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace chroom::digest
