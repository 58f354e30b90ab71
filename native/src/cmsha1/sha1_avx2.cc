// SHA-1 of eight streams, one to a 32-bit word of an AVX2 register.
#if defined(__x86_64__)
#include <immintrin.h>

#include "cmsha1/sha1_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

namespace chroom::cmsha1::avx2 {
namespace {

using V = __m256i;

inline __attribute__((always_inline)) V v_load(const uint32_t* p) { return _mm256_load_si256(reinterpret_cast<const V*>(p)); }
inline __attribute__((always_inline)) void v_store(uint32_t* p, V v) { _mm256_store_si256(reinterpret_cast<V*>(p), v); }
inline __attribute__((always_inline)) V v_set(uint32_t word) { return _mm256_set1_epi32(static_cast<int>(word)); }
inline __attribute__((always_inline)) V v_add(V a, V b) { return _mm256_add_epi32(a, b); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return _mm256_xor_si256(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return v_xor(a, v_xor(b, c)); }
inline __attribute__((always_inline)) V v_choose(V a, V b, V c) { return v_xor(c, _mm256_and_si256(a, v_xor(b, c))); }
inline __attribute__((always_inline)) V v_majority(V a, V b, V c) {
  return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
}
template <int kBits>
inline __attribute__((always_inline)) V v_rotate(V v) {
  return _mm256_or_si256(_mm256_slli_epi32(v, kBits), _mm256_srli_epi32(v, 32 - kBits));
}

// 32 bytes of each stream, turned so that words[i] holds word i of all of them.
inline __attribute__((always_inline)) void load_half_block(const uint8_t* const* streams, size_t offset, V* words) {
  const V swap = _mm256_broadcastsi128_si256(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  V pairs[8], quads[8];
#pragma GCC unroll 4
  for (size_t i = 0; i < 8; i += 2) {
    const V even = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const V*>(streams[i] + offset)), swap);
    const V odd = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const V*>(streams[i + 1] + offset)), swap);
    pairs[i] = _mm256_unpacklo_epi32(even, odd);
    pairs[i + 1] = _mm256_unpackhi_epi32(even, odd);
  }
  // quads[4g + q] has in its 128-bit lane l word 4l + q of the streams 4g to 4g + 3.
#pragma GCC unroll 2
  for (size_t i = 0; i < 8; i += 4) {
    quads[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
    quads[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
    quads[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    quads[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
#pragma GCC unroll 4
  for (size_t q = 0; q < 4; q++) {
    words[q] = _mm256_permute2x128_si256(quads[q], quads[4 + q], 0x20);
    words[4 + q] = _mm256_permute2x128_si256(quads[q], quads[4 + q], 0x31);
  }
}

inline __attribute__((always_inline)) void load_block(const uint8_t* const* streams, size_t offset, V (&words)[16]) {
  load_half_block(streams, offset, words);
  load_half_block(streams, offset + 32, words + 8);
}

#include "cmsha1/sha1_pass.h"

}  // namespace

void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all(states, streams, block_count);
}

}  // namespace chroom::cmsha1::avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
