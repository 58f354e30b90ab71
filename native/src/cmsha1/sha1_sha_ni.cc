// SHA-1 by the SHA instructions, one stream or two whose steps alternate, since each step waits for the one before it.
// The target has no AVX on purpose: SHA instructions exist only in the old encoding, and mixed with wide registers in
// use each of them waits for the upper halves (one program for comparison was a hundred times slower there; the cause was not isolated).
#if defined(__x86_64__)
#include <immintrin.h>

#include "cmsha1/sha1_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sha,ssse3,sse4.1"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("sha,ssse3,sse4.1")
#endif

namespace chroom::cmsha1::sha_ni {
namespace {

struct Stream {
  __m128i abcd, e;       // e in the highest word
  __m128i before;        // a, b, c, d of four rounds ago: its a, rotated, is the next e
  __m128i words[4];      // the sixteen words of the schedule that are still needed
};

// Rounds 4 * kStep to 4 * kStep + 3.
template <int kStep>
inline __attribute__((always_inline)) void step(Stream& s) {
  __m128i& current = s.words[kStep & 3];
  if constexpr (kStep >= 4) {
    const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(current, s.words[(kStep + 1) & 3]), s.words[(kStep + 2) & 3]);
    current = _mm_sha1msg2_epu32(mixed, s.words[(kStep + 3) & 3]);
  }
  const __m128i added = kStep == 0 ? _mm_add_epi32(s.e, current) : _mm_sha1nexte_epu32(s.before, current);
  s.before = s.abcd;
  s.abcd = _mm_sha1rnds4_epu32(s.abcd, added, kStep / 5);
}

template <size_t kStreams, int kStep = 0>
inline __attribute__((always_inline)) void all_steps(Stream (&streams)[kStreams]) {
  if constexpr (kStep < 20) {
#pragma GCC unroll 2
    for (size_t i = 0; i < kStreams; i++) step<kStep>(streams[i]);
    all_steps<kStreams, kStep + 1>(streams);
  }
}

template <size_t kStreams>
inline __attribute__((always_inline)) void compress_all(uint32_t* states, const uint8_t* const* data, size_t block_count) {
  const __m128i reverse = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  Stream streams[kStreams];
  const auto word = [&](size_t row, size_t i) { return static_cast<int>(states[row * kStreams + i]); };
#pragma GCC unroll 2
  for (size_t i = 0; i < kStreams; i++) {
    streams[i].abcd = _mm_set_epi32(word(0, i), word(1, i), word(2, i), word(3, i));
    streams[i].e = _mm_set_epi32(word(4, i), 0, 0, 0);
  }
  for (size_t block = 0; block < block_count; block++) {
    __m128i abcd[kStreams], e[kStreams];
#pragma GCC unroll 2
    for (size_t i = 0; i < kStreams; i++) {
      abcd[i] = streams[i].abcd;
      e[i] = streams[i].e;
      const auto* from = reinterpret_cast<const __m128i*>(data[i] + block * 64);
#pragma GCC unroll 4
      for (size_t j = 0; j < 4; j++) streams[i].words[j] = _mm_shuffle_epi8(_mm_loadu_si128(from + j), reverse);
    }
    all_steps(streams);
#pragma GCC unroll 2
    for (size_t i = 0; i < kStreams; i++) {
      streams[i].e = _mm_sha1nexte_epu32(streams[i].before, e[i]);
      streams[i].abcd = _mm_add_epi32(streams[i].abcd, abcd[i]);
    }
  }
#pragma GCC unroll 2
  for (size_t i = 0; i < kStreams; i++) {
    states[i] = static_cast<uint32_t>(_mm_extract_epi32(streams[i].abcd, 3));
    states[kStreams + i] = static_cast<uint32_t>(_mm_extract_epi32(streams[i].abcd, 2));
    states[2 * kStreams + i] = static_cast<uint32_t>(_mm_extract_epi32(streams[i].abcd, 1));
    states[3 * kStreams + i] = static_cast<uint32_t>(_mm_extract_epi32(streams[i].abcd, 0));
    states[4 * kStreams + i] = static_cast<uint32_t>(_mm_extract_epi32(streams[i].e, 3));
  }
}

}  // namespace

void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all<2>(states, streams, block_count);
}

void compress_one(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all<1>(states, streams, block_count);
}

}  // namespace chroom::cmsha1::sha_ni
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
