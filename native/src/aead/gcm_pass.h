// No include guard: aes_gcm_vaes512.cc, aes_gcm_vaes256.cc, aes_gcm_aesni.cc and aes_gcm_armv8.cc each include this once,
// inside their own namespace and target options, after they have defined the vector type V, the type Block of one block,
// and the functions these are made of. It holds what they have in common: one pass over a packet that encrypts and hashes
// together.
//
// GHASH: with Hi the hash key's powers premultiplied by x (see ghash_reduce), the hash of blocks X1..Xn is
// sum(Xi * H^(n+1-i)). Products are kept unreduced as low, middle and high 128-bit halves; with n <= kHashPowers there
// is one reduction for the whole packet. Longer messages are hashed in groups of kHashPowers blocks.

#define CHROOM_INLINE static inline __attribute__((always_inline))

constexpr size_t kLanes = sizeof(V) / 16;

struct Accumulator {
  V low, middle, high;
};

CHROOM_INLINE void multiply_add(Accumulator& sum, V data, V power) {
  sum.low = v_xor(sum.low, v_clmul_00(data, power));
  sum.high = v_xor(sum.high, v_clmul_11(data, power));
  sum.middle = v_xor3(sum.middle, v_clmul_01(data, power), v_clmul_10(data, power));
}

CHROOM_INLINE Block reduce(const Accumulator& sum) {
  return ghash_reduce(v_fold(sum.low), v_fold(sum.middle), v_fold(sum.high));
}

// The state of hashing one packet. With kOneGroup every block has its own power and nothing is ever carried over.
template <bool kOneGroup>
struct Hasher {
  Accumulator sum;
  const uint8_t* power;      // of the next block
  const uint8_t* powers_end;  // one behind H^1
  Block carried;           // hash of the groups before, to be added to the next block
  size_t remaining;          // blocks that are not hashed yet
};

template <bool kOneGroup>
CHROOM_INLINE void begin_group(Hasher<kOneGroup>& hasher) {
  const size_t group = kOneGroup || hasher.remaining < kHashPowers ? hasher.remaining : kHashPowers;
  hasher.power = hasher.powers_end - group * 16;
  hasher.sum = {v_zero(), v_zero(), v_zero()};
}

// A vector whose blocks belong to two groups, or that ends one: block by block.
static __attribute__((noinline)) void absorb_across_groups(Hasher<false>& hasher, V reflected, size_t blocks) {
  alignas(64) uint8_t lanes[sizeof(V)];
  v_store(lanes, reflected);
  for (size_t i = 0; i < blocks; i++) {
    const Block block = block_xor(block_load(lanes + i * 16), hasher.carried);
    hasher.carried = block_zero();
    multiply_add(hasher.sum, v_first_lane(block), v_load(hasher.power));
    hasher.power += 16;
    hasher.remaining--;
    if (hasher.power == hasher.powers_end && hasher.remaining > 0) {
      hasher.carried = reduce(hasher.sum);
      begin_group(hasher);
    }
  }
}

template <bool kOneGroup>
CHROOM_INLINE void absorb_reflected(Hasher<kOneGroup>& hasher, V reflected, size_t blocks) {
  if constexpr (!kOneGroup) {
    absorb_across_groups(hasher, reflected, blocks);
  } else {
    multiply_add(hasher.sum, reflected, v_load(hasher.power));
    hasher.power += blocks * 16;
  }
}

// `data` is big-endian as on the wire; lanes beyond `blocks` are zero.
template <bool kOneGroup>
CHROOM_INLINE void absorb(Hasher<kOneGroup>& hasher, V data, size_t blocks) {
  absorb_reflected(hasher, v_reverse(data), blocks);
}

template <bool kOneGroup>
CHROOM_INLINE void absorb_bytes(Hasher<kOneGroup>& hasher, const uint8_t* data, size_t length) {
  for (; length >= sizeof(V); data += sizeof(V), length -= sizeof(V)) absorb(hasher, v_load(data), kLanes);
  if (length > 0) absorb(hasher, v_load_part(data, length), (length + 15) / 16);
}

// kVectors vectors at once; with kPartial the last one has only last_length (1..sizeof(V)) bytes. Hashing rides along with
// the AES rounds, one vector to a round, so that multiplier and AES unit are both busy: when opening it is this group's
// ciphertext, when sealing that of the group before (kPending), since this group's does not exist yet.
template <bool kSeal, uint32_t kRounds, size_t kVectors, bool kPartial, bool kPending, bool kOneGroup>
CHROOM_INLINE void crypt_group(const AesGcmTables& tables, Hasher<kOneGroup>& hasher, V& counter,
                               V (&pending)[kGroupVectors], const uint8_t* in, uint8_t* out, size_t last_length) {
  V stream[kVectors];
  const V first_key = v_broadcast(tables.round_keys[0].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    stream[i] = v_xor(v_counter_block(counter), first_key);
    counter = v_next_counter(counter);
  }
  const auto is_partial = [](size_t i) __attribute__((always_inline)) { return kPartial && i + 1 == kVectors; };
  const auto data = [&](size_t i) __attribute__((always_inline)) {
    return is_partial(i) ? v_load_part(in + i * sizeof(V), last_length) : v_load(in + i * sizeof(V));
  };
#pragma GCC unroll 13
  for (uint32_t round = 1; round < kRounds; round++) {
    const V key = v_broadcast(tables.round_keys[round].data());
#pragma GCC unroll 8
    for (size_t i = 0; i < kVectors; i++) stream[i] = v_aes_round(stream[i], key);
    const size_t turn = round - 1;
    if (kSeal && kPending && turn < kGroupVectors) absorb(hasher, pending[turn], kLanes);
    if (!kSeal && turn < kVectors) absorb(hasher, data(turn), is_partial(turn) ? (last_length + 15) / 16 : kLanes);
  }
  const V last_key = v_broadcast(tables.round_keys[kRounds].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    const V result = v_xor(data(i), v_aes_last_round(stream[i], last_key));
    if (is_partial(i)) {
      v_store_part(out + i * sizeof(V), result, last_length);
      if (kSeal) pending[i] = v_keep(result, last_length);
    } else {
      v_store(out + i * sizeof(V), result);
      if (kSeal) pending[i] = result;
    }
  }
}

template <size_t kVectors, bool kOneGroup>
CHROOM_INLINE void absorb_pending(Hasher<kOneGroup>& hasher, const V (&pending)[kGroupVectors], size_t last_length) {
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    absorb(hasher, pending[i], i + 1 == kVectors ? (last_length + 15) / 16 : kLanes);
  }
}

// What is left after the full groups, as one group of 1..kGroupVectors vectors.
template <bool kSeal, uint32_t kRounds, size_t kVectors, bool kPending, bool kOneGroup>
CHROOM_INLINE void crypt_tail(const AesGcmTables& tables, Hasher<kOneGroup>& hasher, V counter, V (&pending)[kGroupVectors],
                              const uint8_t* in, uint8_t* out, size_t length) {
  constexpr size_t kBefore = (kVectors - 1) * sizeof(V);
  if (length > kBefore) {
    crypt_group<kSeal, kRounds, kVectors, true, kPending>(tables, hasher, counter, pending, in, out, length - kBefore);
    if (kSeal) absorb_pending<kVectors>(hasher, pending, length - kBefore);
  } else if constexpr (kVectors > 1) {
    crypt_tail<kSeal, kRounds, kVectors - 1, kPending>(tables, hasher, counter, pending, in, out, length);
  }
}

template <bool kSeal, uint32_t kRounds, bool kOneGroup>
CHROOM_INLINE void crypt_payload(const AesGcmTables& tables, Hasher<kOneGroup>& hasher, V counter, const uint8_t* in,
                                 size_t length, uint8_t* out) {
  constexpr size_t kGroup = kGroupVectors * sizeof(V);
  V pending[kGroupVectors];
  if (length < kGroup) {
    if (length > 0) crypt_tail<kSeal, kRounds, kGroupVectors, false>(tables, hasher, counter, pending, in, out, length);
    return;
  }
  crypt_group<kSeal, kRounds, kGroupVectors, false, false>(tables, hasher, counter, pending, in, out, 0);
  for (in += kGroup, out += kGroup, length -= kGroup; length >= kGroup; in += kGroup, out += kGroup, length -= kGroup) {
    crypt_group<kSeal, kRounds, kGroupVectors, false, true>(tables, hasher, counter, pending, in, out, 0);
  }
  if (length > 0) {
    crypt_tail<kSeal, kRounds, kGroupVectors, true>(tables, hasher, counter, pending, in, out, length);
  } else if (kSeal) {
    absorb_pending<kGroupVectors>(hasher, pending, sizeof(V));
  }
}

template <bool kSeal, uint32_t kRounds, bool kOneGroup>
CHROOM_INLINE void crypt_all(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in,
                             size_t length, uint8_t* out, uint8_t* tag, size_t blocks) {
  const Block start = first_counter(nonce);
  const Block tag_mask = encrypt_block<kRounds>(tables, start);

  Hasher<kOneGroup> hasher;
  hasher.powers_end = tables.hash_powers[kHashPowers].data();
  hasher.carried = block_zero();
  hasher.remaining = blocks;
  begin_group(hasher);
  absorb_bytes(hasher, additional.data(), additional.size());
  crypt_payload<kSeal, kRounds>(tables, hasher, v_counters(block_with_last_word(start, 2)), in, length, out);
  absorb_reflected(hasher, v_first_lane(reflected_lengths(additional.size(), length)), 1);
  block_store(tag, block_xor(reverse_block(reduce(hasher.sum)), tag_mask));
}

// The usual packet, with AES-128 and a single reduction, is the one that is worth its own copy of everything; the others
// differ in the number of rounds (AES-256) or are longer.
template <bool kSeal>
static void crypt(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
                  uint8_t* out, uint8_t* tag) {
  const size_t blocks = (additional.size() + 15) / 16 + (length + 15) / 16 + 1;
  const bool one_group = blocks <= kHashPowers;
  if (tables.rounds == 10) {
    if (one_group) return crypt_all<kSeal, 10, true>(tables, nonce, additional, in, length, out, tag, blocks);
    return crypt_all<kSeal, 10, false>(tables, nonce, additional, in, length, out, tag, blocks);
  }
  if (one_group) return crypt_all<kSeal, 14, true>(tables, nonce, additional, in, length, out, tag, blocks);
  crypt_all<kSeal, 14, false>(tables, nonce, additional, in, length, out, tag, blocks);
}
