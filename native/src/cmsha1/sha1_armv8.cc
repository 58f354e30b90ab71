// SHA-1 by the SHA instructions of ARMv8, one stream or two whose steps alternate, since each step waits for the one
// before it.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "cmsha1/sha1_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sha2"))), apply_to = function)
#else
// GCC 12 declares the SHA-1 intrinsics under this name, which is AES and SHA-2 too; only SHA-1 is used.
#pragma GCC push_options
#pragma GCC target("+crypto")
#endif

namespace chroom::cmsha1::armv8 {
namespace {

struct Stream {
  uint32x4_t abcd;
  uint32_t e;
  uint32x4_t words[4];  // the sixteen words of the schedule that are still needed
};

constexpr uint32_t kConstants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

// Rounds 4 * kStep to 4 * kStep + 3 (FIPS 180-4 section 6.1.2).
template <int kStep>
inline __attribute__((always_inline)) void step(Stream& s) {
  uint32x4_t& current = s.words[kStep & 3];
  if constexpr (kStep >= 4) {
    current = vsha1su1q_u32(vsha1su0q_u32(current, s.words[(kStep + 1) & 3], s.words[(kStep + 2) & 3]), s.words[(kStep + 3) & 3]);
  }
  const uint32x4_t added = vaddq_u32(current, vdupq_n_u32(kConstants[kStep / 5]));
  const uint32_t next_e = vsha1h_u32(vgetq_lane_u32(s.abcd, 0));
  if constexpr (kStep / 5 == 0) {
    s.abcd = vsha1cq_u32(s.abcd, s.e, added);
  } else if constexpr (kStep / 5 == 2) {
    s.abcd = vsha1mq_u32(s.abcd, s.e, added);
  } else {
    s.abcd = vsha1pq_u32(s.abcd, s.e, added);
  }
  s.e = next_e;
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
  Stream streams[kStreams];
#pragma GCC unroll 2
  for (size_t i = 0; i < kStreams; i++) {
    const uint32x4_t abcd = {states[i], states[kStreams + i], states[2 * kStreams + i], states[3 * kStreams + i]};
    streams[i].abcd = abcd;
    streams[i].e = states[4 * kStreams + i];
  }
  for (size_t block = 0; block < block_count; block++) {
    uint32x4_t abcd[kStreams];
    uint32_t e[kStreams];
#pragma GCC unroll 2
    for (size_t i = 0; i < kStreams; i++) {
      abcd[i] = streams[i].abcd;
      e[i] = streams[i].e;
#pragma GCC unroll 4
      for (size_t j = 0; j < 4; j++) {
        streams[i].words[j] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data[i] + block * 64 + j * 16)));
      }
    }
    all_steps(streams);
#pragma GCC unroll 2
    for (size_t i = 0; i < kStreams; i++) {
      streams[i].abcd = vaddq_u32(streams[i].abcd, abcd[i]);
      streams[i].e += e[i];
    }
  }
#pragma GCC unroll 2
  for (size_t i = 0; i < kStreams; i++) {
    states[i] = vgetq_lane_u32(streams[i].abcd, 0);
    states[kStreams + i] = vgetq_lane_u32(streams[i].abcd, 1);
    states[2 * kStreams + i] = vgetq_lane_u32(streams[i].abcd, 2);
    states[3 * kStreams + i] = vgetq_lane_u32(streams[i].abcd, 3);
    states[4 * kStreams + i] = streams[i].e;
  }
}

}  // namespace

void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all<2>(states, streams, block_count);
}

void compress_one(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  compress_all<1>(states, streams, block_count);
}

}  // namespace chroom::cmsha1::armv8
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
