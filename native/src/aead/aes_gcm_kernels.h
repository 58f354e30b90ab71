#pragma once
#include "aead/aes_gcm.h"

// The functions that each kernel file gives; only aes_gcm.cc and the tests call them.
namespace chroom::aead {

// Fills round_keys and hash_powers of tables.
using ExpandFunction = void (*)(AesGcmTables& tables, Bytes key);
// Encrypts (or decrypts) `length` bytes from in to out and writes the tag of additional data and ciphertext.
using CryptFunction = void (*)(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in,
                               size_t length, uint8_t* out, uint8_t* tag);

namespace vaes512 {
void seal(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
void open(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
}  // namespace vaes512

namespace vaes256 {
void seal(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
void open(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
}  // namespace vaes256

namespace aesni {
// key: 16 or 32 bytes. The number of rounds.
uint32_t expand_round_keys(AesRoundKeys& round_keys, Bytes key);
void expand(AesGcmTables& tables, Bytes key);  // also serves the VAES kernels: the tables are the same
void seal(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
void open(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
}  // namespace aesni

namespace armv8 {
uint32_t expand_round_keys(AesRoundKeys& round_keys, Bytes key);
void expand(AesGcmTables& tables, Bytes key);
void seal(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
void open(const AesGcmTables&, const uint8_t*, Bytes, const uint8_t*, size_t, uint8_t*, uint8_t*);
}  // namespace armv8

// The key expansion of this processor family's kernels.
#if defined(__x86_64__)
namespace family = aesni;
#elif defined(__aarch64__)
namespace family = armv8;
#endif

}  // namespace chroom::aead
