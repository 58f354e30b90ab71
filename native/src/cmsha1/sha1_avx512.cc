// SHA-1 of sixteen streams, one to a 32-bit word of an AVX-512 register.
#if defined(__x86_64__)
#include <immintrin.h>

#include "cmsha1/sha1_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl"))), apply_to = function)
#else
// The header of GCC 12 initialises "undefined" vectors with themselves and then warns about it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl")
#endif

namespace chroom::cmsha1::avx512 {
namespace {

using V = __m512i;

inline __attribute__((always_inline)) V v_load(const uint32_t* p) { return _mm512_load_si512(p); }
inline __attribute__((always_inline)) void v_store(uint32_t* p, V v) { _mm512_store_si512(p, v); }
inline __attribute__((always_inline)) V v_set(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
inline __attribute__((always_inline)) V v_add(V a, V b) { return _mm512_add_epi32(a, b); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return _mm512_xor_si512(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
inline __attribute__((always_inline)) V v_choose(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0xca); }
inline __attribute__((always_inline)) V v_majority(V a, V b, V c) { return _mm512_ternarylogic_epi32(a, b, c, 0xe8); }
template <int kBits>
inline __attribute__((always_inline)) V v_rotate(V v) { return _mm512_rol_epi32(v, kBits); }

// 64 bytes of each stream, turned so that words[i] holds word i of all of them, and into the order of this machine.
inline __attribute__((always_inline)) void load_block(const uint8_t* const* streams, size_t offset, V (&words)[16]) {
  const V swap = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  V pairs[16], quads[16];
#pragma GCC unroll 8
  for (size_t i = 0; i < 16; i += 2) {
    const V even = _mm512_shuffle_epi8(_mm512_loadu_si512(streams[i] + offset), swap);
    const V odd = _mm512_shuffle_epi8(_mm512_loadu_si512(streams[i + 1] + offset), swap);
    pairs[i] = _mm512_unpacklo_epi32(even, odd);
    pairs[i + 1] = _mm512_unpackhi_epi32(even, odd);
  }
  // quads[4g + q] has in its 128-bit lane l word 4l + q of the streams 4g to 4g + 3.
#pragma GCC unroll 4
  for (size_t i = 0; i < 16; i += 4) {
    quads[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    quads[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    quads[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    quads[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
#pragma GCC unroll 4
  for (size_t q = 0; q < 4; q++) {
    const V even_low = _mm512_shuffle_i32x4(quads[q], quads[4 + q], 0x88);
    const V even_high = _mm512_shuffle_i32x4(quads[8 + q], quads[12 + q], 0x88);
    const V odd_low = _mm512_shuffle_i32x4(quads[q], quads[4 + q], 0xdd);
    const V odd_high = _mm512_shuffle_i32x4(quads[8 + q], quads[12 + q], 0xdd);
    words[q] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
    words[4 + q] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
    words[8 + q] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
    words[12 + q] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
  }
}

#include "cmsha1/sha1_pass.h"

}  // namespace

void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all(states, streams, block_count);
}

}  // namespace chroom::cmsha1::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
