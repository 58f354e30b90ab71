#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vocabulary/bytes.h"

// AES-GCM (NIST SP 800-38D) for packets: 96-bit nonces, 128-bit tags, out of place. One key's tables are computed once;
// after that a packet costs no allocation, no lock and no call into a library. The kernel is chosen once per process by
// what the processor can do (cpu_features.h); all of them equal the OpenSSL reference on every size (aes_gcm_test.cc).
namespace chroom::aead {

inline constexpr size_t kTagBytes = 16;
inline constexpr size_t kNonceBytes = 12;

// How many powers of the hash key are kept: with 96 a 1200-byte packet is hashed with a single reduction.
inline constexpr size_t kHashPowers = 96;

// Of a processor family the fastest first: x86-64 has the first three, 64-bit ARM kArmv8.
enum class Kernel : uint8_t { kVaes512, kVaes256, kAesNi, kArmv8, kOpenSsl };

const char* kernel_name(Kernel kernel);
bool kernel_supported(Kernel kernel);
// The fastest kernel that this processor runs.
Kernel best_kernel();

// FIPS 197 section 5.2; AES-128 uses the first 11, AES-256 all.
using AesRoundKeys = std::array<std::array<uint8_t, 16>, 15>;

// Expanded key: 14 or 10 rounds, and the powers of the hash key in the order in which a packet uses them.
struct alignas(64) AesGcmTables {
  AesRoundKeys round_keys;
  // hash_powers[i] = H^(kHashPowers - i), byte-reflected and premultiplied by x; the zero blocks behind it are read
  // (and multiplied by zero data) when the last group of a packet is not full.
  std::array<std::array<uint8_t, 16>, kHashPowers + 4> hash_powers;
  uint32_t rounds;
};

// One direction of one AEAD key. Not copyable: the key material stays in one place and is wiped at the end.
class AesGcmKey {
 public:
  // key: 16 bytes (AES-128) or 32 bytes (AES-256); anything else stops at CHECK (the caller derives keys itself).
  explicit AesGcmKey(Bytes key, Kernel kernel = best_kernel());
  ~AesGcmKey();
  AesGcmKey(const AesGcmKey&) = delete;
  AesGcmKey& operator=(const AesGcmKey&) = delete;

  // Writes plaintext.size() + kTagBytes bytes to out, which may be plaintext.data() itself, but not overlap otherwise.
  void seal(const uint8_t nonce[kNonceBytes], Bytes additional, Bytes plaintext, uint8_t* out) const;
  // sealed = ciphertext with its tag (at least kTagBytes). Writes sealed.size() - kTagBytes bytes to out, which may be
  // sealed.data() itself. False when the tag is wrong (compared in constant time); out then holds no plaintext worth
  // keeping and must not be used.
  [[nodiscard]] bool open(const uint8_t nonce[kNonceBytes], Bytes additional, Bytes sealed, uint8_t* out) const;

  // Asks for the tables to be brought into the cache, without waiting.
  void prefetch() const {
    const auto* line = reinterpret_cast<const uint8_t*>(&tables_);
    for (size_t at = 0; at < sizeof tables_; at += 64) __builtin_prefetch(line + at);
  }

  Kernel kernel() const { return kernel_; }

 private:
  AesGcmTables tables_;
  void* openssl_ = nullptr;  // owned EVP_CIPHER_CTX, only for Kernel::kOpenSsl
  Kernel kernel_;
};

}  // namespace chroom::aead
