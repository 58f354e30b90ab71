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

using V = __m128i;
constexpr size_t kGroupVectors = 8;

inline __attribute__((always_inline)) V v_zero() { return _mm_setzero_si128(); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return _mm_xor_si128(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return _mm_xor_si128(a, _mm_xor_si128(b, c)); }
inline __attribute__((always_inline)) V v_clmul_00(V a, V b) { return _mm_clmulepi64_si128(a, b, 0x00); }
inline __attribute__((always_inline)) V v_clmul_01(V a, V b) { return _mm_clmulepi64_si128(a, b, 0x01); }
inline __attribute__((always_inline)) V v_clmul_10(V a, V b) { return _mm_clmulepi64_si128(a, b, 0x10); }
inline __attribute__((always_inline)) V v_clmul_11(V a, V b) { return _mm_clmulepi64_si128(a, b, 0x11); }
inline __attribute__((always_inline)) V v_aes_round(V block, V key) { return _mm_aesenc_si128(block, key); }
inline __attribute__((always_inline)) V v_aes_last_round(V block, V key) { return _mm_aesenclast_si128(block, key); }
inline __attribute__((always_inline)) V v_load(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
inline __attribute__((always_inline)) void v_store(uint8_t* p, V v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
inline __attribute__((always_inline)) V v_load_part(const uint8_t* p, size_t length) {
  alignas(16) uint8_t whole[16] = {};
  std::memcpy(whole, p, length);
  return v_load(whole);
}
inline __attribute__((always_inline)) void v_store_part(uint8_t* p, V v, size_t length) {
  alignas(16) uint8_t whole[16];
  v_store(whole, v);
  std::memcpy(p, whole, length);
}
inline __attribute__((always_inline)) V v_keep(V v, size_t length) {
  alignas(16) uint8_t whole[16];
  v_store(whole, v);
  return v_load_part(whole, length);
}
inline __attribute__((always_inline)) V v_broadcast(const uint8_t* p) { return _mm_load_si128(reinterpret_cast<const __m128i*>(p)); }
inline __attribute__((always_inline)) V v_first_lane(__m128i block) { return block; }
inline __attribute__((always_inline)) V v_reverse(V v) {
  return _mm_shuffle_epi8(v, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
inline __attribute__((always_inline)) __m128i v_fold(V v) { return v; }
// The counter's 32 bits are kept little-endian in the last word, where they can be added to.
inline __attribute__((always_inline)) V v_second_counter(__m128i first) { return _mm_insert_epi32(first, 2, 3); }
inline __attribute__((always_inline)) V v_next_counter(V counter) { return _mm_add_epi32(counter, _mm_set_epi32(1, 0, 0, 0)); }
inline __attribute__((always_inline)) V v_counter_block(V counter) {
  return _mm_shuffle_epi8(counter, _mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

#include "aead/gcm_block.h"
#include "aead/gcm_pass.h"

// SubWord(RotWord(word)) ^ rcon in [1], SubWord(word) in [0]; without rcon, so that it can be a loop (FIPS 197, 5.2).
uint32_t substitute_word(uint32_t word, bool rotate) {
  const __m128i assisted = _mm_aeskeygenassist_si128(_mm_set1_epi32(static_cast<int>(word)), 0);
  return static_cast<uint32_t>(rotate ? _mm_extract_epi32(assisted, 1) : _mm_extract_epi32(assisted, 0));
}

void expand_round_keys(AesGcmTables& tables, Bytes key) {
  const size_t key_words = key.size() / 4;
  tables.rounds = static_cast<uint32_t>(key_words + 6);
  uint32_t words[60];
  std::memcpy(words, key.data(), key.size());
  uint32_t round_constant = 1;
  for (size_t i = key_words; i < 4 * (tables.rounds + 1); i++) {
    uint32_t word = words[i - 1];
    if (i % key_words == 0) {
      word = substitute_word(word, true) ^ round_constant;
      round_constant = round_constant << 1 ^ (round_constant >> 7) * 0x11b;
    } else if (key_words == 8 && i % 8 == 4) {
      word = substitute_word(word, false);
    }
    words[i] = words[i - key_words] ^ word;
  }
  std::memcpy(tables.round_keys.data(), words, 16 * (tables.rounds + 1));
}

// value * x in the reflected domain: one bit to the left, and the polynomial when a bit fell out.
__m128i times_x(__m128i value) {
  alignas(16) uint64_t halves[2];
  _mm_store_si128(reinterpret_cast<__m128i*>(halves), value);
  const uint64_t out = halves[1] >> 63;
  halves[1] = halves[1] << 1 | halves[0] >> 63;
  halves[0] <<= 1;
  halves[0] ^= out;
  halves[1] ^= out * 0xc200000000000000ULL;
  return _mm_load_si128(reinterpret_cast<const __m128i*>(halves));
}

}  // namespace

void expand(AesGcmTables& tables, Bytes key) {
  expand_round_keys(tables, key);
  const __m128i zero = _mm_setzero_si128();
  const __m128i encrypted = tables.rounds == 10 ? encrypt_block<10>(tables, zero) : encrypt_block<14>(tables, zero);
  const __m128i hash_key = times_x(reverse_block(encrypted));
  std::memset(tables.hash_powers.data(), 0, sizeof tables.hash_powers);
  __m128i power = hash_key;
  for (size_t i = kHashPowers; i-- > 0;) {
    _mm_store_si128(reinterpret_cast<__m128i*>(tables.hash_powers[i].data()), power);
    Accumulator product{v_zero(), v_zero(), v_zero()};
    multiply_add(product, power, hash_key);
    power = ghash_reduce(product.low, product.middle, product.high);
  }
}

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
