// No include guard: part of each ARMv8 kernel file, by way of vector_armv8.h, inside its namespace and target options.
// One block of 128 bits. Its counterpart is block_x86.h.

using Block = uint8x16_t;

inline __attribute__((always_inline)) Block block_zero() { return vdupq_n_u8(0); }
inline __attribute__((always_inline)) Block block_xor(Block a, Block b) { return veorq_u8(a, b); }
inline __attribute__((always_inline)) Block block_and(Block a, Block b) { return vandq_u8(a, b); }
inline __attribute__((always_inline)) Block block_of(uint64_t low, uint64_t high) {
  return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}
inline __attribute__((always_inline)) uint64_t block_low(Block block) { return vgetq_lane_u64(vreinterpretq_u64_u8(block), 0); }
inline __attribute__((always_inline)) uint64_t block_high(Block block) { return vgetq_lane_u64(vreinterpretq_u64_u8(block), 1); }
inline __attribute__((always_inline)) Block block_load(const uint8_t* p) { return vld1q_u8(p); }
inline __attribute__((always_inline)) void block_store(uint8_t* p, Block block) { vst1q_u8(p, block); }
inline __attribute__((always_inline)) Block block_with_last_word(Block block, uint32_t word) {
  return vreinterpretq_u8_u32(vsetq_lane_u32(word, vreinterpretq_u32_u8(block), 3));
}
// The last word in the other byte order: a counter block as on the wire from one that can be added to, and back.
inline __attribute__((always_inline)) Block block_swap_last_word(Block block) {
  const Block order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12};
  return vqtbl1q_u8(block, order);
}

#include "aead/block_part.h"
