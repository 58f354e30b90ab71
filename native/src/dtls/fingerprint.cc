#include "dtls/fingerprint.h"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>

#include "vocabulary/check.h"

namespace chroom::dtls {
namespace {

struct Named {
  HashAlgorithm algorithm;
  const char* name;
};
constexpr std::array<Named, 3> kAlgorithms = {{{HashAlgorithm::kSha256, "sha-256"},
                                               {HashAlgorithm::kSha384, "sha-384"},
                                               {HashAlgorithm::kSha512, "sha-512"}}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<HashAlgorithm> algorithm_of(std::string_view name) {
  for (const Named& known : kAlgorithms) {
    const std::string_view text = known.name;
    if (std::equal(name.begin(), name.end(), text.begin(), text.end(), [](char a, char b) { return lower(a) == b; })) {
      return known.algorithm;
    }
  }
  return std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

Result<Fingerprint> Fingerprint::parse(std::string_view algorithm, std::string_view value) {
  const std::optional<HashAlgorithm> known = algorithm_of(algorithm);
  if (!known) {
    return Error{ErrorCode::kUnsupported, "fingerprint algorithm: expected sha-256, sha-384 or sha-512, got '" +
                                              std::string(algorithm.substr(0, 32)) + "'"};
  }
  const size_t bytes = hash_bytes(*known);
  const Error malformed{ErrorCode::kInvalidArgument,
                        "fingerprint value: expected " + std::to_string(bytes) +
                            " hex pairs separated by colons, got " + std::to_string(value.size()) + " characters '" +
                            std::string(value.substr(0, 48)) + "'"};
  if (value.size() != bytes * 3 - 1) return malformed;
  Fingerprint parsed;
  parsed.algorithm = *known;
  for (size_t i = 0; i < bytes; ++i) {
    const int high = hex_digit(value[3 * i]);
    const int low = hex_digit(value[3 * i + 1]);
    if (high < 0 || low < 0 || (i + 1 < bytes && value[3 * i + 2] != ':')) return malformed;
    parsed.digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return parsed;
}

Fingerprint Fingerprint::of(HashAlgorithm algorithm, Bytes certificate_der) {
  Fingerprint made;
  made.algorithm = algorithm;
  const EVP_MD* md = algorithm == HashAlgorithm::kSha256   ? EVP_sha256()
                     : algorithm == HashAlgorithm::kSha384 ? EVP_sha384()
                                                           : EVP_sha512();
  const int done = EVP_Digest(certificate_der.data(), certificate_der.size(), made.digest.data(), nullptr, md, nullptr);
  CHROOM_CHECK(done == 1, "the SHA-2 functions are built in and take any input");
  return made;
}

const char* Fingerprint::algorithm_name() const { return kAlgorithms[static_cast<size_t>(algorithm)].name; }

std::string Fingerprint::value() const {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (size_t i = 0; i < hash_bytes(algorithm); ++i) {
    if (i > 0) text += ':';
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

}  // namespace chroom::dtls
