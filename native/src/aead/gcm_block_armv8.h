// No include guard: part of aes_gcm_armv8.cc, inside its namespace and target options (see gcm_pass.h). What GCM does
// with single blocks; its counterpart is gcm_block_x86.h, where the reasons are written.

inline __attribute__((always_inline)) Block reverse_block(Block block) { return v_reverse(block); }

inline __attribute__((always_inline)) Block swap_halves(Block block) { return vextq_u8(block, block, 8); }

inline __attribute__((always_inline)) Block ghash_reduce(Block low, Block middle, Block high) {
  const auto by_polynomial = [](Block block) __attribute__((always_inline)) {
    const poly64_t half = static_cast<poly64_t>(vgetq_lane_u64(vreinterpretq_u64_u8(block), 0));
    return vreinterpretq_u8_p128(vmull_p64(static_cast<poly64_t>(0xc200000000000000ULL), half));
  };
  middle = v_xor3(middle, swap_halves(low), by_polynomial(low));
  return v_xor3(high, swap_halves(middle), by_polynomial(middle));
}

inline __attribute__((always_inline)) Block first_counter(const uint8_t* nonce) {
  uint64_t start;
  uint32_t last_word;
  std::memcpy(&start, nonce, sizeof start);
  std::memcpy(&last_word, nonce + 8, sizeof last_word);
  const uint64x2_t halves = {start, uint64_t{0x01000000} << 32 | last_word};
  return vreinterpretq_u8_u64(halves);
}

inline __attribute__((always_inline)) Block reflected_lengths(size_t additional_bytes, size_t bytes) {
  const uint64x2_t halves = {uint64_t{bytes} * 8, uint64_t{additional_bytes} * 8};
  return vreinterpretq_u8_u64(halves);
}

template <uint32_t kRounds>
inline __attribute__((always_inline)) Block encrypt_block(const AesGcmTables& tables, Block block) {
  block = block_xor(block, v_load(tables.round_keys[0].data()));
#pragma GCC unroll 13
  for (uint32_t round = 1; round < kRounds; round++) block = v_aes_round(block, v_load(tables.round_keys[round].data()));
  return v_aes_last_round(block, v_load(tables.round_keys[kRounds].data()));
}
