// No include guard: aes_gcm_vaes512.cc, aes_gcm_vaes256.cc and aes_gcm_aesni.cc each include this once, inside their
// own namespace and target options, after they have defined the vector type V and the functions it is made of. It holds
// what the three have in common: one pass over a packet that encrypts and hashes together.
//
// GHASH: with Hi the hash key's powers premultiplied by x (see ghash_reduce), the hash of blocks X1..Xn is
// sum(Xi * H^(n+1-i)). Products are kept unreduced as low, middle and high 128-bit halves; with n <= kHashPowers there
// is one reduction for the whole packet.

struct Accumulator {
  V low, middle, high;
};

static inline void multiply_add(Accumulator& sum, V data, V power) {
  sum.low = v_xor(sum.low, v_clmul_00(data, power));
  sum.high = v_xor(sum.high, v_clmul_11(data, power));
  sum.middle = v_xor3(sum.middle, v_clmul_01(data, power), v_clmul_10(data, power));
}

// Hashes blocks while counting down how many of the packet's blocks are still to come.
struct Hasher {
  const AesGcmTables& tables;
  Accumulator sum;
  __m128i carried;   // hash of what was reduced already, to be added to the next block
  size_t remaining;  // blocks of the packet that are not hashed yet
  size_t position;   // index into hash_powers of the next block

  // Begins (again) when the powers are used up: at most kHashPowers blocks share a reduction.
  void begin_group() {
    const size_t group = remaining < kHashPowers ? remaining : kHashPowers;
    position = kHashPowers - group;
    sum = {v_zero(), v_zero(), v_zero()};
  }
};

static inline Hasher hasher_for(const AesGcmTables& tables, size_t blocks) {
  Hasher hasher{tables, {v_zero(), v_zero(), v_zero()}, _mm_setzero_si128(), blocks, 0};
  hasher.begin_group();
  return hasher;
}

static inline __m128i finish_group(Hasher& hasher) {
  const __m128i low = v_fold(hasher.sum.low);
  const __m128i middle = v_fold(hasher.sum.middle);
  const __m128i high = v_fold(hasher.sum.high);
  return ghash_reduce(low, middle, high);
}

// `data` is big-endian as on the wire; lanes beyond `blocks` are zero.
static inline void absorb(Hasher& hasher, V data, size_t blocks) {
  const size_t room = kHashPowers - hasher.position;
  V reflected = v_xor(v_reverse(data), v_first_lane(hasher.carried));
  hasher.carried = _mm_setzero_si128();
  if (blocks > room) [[unlikely]] {
    // The group ends inside this vector: hash lane by lane, so that each lands on its power.
    alignas(64) uint8_t lanes[sizeof(V)];
    v_store(lanes, reflected);
    for (size_t i = 0; i < blocks; i++) {
      __m128i block = _mm_load_si128(reinterpret_cast<const __m128i*>(lanes + i * 16));
      if (hasher.position == kHashPowers) {
        const __m128i hash = finish_group(hasher);
        hasher.begin_group();
        block = _mm_xor_si128(block, hash);
      }
      multiply_add(hasher.sum, v_first_lane(block), v_load(hasher.tables.hash_powers[hasher.position].data()));
      hasher.position++;
      hasher.remaining--;
    }
  } else {
    multiply_add(hasher.sum, reflected, v_load(hasher.tables.hash_powers[hasher.position].data()));
    hasher.position += blocks;
    hasher.remaining -= blocks;
  }
  if (hasher.position == kHashPowers && hasher.remaining > 0) [[unlikely]] {
    hasher.carried = finish_group(hasher);
    hasher.begin_group();
  }
}

static inline void absorb_bytes(Hasher& hasher, const uint8_t* data, size_t length) {
  for (; length >= sizeof(V); data += sizeof(V), length -= sizeof(V)) absorb(hasher, v_load(data), sizeof(V) / 16);
  if (length > 0) absorb(hasher, v_load_part(data, length), (length + 15) / 16);
}

template <size_t kVectors>
static inline void encrypt_counters(const AesGcmTables& tables, V (&blocks)[kVectors]) {
  const V first = v_broadcast(tables.round_keys[0].data());
  for (V& block : blocks) block = v_xor(block, first);
  const uint32_t rounds = tables.rounds;
#pragma GCC unroll 9
  for (uint32_t round = 1; round < 10; round++) {
    const V key = v_broadcast(tables.round_keys[round].data());
    for (V& block : blocks) block = v_aes_round(block, key);
  }
  for (uint32_t round = 10; round < rounds; round++) {
    const V key = v_broadcast(tables.round_keys[round].data());
    for (V& block : blocks) block = v_aes_round(block, key);
  }
  const V last = v_broadcast(tables.round_keys[rounds].data());
  for (V& block : blocks) block = v_aes_last_round(block, last);
}

template <bool kSeal, size_t kVectors>
static inline void crypt_group(const AesGcmTables& tables, Hasher& hasher, V& counter, const uint8_t* in, uint8_t* out) {
  V stream[kVectors];
  for (V& block : stream) {
    block = v_counter_block(counter);
    counter = v_next_counter(counter);
  }
  encrypt_counters(tables, stream);
  for (size_t i = 0; i < kVectors; i++) {
    const V data = v_load(in + i * sizeof(V));
    const V result = v_xor(data, stream[i]);
    v_store(out + i * sizeof(V), result);
    absorb(hasher, kSeal ? result : data, sizeof(V) / 16);
  }
}

template <bool kSeal>
static inline void crypt_rest(const AesGcmTables& tables, Hasher& hasher, V& counter, const uint8_t* in, size_t length,
                              uint8_t* out) {
  V stream[1] = {v_counter_block(counter)};
  encrypt_counters(tables, stream);
  const V data = v_load_part(in, length);
  const V result = v_xor(data, stream[0]);
  v_store_part(out, result, length);
  absorb(hasher, kSeal ? v_keep(result, length) : data, (length + 15) / 16);
}

template <bool kSeal>
static inline void crypt(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
                         uint8_t* out, uint8_t* tag) {
  alignas(16) uint8_t first_counter[16] = {};
  std::memcpy(first_counter, nonce, kNonceBytes);
  first_counter[15] = 1;
  const size_t data_blocks = (length + 15) / 16;
  Hasher hasher = hasher_for(tables, (additional.size() + 15) / 16 + data_blocks + 1);
  absorb_bytes(hasher, additional.data(), additional.size());

  const __m128i start = _mm_load_si128(reinterpret_cast<const __m128i*>(first_counter));
  V counter = v_second_counter(start);
  constexpr size_t kGroup = kGroupVectors * sizeof(V);
  size_t done = 0;
  for (; length - done >= kGroup; done += kGroup) crypt_group<kSeal, kGroupVectors>(tables, hasher, counter, in + done, out + done);
  for (; length - done >= sizeof(V); done += sizeof(V)) crypt_group<kSeal, 1>(tables, hasher, counter, in + done, out + done);
  if (done < length) crypt_rest<kSeal>(tables, hasher, counter, in + done, length - done, out + done);

  alignas(16) uint8_t lengths[16];
  store_be64(lengths, additional.size() * 8);
  store_be64(lengths + 8, length * 8);
  absorb(hasher, v_first_lane(_mm_load_si128(reinterpret_cast<const __m128i*>(lengths))), 1);
  const __m128i hash = reverse_block(finish_group(hasher));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(tag), _mm_xor_si128(hash, encrypt_block(tables, start)));
}
