// AES-GCM, one block to a vector: AES-NI and PCLMULQDQ; and the key expansion of all x86 kernels.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "aead/aes_gcm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes,pclmul,sse4.1"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("aes,pclmul,sse4.1")
#endif

namespace chroom::aead::aesni {
namespace {

#include "aead/vector_128.h"

constexpr size_t kGroupVectors = 8;

#include "aead/gcm_block_x86.h"
#include "aead/gcm_pass.h"

// FIPS 197 section 5.2, SubWord.
uint32_t substitute_word(uint32_t word) {
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_aeskeygenassist_si128(_mm_set1_epi32(static_cast<int>(word)), 0), 0));
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

}  // namespace chroom::aead::aesni
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
