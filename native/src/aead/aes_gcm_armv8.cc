// AES-GCM, one block to a vector: the AES and PMULL instructions of ARMv8.
#if defined(__aarch64__)
#include <arm_neon.h>

#include <cstring>

#include "aead/aes_gcm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes"))), apply_to = function)
#else
// GCC 12 declares the AES intrinsics under this name, which is AES, PMULL and SHA-2 together; only the first two are used.
#pragma GCC push_options
#pragma GCC target("+crypto")
#endif

namespace chroom::aead::armv8 {
namespace {

#include "aead/vector_armv8.h"

constexpr size_t kGroupVectors = 8;

#include "aead/gcm_block_armv8.h"
#include "aead/gcm_pass.h"

// FIPS 197 section 5.2, SubWord. ShiftRows, which AESE does too, leaves four equal columns as they are.
uint32_t substitute_word(uint32_t word) {
  return vgetq_lane_u32(vreinterpretq_u32_u8(vaeseq_u8(vreinterpretq_u8_u32(vdupq_n_u32(word)), vdupq_n_u8(0))), 0);
}

#include "aead/key_expansion.h"

}  // namespace

uint32_t expand_round_keys(AesRoundKeys& round_keys, Bytes key) { return expand_all_round_keys(round_keys, key); }

void expand(AesGcmTables& tables, Bytes key) { expand_tables(tables, key); }

void seal(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<true>(tables, nonce, additional, in, length, out, tag);
}

void open(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<false>(tables, nonce, additional, in, length, out, tag);
}

}  // namespace chroom::aead::armv8
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
