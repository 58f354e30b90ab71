// No include guard: part of each x86 kernel file, by way of its vector_*.h, inside its namespace and target options.
// One block of 128 bits. Its counterpart is block_armv8.h.

using Block = __m128i;

inline __attribute__((always_inline)) Block block_zero() { return _mm_setzero_si128(); }
inline __attribute__((always_inline)) Block block_xor(Block a, Block b) { return _mm_xor_si128(a, b); }
inline __attribute__((always_inline)) Block block_and(Block a, Block b) { return _mm_and_si128(a, b); }
inline __attribute__((always_inline)) Block block_of(uint64_t low, uint64_t high) {
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}
inline __attribute__((always_inline)) uint64_t block_low(Block block) { return static_cast<uint64_t>(_mm_cvtsi128_si64(block)); }
inline __attribute__((always_inline)) uint64_t block_high(Block block) { return static_cast<uint64_t>(_mm_extract_epi64(block, 1)); }
inline __attribute__((always_inline)) Block block_load(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const Block*>(p)); }
inline __attribute__((always_inline)) void block_store(uint8_t* p, Block block) { _mm_storeu_si128(reinterpret_cast<Block*>(p), block); }
inline __attribute__((always_inline)) Block block_with_last_word(Block block, uint32_t word) {
  return _mm_insert_epi32(block, static_cast<int>(word), 3);
}
// The last word in the other byte order: a counter block as on the wire from one that can be added to, and back.
inline __attribute__((always_inline)) Block block_swap_last_word(Block block) {
  return _mm_shuffle_epi8(block, _mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

#include "aead/block_part.h"
