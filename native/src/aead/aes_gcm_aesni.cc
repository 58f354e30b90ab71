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

#include "aead/gcm_block.h"
#include "aead/gcm_pass.h"

// SubWord(RotWord(word)) ^ rcon in [1], SubWord(word) in [0]; without rcon, so that it can be a loop (FIPS 197, 5.2).
uint32_t substitute_word(uint32_t word, bool rotate) {
  const __m128i assisted = _mm_aeskeygenassist_si128(_mm_set1_epi32(static_cast<int>(word)), 0);
  return static_cast<uint32_t>(rotate ? _mm_extract_epi32(assisted, 1) : _mm_extract_epi32(assisted, 0));
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

uint32_t expand_round_keys(AesRoundKeys& round_keys, Bytes key) {
  const size_t key_words = key.size() / 4;
  const uint32_t rounds = static_cast<uint32_t>(key_words + 6);
  uint32_t words[60];
  std::memcpy(words, key.data(), key.size());
  uint32_t round_constant = 1;
  for (size_t i = key_words; i < 4 * (rounds + 1); i++) {
    uint32_t word = words[i - 1];
    if (i % key_words == 0) {
      word = substitute_word(word, true) ^ round_constant;
      round_constant = round_constant << 1 ^ (round_constant >> 7) * 0x11b;
    } else if (key_words == 8 && i % 8 == 4) {
      word = substitute_word(word, false);
    }
    words[i] = words[i - key_words] ^ word;
  }
  std::memcpy(round_keys.data(), words, 16 * (rounds + 1));
  return rounds;
}

void expand(AesGcmTables& tables, Bytes key) {
  tables.rounds = expand_round_keys(tables.round_keys, key);
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
