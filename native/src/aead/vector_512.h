// No include guard: part of each kernel file of this width, inside its namespace and target options.
// What four AES blocks side by side can do: AVX-512, VAES, VPCLMULQDQ.
#include "aead/block_x86.h"

using V = __m512i;

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
inline __attribute__((always_inline)) V v_first_lane(Block block) { return _mm512_zextsi128_si512(block); }
inline __attribute__((always_inline)) V v_reverse(V v) {
  return _mm512_shuffle_epi8(
      v, _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}
inline __attribute__((always_inline)) Block v_fold(V v) {
  const __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}
// Counters whose 32 bits are little-endian in the last word of each lane, where they can be added to: `first` in the
// first lane, one more in each that follows.
inline __attribute__((always_inline)) V v_counters(Block first) {
  return _mm512_add_epi32(_mm512_broadcast_i32x4(first), _mm512_set_epi32(3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0));
}
inline __attribute__((always_inline)) V v_next_counter(V counter) {
  return _mm512_add_epi32(counter, _mm512_set_epi32(4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0));
}
inline __attribute__((always_inline)) V v_counter_block(V counter) {
  return _mm512_shuffle_epi8(
      counter, _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
}
