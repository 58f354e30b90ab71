// No include guard: part of each kernel file of this width, inside its namespace and target options.
// What two AES blocks side by side can do: AVX2, VAES, VPCLMULQDQ.
#include "aead/block_x86.h"

using V = __m256i;

inline __attribute__((always_inline)) V v_zero() { return _mm256_setzero_si256(); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return _mm256_xor_si256(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return _mm256_xor_si256(a, _mm256_xor_si256(b, c)); }
inline __attribute__((always_inline)) V v_clmul_00(V a, V b) { return _mm256_clmulepi64_epi128(a, b, 0x00); }
inline __attribute__((always_inline)) V v_clmul_01(V a, V b) { return _mm256_clmulepi64_epi128(a, b, 0x01); }
inline __attribute__((always_inline)) V v_clmul_10(V a, V b) { return _mm256_clmulepi64_epi128(a, b, 0x10); }
inline __attribute__((always_inline)) V v_clmul_11(V a, V b) { return _mm256_clmulepi64_epi128(a, b, 0x11); }
inline __attribute__((always_inline)) V v_aes_round(V block, V key) { return _mm256_aesenc_epi128(block, key); }
inline __attribute__((always_inline)) V v_aes_last_round(V block, V key) { return _mm256_aesenclast_epi128(block, key); }
inline __attribute__((always_inline)) V v_load(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline __attribute__((always_inline)) void v_store(uint8_t* p, V v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
inline __attribute__((always_inline)) V v_load_part(const uint8_t* p, size_t length) {
  if (length == 32) return v_load(p);
  if (length < 16) return _mm256_zextsi128_si256(block_load_part(p, length));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(block_load(p)), block_load_part(p + 16, length - 16), 1);
}
inline __attribute__((always_inline)) void v_store_part(uint8_t* p, V v, size_t length) {
  if (length == 32) return v_store(p, v);
  if (length < 16) return block_store_part(p, _mm256_castsi256_si128(v), length);
  block_store(p, _mm256_castsi256_si128(v));
  block_store_part(p + 16, _mm256_extracti128_si256(v, 1), length - 16);
}
// Bytes are kept where their number, 0 to 31, is below the length.
inline __attribute__((always_inline)) V v_keep(V v, size_t length) {
  const V numbers = _mm256_set_epi8(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8,
                                    7, 6, 5, 4, 3, 2, 1, 0);
  return _mm256_and_si256(v, _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(length)), numbers));
}
inline __attribute__((always_inline)) V v_broadcast(const uint8_t* p) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
}
inline __attribute__((always_inline)) V v_first_lane(Block block) { return _mm256_zextsi128_si256(block); }
inline __attribute__((always_inline)) V v_reverse(V v) {
  return _mm256_shuffle_epi8(
      v, _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}
inline __attribute__((always_inline)) Block v_fold(V v) { return _mm_xor_si128(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)); }
// Counters whose 32 bits are little-endian in the last word of each lane, where they can be added to: `first` in the
// first lane, one more in each that follows.
inline __attribute__((always_inline)) V v_counters(Block first) {
  return _mm256_add_epi32(_mm256_broadcastsi128_si256(first), _mm256_set_epi32(1, 0, 0, 0, 0, 0, 0, 0));
}
inline __attribute__((always_inline)) V v_next_counter(V counter) { return _mm256_add_epi32(counter, _mm256_set_epi32(2, 0, 0, 0, 2, 0, 0, 0)); }
inline __attribute__((always_inline)) V v_counter_block(V counter) {
  return _mm256_shuffle_epi8(
      counter, _mm256_broadcastsi128_si256(_mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
}
