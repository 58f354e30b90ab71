// No include guard: part of each x86 kernel file, inside its namespace and target options (see gcm_pass.h).
// Single 128-bit blocks.

static inline __attribute__((always_inline)) __m128i reverse_block(__m128i block) {
  return _mm_shuffle_epi8(block, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

// Reduces low + middle * x^64 + high * x^128 modulo x^128 + x^7 + x^2 + x + 1 in the reflected domain, where the
// polynomial's constant is 0xc2 in the top byte. The product of two reflected values lacks one multiplication by x;
// keeping the hash key's powers premultiplied by x makes up for it.
static inline __attribute__((always_inline)) __m128i ghash_reduce(__m128i low, __m128i middle, __m128i high) {
  const __m128i polynomial = _mm_set_epi64x(static_cast<long long>(0xc200000000000000ULL), 1);
  middle = _mm_xor_si128(middle, _mm_shuffle_epi32(low, 0x4e));
  middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(polynomial, low, 0x01));
  high = _mm_xor_si128(high, _mm_shuffle_epi32(middle, 0x4e));
  return _mm_xor_si128(high, _mm_clmulepi64_si128(polynomial, middle, 0x01));
}

static inline __attribute__((always_inline)) __m128i encrypt_block(const AesGcmTables& tables, __m128i block) {
  const auto key = [&tables](uint32_t round) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(tables.round_keys[round].data()));
  };
  block = _mm_xor_si128(block, key(0));
  for (uint32_t round = 1; round < tables.rounds; round++) block = _mm_aesenc_si128(block, key(round));
  return _mm_aesenclast_si128(block, key(tables.rounds));
}
