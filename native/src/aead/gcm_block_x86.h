// No include guard: part of each x86 kernel file of GCM, inside its namespace and target options (see gcm_pass.h). What
// GCM does with single blocks; its counterpart is gcm_block_armv8.h.

static inline __attribute__((always_inline)) Block reverse_block(Block block) {
  return _mm_shuffle_epi8(block, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

// Reduces low + middle * x^64 + high * x^128 modulo x^128 + x^7 + x^2 + x + 1 in the reflected domain, where the
// polynomial's constant is 0xc2 in the top byte. The product of two reflected values lacks one multiplication by x;
// keeping the hash key's powers premultiplied by x makes up for it.
static inline __attribute__((always_inline)) Block ghash_reduce(Block low, Block middle, Block high) {
  const __m128i polynomial = _mm_set_epi64x(static_cast<long long>(0xc200000000000000ULL), 1);
  middle = _mm_xor_si128(middle, _mm_shuffle_epi32(low, 0x4e));
  middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(polynomial, low, 0x01));
  high = _mm_xor_si128(high, _mm_shuffle_epi32(middle, 0x4e));
  return _mm_xor_si128(high, _mm_clmulepi64_si128(polynomial, middle, 0x01));
}

// The first counter block: the nonce and a big-endian 1. Put together in a register, since a load that overlaps several
// smaller stores has to wait for all of them.
static inline __attribute__((always_inline)) Block first_counter(const uint8_t* nonce) {
  int last_word;
  std::memcpy(&last_word, nonce + 8, sizeof last_word);
  const __m128i start = _mm_insert_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(nonce)), last_word, 2);
  return _mm_insert_epi32(start, 0x01000000, 3);
}

// The last block of the hash, byte-reflected: both lengths in bits.
static inline __attribute__((always_inline)) Block reflected_lengths(size_t additional_bytes, size_t bytes) {
  return _mm_set_epi64x(static_cast<long long>(additional_bytes * 8), static_cast<long long>(bytes * 8));
}

template <uint32_t kRounds>
static inline __attribute__((always_inline)) Block encrypt_block(const AesGcmTables& tables, Block block) {
  const auto key = [&tables](uint32_t round) __attribute__((always_inline)) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(tables.round_keys[round].data()));
  };
  block = _mm_xor_si128(block, key(0));
#pragma GCC unroll 13
  for (uint32_t round = 1; round < kRounds; round++) block = _mm_aesenc_si128(block, key(round));
  return _mm_aesenclast_si128(block, key(kRounds));
}
