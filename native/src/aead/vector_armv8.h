// No include guard: part of each ARMv8 kernel file, inside its namespace and target options. What one AES block can do:
// NEON, AES and PMULL instructions.
#include "aead/block_armv8.h"

using V = Block;

inline __attribute__((always_inline)) V v_zero() { return block_zero(); }
inline __attribute__((always_inline)) V v_xor(V a, V b) { return veorq_u8(a, b); }
inline __attribute__((always_inline)) V v_xor3(V a, V b, V c) { return veorq_u8(a, veorq_u8(b, c)); }
// The carry-less product of one half of each; halves are numbered as the bytes lie in memory.
template <int kHalfOfA, int kHalfOfB>
inline __attribute__((always_inline)) V v_clmul(V a, V b) {
  const poly64_t left = static_cast<poly64_t>(vgetq_lane_u64(vreinterpretq_u64_u8(a), kHalfOfA));
  const poly64_t right = static_cast<poly64_t>(vgetq_lane_u64(vreinterpretq_u64_u8(b), kHalfOfB));
  return vreinterpretq_u8_p128(vmull_p64(left, right));
}
inline __attribute__((always_inline)) V v_clmul_00(V a, V b) { return v_clmul<0, 0>(a, b); }
inline __attribute__((always_inline)) V v_clmul_01(V a, V b) { return v_clmul<1, 0>(a, b); }
inline __attribute__((always_inline)) V v_clmul_10(V a, V b) { return v_clmul<0, 1>(a, b); }
inline __attribute__((always_inline)) V v_clmul_11(V a, V b) {
  return vreinterpretq_u8_p128(vmull_high_p64(vreinterpretq_p64_u8(a), vreinterpretq_p64_u8(b)));
}
// AESE adds a key before it substitutes, the rounds of gcm_pass.h after: with a zero key here the compiler folds the
// addition into the AESE of the round that follows.
inline __attribute__((always_inline)) V v_aes_round(V block, V key) {
  return veorq_u8(vaesmcq_u8(vaeseq_u8(block, vdupq_n_u8(0))), key);
}
inline __attribute__((always_inline)) V v_aes_last_round(V block, V key) {
  return veorq_u8(vaeseq_u8(block, vdupq_n_u8(0)), key);
}
inline __attribute__((always_inline)) V v_load(const uint8_t* p) { return vld1q_u8(p); }
inline __attribute__((always_inline)) void v_store(uint8_t* p, V v) { vst1q_u8(p, v); }
inline __attribute__((always_inline)) V v_load_part(const uint8_t* p, size_t length) {
  return length == 16 ? v_load(p) : block_load_part(p, length);
}
inline __attribute__((always_inline)) void v_store_part(uint8_t* p, V v, size_t length) {
  return length == 16 ? v_store(p, v) : block_store_part(p, v, length);
}
inline __attribute__((always_inline)) V v_keep(V v, size_t length) { return block_keep(v, length); }
inline __attribute__((always_inline)) V v_broadcast(const uint8_t* p) { return vld1q_u8(p); }
inline __attribute__((always_inline)) V v_first_lane(Block block) { return block; }
inline __attribute__((always_inline)) V v_reverse(V v) {
  const V halves = vrev64q_u8(v);
  return vextq_u8(halves, halves, 8);
}
inline __attribute__((always_inline)) Block v_fold(V v) { return v; }
// Counters whose 32 bits are little-endian in the last word.
inline __attribute__((always_inline)) V v_counters(Block first) { return first; }
inline __attribute__((always_inline)) V v_next_counter(V counter) {
  const uint32x4_t one = {0, 0, 0, 1};
  return vreinterpretq_u8_u32(vaddq_u32(vreinterpretq_u32_u8(counter), one));
}
inline __attribute__((always_inline)) V v_counter_block(V counter) { return block_swap_last_word(counter); }
