// No include guard: aes_gcm_aesni.cc and aes_gcm_armv8.cc each include this once, inside their own namespace and target
// options, after substitute_word() and gcm_pass.h. The tables are the same for all kernels of a processor family.

// value * x in the reflected domain: one bit to the left, and the polynomial when a bit fell out.
static Block times_x(Block value) {
  uint8_t bytes[16];
  block_store(bytes, value);
  uint64_t halves[2];
  std::memcpy(halves, bytes, sizeof halves);
  const uint64_t out = halves[1] >> 63;
  halves[1] = halves[1] << 1 | halves[0] >> 63;
  halves[0] <<= 1;
  halves[0] ^= out;
  halves[1] ^= out * 0xc200000000000000ULL;
  std::memcpy(bytes, halves, sizeof halves);
  return block_load(bytes);
}

// FIPS 197 section 5.2. Words are little-endian here: RotWord is a rotation to the right, the round constant is added to
// the lowest byte. The number of rounds.
static uint32_t expand_all_round_keys(AesRoundKeys& round_keys, Bytes key) {
  const size_t key_words = key.size() / 4;
  const uint32_t rounds = static_cast<uint32_t>(key_words + 6);
  uint32_t words[60];
  std::memcpy(words, key.data(), key.size());
  uint32_t round_constant = 1;
  for (size_t i = key_words; i < 4 * (rounds + 1); i++) {
    uint32_t word = words[i - 1];
    if (i % key_words == 0) {
      word = substitute_word(word >> 8 | word << 24) ^ round_constant;
      round_constant = round_constant << 1 ^ (round_constant >> 7) * 0x11b;
    } else if (key_words == 8 && i % 8 == 4) {
      word = substitute_word(word);
    }
    words[i] = words[i - key_words] ^ word;
  }
  std::memcpy(round_keys.data(), words, 16 * (rounds + 1));
  return rounds;
}

static void expand_tables(AesGcmTables& tables, Bytes key) {
  tables.rounds = expand_all_round_keys(tables.round_keys, key);
  const Block encrypted = tables.rounds == 10 ? encrypt_block<10>(tables, block_zero()) : encrypt_block<14>(tables, block_zero());
  const Block hash_key = times_x(reverse_block(encrypted));
  std::memset(tables.hash_powers.data(), 0, sizeof tables.hash_powers);
  Block power = hash_key;
  for (size_t i = kHashPowers; i-- > 0;) {
    block_store(tables.hash_powers[i].data(), power);
    Accumulator product{v_zero(), v_zero(), v_zero()};
    multiply_add(product, power, hash_key);
    power = ghash_reduce(product.low, product.middle, product.high);
  }
}
