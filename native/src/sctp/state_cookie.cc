#include "sctp/state_cookie.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "vocabulary/check.h"

namespace chroom::sctp {
namespace {

constexpr size_t kMacBytes = 32;

std::array<uint8_t, kMacBytes> mac_of(Bytes content, const CookieSecret& secret) {
  std::array<uint8_t, kMacBytes> mac;
  unsigned length = 0;
  const uint8_t* done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), content.data(),
                             content.size(), mac.data(), &length);
  CHROOM_CHECK(done != nullptr && length == kMacBytes, "HMAC-SHA256 of a short buffer cannot fail");
  return mac;
}

}  // namespace

CookieBytes sign_cookie(const StateCookie& cookie, const CookieSecret& secret) {
  CookieBytes out{};
  uint8_t* p = out.data() + kMacBytes;
  store_be64(p, static_cast<uint64_t>(cookie.created_at.time_since_epoch().count()));
  store_be32(p + 8, cookie.local_tag);
  store_be32(p + 12, cookie.peer_tag);
  store_be32(p + 16, cookie.local_tie_tag);
  store_be32(p + 20, cookie.peer_tie_tag);
  store_be32(p + 24, cookie.peer_initial_tsn);
  store_be32(p + 28, cookie.peer_window_bytes);
  store_be16(p + 32, cookie.peer_outbound_streams);
  store_be16(p + 34, cookie.peer_inbound_streams);
  p[36] = static_cast<uint8_t>((cookie.supports_forward_tsn ? 1 : 0) | (cookie.supports_reconfig ? 2 : 0));
  const auto mac = mac_of(Bytes(out).subspan(kMacBytes), secret);
  std::copy(mac.begin(), mac.end(), out.begin());
  return out;
}

std::optional<StateCookie> open_cookie(Bytes bytes, const CookieSecret& secret) {
  if (bytes.size() != kCookieBytes) return std::nullopt;
  const auto mac = mac_of(bytes.subspan(kMacBytes), secret);
  if (CRYPTO_memcmp(mac.data(), bytes.data(), kMacBytes) != 0) return std::nullopt;
  const uint8_t* p = bytes.data() + kMacBytes;
  StateCookie cookie;
  cookie.created_at = Instant(Duration(static_cast<Duration::rep>(load_be64(p))));
  cookie.local_tag = load_be32(p + 8);
  cookie.peer_tag = load_be32(p + 12);
  cookie.local_tie_tag = load_be32(p + 16);
  cookie.peer_tie_tag = load_be32(p + 20);
  cookie.peer_initial_tsn = load_be32(p + 24);
  cookie.peer_window_bytes = load_be32(p + 28);
  cookie.peer_outbound_streams = load_be16(p + 32);
  cookie.peer_inbound_streams = load_be16(p + 34);
  cookie.supports_forward_tsn = (p[36] & 1) != 0;
  cookie.supports_reconfig = (p[36] & 2) != 0;
  return cookie;
}

}  // namespace chroom::sctp
