// No include guard: aes_cm_vaes512.cc, aes_cm_vaes256.cc, aes_cm_aesni.cc and aes_cm_armv8.cc each include this once,
// inside their own namespace and target options, after their vectors (aead/vector_*.h).

constexpr size_t kGroupVectors = 8;

// kVectors vectors at once; with kPartial the last one has only last_length (1..sizeof(V)) bytes.
template <uint32_t kRounds, size_t kVectors, bool kPartial>
static inline __attribute__((always_inline)) void apply_group(const aead::AesRoundKeys& round_keys, V& counter,
                                                              const uint8_t* in, uint8_t* out, size_t last_length) {
  V stream[kVectors];
  const V first_key = v_broadcast(round_keys[0].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    stream[i] = v_xor(v_counter_block(counter), first_key);
    counter = v_next_counter(counter);
  }
#pragma GCC unroll 13
  for (uint32_t round = 1; round < kRounds; round++) {
    const V key = v_broadcast(round_keys[round].data());
#pragma GCC unroll 8
    for (size_t i = 0; i < kVectors; i++) stream[i] = v_aes_round(stream[i], key);
  }
  const V last_key = v_broadcast(round_keys[kRounds].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    const uint8_t* from = in + i * sizeof(V);
    const bool partial = kPartial && i + 1 == kVectors;
    const V data = partial ? v_load_part(from, last_length) : v_load(from);
    const V result = v_xor(data, v_aes_last_round(stream[i], last_key));
    if (partial) {
      v_store_part(out + i * sizeof(V), result, last_length);
    } else {
      v_store(out + i * sizeof(V), result);
    }
  }
}

// The last 1..kVectors vectors.
template <uint32_t kRounds, size_t kVectors>
static inline __attribute__((always_inline)) void apply_tail(const aead::AesRoundKeys& round_keys, V counter,
                                                             const uint8_t* in, uint8_t* out, size_t length) {
  constexpr size_t kBefore = (kVectors - 1) * sizeof(V);
  if (length > kBefore) {
    apply_group<kRounds, kVectors, true>(round_keys, counter, in, out, length - kBefore);
  } else if constexpr (kVectors > 1) {
    apply_tail<kRounds, kVectors - 1>(round_keys, counter, in, out, length);
  }
}

template <uint32_t kRounds>
static void apply_all(const aead::AesRoundKeys& round_keys, const uint8_t* iv, const uint8_t* in, size_t length, uint8_t* out) {
  // Bytes 12..15 count; iv[14] and iv[15] are zero, so no carry ever leaves them.
  V counter = v_counters(block_swap_last_word(block_load(iv)));
  constexpr size_t kGroup = kGroupVectors * sizeof(V);
  for (; length >= kGroup; in += kGroup, out += kGroup, length -= kGroup) {
    apply_group<kRounds, kGroupVectors, false>(round_keys, counter, in, out, 0);
  }
  if (length > 0) apply_tail<kRounds, kGroupVectors>(round_keys, counter, in, out, length);
}
