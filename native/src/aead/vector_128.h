// No include guard: part of each kernel file of this width, inside its namespace and target options.
// What one AES block can do: AES-NI, PCLMULQDQ, SSE4.1.
#include "aead/block_x86.h"

using V = __m128i;

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
  return length == 16 ? v_load(p) : block_load_part(p, length);
}
inline __attribute__((always_inline)) void v_store_part(uint8_t* p, V v, size_t length) {
  return length == 16 ? v_store(p, v) : block_store_part(p, v, length);
}
inline __attribute__((always_inline)) V v_keep(V v, size_t length) { return block_keep(v, length); }
inline __attribute__((always_inline)) V v_broadcast(const uint8_t* p) { return _mm_load_si128(reinterpret_cast<const __m128i*>(p)); }
inline __attribute__((always_inline)) V v_first_lane(Block block) { return block; }
inline __attribute__((always_inline)) V v_reverse(V v) {
  return _mm_shuffle_epi8(v, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
inline __attribute__((always_inline)) Block v_fold(V v) { return v; }
// Counters whose 32 bits are little-endian in the last word of each lane, where they can be added to: `first` in the
// first lane, one more in each that follows.
inline __attribute__((always_inline)) V v_counters(Block first) { return first; }
inline __attribute__((always_inline)) V v_next_counter(V counter) { return _mm_add_epi32(counter, _mm_set_epi32(1, 0, 0, 0)); }
inline __attribute__((always_inline)) V v_counter_block(V counter) {
  return _mm_shuffle_epi8(counter, _mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}
