#pragma once
#include <array>
#include <optional>

#include "vocabulary/bytes.h"
#include "vocabulary/time.h"

namespace chroom::sctp {

using CookieSecret = std::array<uint8_t, 32>;

// What the passive side must remember between INIT and COOKIE ECHO, so that it keeps no state for an INIT
// (RFC 9260, section 5.1.3). Tie tags are zero unless an association existed when the INIT came.
struct StateCookie {
  Instant created_at;
  uint32_t local_tag;
  uint32_t peer_tag;
  uint32_t local_tie_tag;
  uint32_t peer_tie_tag;
  uint32_t peer_initial_tsn;
  uint32_t peer_window_bytes;
  uint16_t peer_outbound_streams;
  uint16_t peer_inbound_streams;
  bool supports_forward_tsn;
  bool supports_reconfig;
};

inline constexpr size_t kCookieBytes = 72;
using CookieBytes = std::array<uint8_t, kCookieBytes>;

// HMAC-SHA256 over the content, then the content.
CookieBytes sign_cookie(const StateCookie& cookie, const CookieSecret& secret);
// Empty for a wrong size or signature. Age is for the caller to judge.
std::optional<StateCookie> open_cookie(Bytes bytes, const CookieSecret& secret);

}  // namespace chroom::sctp
