// AES-GCM, four blocks to a vector: VAES, VPCLMULQDQ and AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "aead/aes_gcm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,vaes,vpclmulqdq,aes,pclmul,sse4.1,bmi2"))), apply_to = function)
#else
// The header of GCC 12 initialises "undefined" vectors with themselves and then warns about it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,vaes,vpclmulqdq,aes,pclmul,sse4.1,bmi2")
#endif

namespace chroom::aead::vaes512 {
namespace {

using V = __m512i;
constexpr size_t kGroupVectors = 4;

inline __attribute__((always_inline)) V v_zero() { return _mm512_setzero_si512(); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return _mm512_xor_si512(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
inline __attribute__((always_inline)) V v_clmul_00(V a, V b) { return _mm512_clmulepi64_epi128(a, b, 0x00); }
inline __attribute__((always_inline)) V v_clmul_01(V a, V b) { return _mm512_clmulepi64_epi128(a, b, 0x01); }
inline __attribute__((always_inline)) V v_clmul_10(V a, V b) { return _mm512_clmulepi64_epi128(a, b, 0x10); }
inline __attribute__((always_inline)) V v_clmul_11(V a, V b) { return _mm512_clmulepi64_epi128(a, b, 0x11); }
inline __attribute__((always_inline)) V v_aes_round(V block, V key) { return _mm512_aesenc_epi128(block, key); }
inline __attribute__((always_inline)) V v_aes_last_round(V block, V key) { return _mm512_aesenclast_epi128(block, key); }
inline __attribute__((always_inline)) V v_load(const uint8_t* p) { return _mm512_loadu_si512(p); }
inline __attribute__((always_inline)) void v_store(uint8_t* p, V v) { _mm512_storeu_si512(p, v); }
inline __attribute__((always_inline)) __mmask64 first_bytes(size_t length) { return _bzhi_u64(~0ULL, static_cast<unsigned>(length)); }
inline __attribute__((always_inline)) V v_load_part(const uint8_t* p, size_t length) { return _mm512_maskz_loadu_epi8(first_bytes(length), p); }
inline __attribute__((always_inline)) void v_store_part(uint8_t* p, V v, size_t length) { _mm512_mask_storeu_epi8(p, first_bytes(length), v); }
inline __attribute__((always_inline)) V v_keep(V v, size_t length) { return _mm512_maskz_mov_epi8(first_bytes(length), v); }
inline __attribute__((always_inline)) V v_broadcast(const uint8_t* p) {
  return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
}
inline __attribute__((always_inline)) V v_first_lane(__m128i block) { return _mm512_zextsi128_si512(block); }
inline __attribute__((always_inline)) V v_reverse(V v) {
  return _mm512_shuffle_epi8(
      v, _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}
inline __attribute__((always_inline)) __m128i v_fold(V v) {
  const __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}
// The counter's 32 bits are kept little-endian in the last word of each lane, where they can be added to.
inline __attribute__((always_inline)) V v_second_counter(__m128i first) {
  const __m128i swapped = _mm_insert_epi32(first, 1, 3);
  return _mm512_add_epi32(_mm512_broadcast_i32x4(swapped),
                          _mm512_set_epi32(4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0));
}
inline __attribute__((always_inline)) V v_next_counter(V counter) {
  return _mm512_add_epi32(counter, _mm512_set_epi32(4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0));
}
inline __attribute__((always_inline)) V v_counter_block(V counter) {
  return _mm512_shuffle_epi8(
      counter, _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
}

#include "aead/gcm_block.h"
#include "aead/gcm_pass.h"

}  // namespace

void seal(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<true>(tables, nonce, additional, in, length, out, tag);
}

void open(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<false>(tables, nonce, additional, in, length, out, tag);
}

}  // namespace chroom::aead::vaes512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
