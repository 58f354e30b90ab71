#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::dtls {

// Hash functions of a=fingerprint that are still safe to believe (RFC 8122 section 5 without MD5 and SHA-1).
enum class HashAlgorithm : uint8_t { kSha256, kSha384, kSha512 };

constexpr size_t hash_bytes(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kSha256 ? 32 : algorithm == HashAlgorithm::kSha384 ? 48 : 64;
}

// Hash of a certificate as SDP carries it (RFC 8122).
struct Fingerprint {
  HashAlgorithm algorithm = HashAlgorithm::kSha256;
  std::array<uint8_t, 64> digest{};  // hash_bytes(algorithm) of them count, the rest is zero

  // algorithm: "sha-256", "sha-384" or "sha-512" in any case; value: hex pairs with colons in any case.
  static Result<Fingerprint> parse(std::string_view algorithm, std::string_view value);
  static Fingerprint of(HashAlgorithm algorithm, Bytes certificate_der);

  const char* algorithm_name() const;
  std::string value() const;  // upper-case hex pairs with colons
  bool operator==(const Fingerprint&) const = default;
};

}  // namespace chroom::dtls
