// No include guard: sha1_avx512.cc and sha1_avx2.cc each include this once, inside their own namespace and target
// options, after they have defined the vector type V of one 32-bit word per stream, what it can do, and load_block().

#define CHROOM_INLINE static inline __attribute__((always_inline))

struct State {
  V a, b, c, d, e;
};

enum class Mix { kChoose, kParity, kMajority };

template <Mix kMix>
CHROOM_INLINE V mix(V b, V c, V d) {
  if constexpr (kMix == Mix::kChoose) return v_choose(b, c, d);
  if constexpr (kMix == Mix::kParity) return v_xor3(b, c, d);
  return v_majority(b, c, d);
}

// Twenty rounds; the message schedule is made as it is used, in the sixteen words that are still needed.
template <Mix kMix, size_t kFirst>
CHROOM_INLINE void rounds(State& state, V (&words)[16], uint32_t constant) {
  const V added = v_set(constant);
#pragma GCC unroll 20
  for (size_t i = kFirst; i < kFirst + 20; i++) {
    if (i >= 16) {
      const V mixed = v_xor3(words[(i + 13) & 15], words[(i + 8) & 15], words[(i + 2) & 15]);
      words[i & 15] = v_rotate<1>(v_xor(mixed, words[i & 15]));
    }
    const V next = v_add(v_add(v_add(state.e, words[i & 15]), v_add(added, mix<kMix>(state.b, state.c, state.d))),
                         v_rotate<5>(state.a));
    state = {next, state.a, v_rotate<30>(state.b), state.c, state.d};
  }
}

CHROOM_INLINE void compress_all(uint32_t* states, const uint8_t* const* streams, size_t block_count) {
  constexpr size_t kWidth = sizeof(V) / 4;
  State sum = {v_load(states), v_load(states + kWidth), v_load(states + 2 * kWidth), v_load(states + 3 * kWidth),
               v_load(states + 4 * kWidth)};
  for (size_t block = 0; block < block_count; block++) {
    V words[16];
    load_block(streams, block * 64, words);
    State state = sum;
    rounds<Mix::kChoose, 0>(state, words, 0x5a827999);
    rounds<Mix::kParity, 20>(state, words, 0x6ed9eba1);
    rounds<Mix::kMajority, 40>(state, words, 0x8f1bbcdc);
    rounds<Mix::kParity, 60>(state, words, 0xca62c1d6);
    sum = {v_add(sum.a, state.a), v_add(sum.b, state.b), v_add(sum.c, state.c), v_add(sum.d, state.d),
           v_add(sum.e, state.e)};
  }
  v_store(states, sum.a);
  v_store(states + kWidth, sum.b);
  v_store(states + 2 * kWidth, sum.c);
  v_store(states + 3 * kWidth, sum.d);
  v_store(states + 4 * kWidth, sum.e);
}
