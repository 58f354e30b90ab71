// No include guard: aes_gcm_vaes512.cc, aes_gcm_vaes256.cc and aes_gcm_aesni.cc each include this once, inside their
// own namespace and target options, after they have defined the vector type V and the functions it is made of. It holds
// what the three have in common: one pass over a packet that encrypts and hashes together.
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

CHROOM_INLINE __m128i reduce(const Accumulator& sum) {
  return ghash_reduce(v_fold(sum.low), v_fold(sum.middle), v_fold(sum.high));
}

// The state of hashing one packet. With kOneGroup every block has its own power and nothing is ever carried over.
template <bool kOneGroup>
struct Hasher {
  Accumulator sum;
  const uint8_t* power;      // of the next block
  const uint8_t* powers_end;  // one behind H^1
  __m128i carried;           // hash of the groups before, to be added to the next block
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
    const __m128i block = _mm_xor_si128(_mm_load_si128(reinterpret_cast<const __m128i*>(lanes + i * 16)), hasher.carried);
    hasher.carried = _mm_setzero_si128();
    multiply_add(hasher.sum, v_first_lane(block), v_load(hasher.power));
    hasher.power += 16;
    hasher.remaining--;
    if (hasher.power == hasher.powers_end && hasher.remaining > 0) {
      hasher.carried = reduce(hasher.sum);
      begin_group(hasher);
    }
  }
}

// `data` is big-endian as on the wire; lanes beyond `blocks` are zero.
template <bool kOneGroup>
CHROOM_INLINE void absorb(Hasher<kOneGroup>& hasher, V data, size_t blocks) {
  const V reflected = v_reverse(data);
  if constexpr (!kOneGroup) {
    absorb_across_groups(hasher, reflected, blocks);
  } else {
    multiply_add(hasher.sum, reflected, v_load(hasher.power));
    hasher.power += blocks * 16;
  }
}

template <bool kOneGroup>
CHROOM_INLINE void absorb_bytes(Hasher<kOneGroup>& hasher, const uint8_t* data, size_t length) {
  for (; length >= sizeof(V); data += sizeof(V), length -= sizeof(V)) absorb(hasher, v_load(data), kLanes);
  if (length > 0) absorb(hasher, v_load_part(data, length), (length + 15) / 16);
}

template <size_t kVectors>
CHROOM_INLINE void encrypt_counters(const AesGcmTables& tables, V (&blocks)[kVectors]) {
  const V first = v_broadcast(tables.round_keys[0].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) blocks[i] = v_xor(blocks[i], first);
#pragma GCC unroll 9
  for (uint32_t round = 1; round < 10; round++) {
    const V key = v_broadcast(tables.round_keys[round].data());
#pragma GCC unroll 8
    for (size_t i = 0; i < kVectors; i++) blocks[i] = v_aes_round(blocks[i], key);
  }
  for (uint32_t round = 10; round < tables.rounds; round++) {
    const V key = v_broadcast(tables.round_keys[round].data());
#pragma GCC unroll 8
    for (size_t i = 0; i < kVectors; i++) blocks[i] = v_aes_round(blocks[i], key);
  }
  const V last = v_broadcast(tables.round_keys[tables.rounds].data());
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) blocks[i] = v_aes_last_round(blocks[i], last);
}

// kVectors vectors at once. With kPartial the last one has only last_length (1..sizeof(V)) bytes.
template <bool kSeal, size_t kVectors, bool kPartial, bool kOneGroup>
CHROOM_INLINE void crypt_group(const AesGcmTables& tables, Hasher<kOneGroup>& hasher, V& counter, const uint8_t* in,
                               uint8_t* out, size_t last_length) {
  V stream[kVectors];
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    stream[i] = v_counter_block(counter);
    counter = v_next_counter(counter);
  }
  encrypt_counters(tables, stream);
#pragma GCC unroll 8
  for (size_t i = 0; i < kVectors; i++) {
    const bool partial = kPartial && i + 1 == kVectors;
    const V data = partial ? v_load_part(in + i * sizeof(V), last_length) : v_load(in + i * sizeof(V));
    const V result = v_xor(data, stream[i]);
    if (partial) {
      v_store_part(out + i * sizeof(V), result, last_length);
      absorb(hasher, kSeal ? v_keep(result, last_length) : data, (last_length + 15) / 16);
    } else {
      v_store(out + i * sizeof(V), result);
      absorb(hasher, kSeal ? result : data, kLanes);
    }
  }
}

// What is left after the full groups, as one group of 1..kGroupVectors vectors.
template <bool kSeal, size_t kVectors, bool kOneGroup>
CHROOM_INLINE void crypt_tail(const AesGcmTables& tables, Hasher<kOneGroup>& hasher, V counter, const uint8_t* in,
                              uint8_t* out, size_t length) {
  if (length > (kVectors - 1) * sizeof(V)) {
    crypt_group<kSeal, kVectors, true>(tables, hasher, counter, in, out, length - (kVectors - 1) * sizeof(V));
  } else if constexpr (kVectors > 1) {
    crypt_tail<kSeal, kVectors - 1>(tables, hasher, counter, in, out, length);
  }
}

template <bool kSeal, bool kOneGroup>
CHROOM_INLINE void crypt_all(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in,
                             size_t length, uint8_t* out, uint8_t* tag, size_t blocks) {
  alignas(16) uint8_t first_counter[16] = {};
  std::memcpy(first_counter, nonce, kNonceBytes);
  first_counter[15] = 1;
  const __m128i start = _mm_load_si128(reinterpret_cast<const __m128i*>(first_counter));
  const __m128i tag_mask = encrypt_block(tables, start);

  Hasher<kOneGroup> hasher;
  hasher.powers_end = tables.hash_powers[kHashPowers].data();
  hasher.carried = _mm_setzero_si128();
  hasher.remaining = blocks;
  begin_group(hasher);
  absorb_bytes(hasher, additional.data(), additional.size());

  V counter = v_second_counter(start);
  constexpr size_t kGroup = kGroupVectors * sizeof(V);
  size_t done = 0;
  for (; length - done >= kGroup; done += kGroup) {
    crypt_group<kSeal, kGroupVectors, false>(tables, hasher, counter, in + done, out + done, 0);
  }
  if (done < length) crypt_tail<kSeal, kGroupVectors>(tables, hasher, counter, in + done, out + done, length - done);

  alignas(16) uint8_t lengths[16];
  store_be64(lengths, additional.size() * 8);
  store_be64(lengths + 8, length * 8);
  absorb(hasher, v_first_lane(_mm_load_si128(reinterpret_cast<const __m128i*>(lengths))), 1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(tag), _mm_xor_si128(reverse_block(reduce(hasher.sum)), tag_mask));
}

template <bool kSeal>
static void crypt(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
                  uint8_t* out, uint8_t* tag) {
  const size_t blocks = (additional.size() + 15) / 16 + (length + 15) / 16 + 1;
  if (blocks <= kHashPowers) [[likely]] {
    crypt_all<kSeal, true>(tables, nonce, additional, in, length, out, tag, blocks);
  } else {
    crypt_all<kSeal, false>(tables, nonce, additional, in, length, out, tag, blocks);
  }
}
