// SHA1_* keep their state in a plain struct of 96 bytes: no allocation and no provider look-up per computation, which
// through EVP_MAC cost more than the hashing of a STUN message. OpenSSL 3 marks them deprecated for new designs.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest/hmac_sha1.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace chroom::digest {
namespace {

constexpr size_t kBlockBytes = 64;

std::array<uint32_t, 5> absorb_pad(const std::array<uint8_t, kBlockBytes>& key, uint8_t pad) {
  std::array<uint8_t, kBlockBytes> block;
  std::transform(key.begin(), key.end(), block.begin(), [pad](uint8_t byte) { return byte ^ pad; });
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  std::array<uint32_t, 5> words = {state.h0, state.h1, state.h2, state.h3, state.h4};
  OPENSSL_cleanse(&state, sizeof(state));
  OPENSSL_cleanse(block.data(), block.size());
  return words;
}

// A hash that has seen exactly one block.
SHA_CTX resume(const std::array<uint32_t, 5>& words) {
  SHA_CTX state;
  SHA1_Init(&state);
  state.h0 = words[0];
  state.h1 = words[1];
  state.h2 = words[2];
  state.h3 = words[3];
  state.h4 = words[4];
  state.Nl = kBlockBytes * 8;
  return state;
}

void update(SHA_CTX& state, Bytes part) {
  if (!part.empty()) SHA1_Update(&state, part.data(), part.size());
}

}  // namespace

HmacSha1Key::HmacSha1Key(Bytes key) {
  std::array<uint8_t, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    SHA1(key.data(), key.size(), block.data());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  inner_ = absorb_pad(block, 0x36);
  outer_ = absorb_pad(block, 0x5C);
  OPENSSL_cleanse(block.data(), block.size());
}

std::array<uint8_t, kSha1Bytes> HmacSha1Key::sign(Bytes first, Bytes second, Bytes third) const {
  std::array<uint8_t, kSha1Bytes> hash;
  SHA_CTX state = resume(inner_);
  update(state, first);
  update(state, second);
  update(state, third);
  SHA1_Final(hash.data(), &state);
  state = resume(outer_);
  SHA1_Update(&state, hash.data(), hash.size());
  SHA1_Final(hash.data(), &state);
  return hash;
}

bool HmacSha1Key::verify(Bytes tag, Bytes first, Bytes second, Bytes third) const {
  if (tag.empty() || tag.size() > kSha1Bytes) return false;
  const std::array<uint8_t, kSha1Bytes> expected = sign(first, second, third);
  return equal_in_constant_time(tag, Bytes(expected).first(tag.size()));
}

bool equal_in_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace chroom::digest
