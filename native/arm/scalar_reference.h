#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

// AES, AES-GCM and SHA-1 as their standards write them, one byte or bit at a time, without a library: what the ARM kernels
// are compared with where no OpenSSL of that processor is at hand. Slow, not constant in time, for tests only.
namespace chroom::scalar {

using Block = std::array<uint8_t, 16>;
using ByteVector = std::vector<uint8_t>;

inline uint8_t times_x(uint8_t value) { return static_cast<uint8_t>(value << 1 ^ (value >> 7) * 0x1b); }

// FIPS 197 section 5.1.1: the inverse in GF(2^8), then the affine map.
inline const std::array<uint8_t, 256>& substitution() {
  static const auto table = [] {
    std::array<uint8_t, 256> box{};
    uint8_t p = 1, q = 1;  // p runs through all nonzero values by powers of 3, q through their inverses
    do {
      p = static_cast<uint8_t>(p ^ times_x(p));
      for (int shift : {1, 2, 4}) q = static_cast<uint8_t>(q ^ q << shift);
      if (q & 0x80) q ^= 0x09;
      const auto turned = [q](int bits) { return static_cast<uint8_t>(q << bits | q >> (8 - bits)); };
      box[p] = static_cast<uint8_t>(q ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4) ^ 0x63);
    } while (p != 1);
    box[0] = 0x63;
    return box;
  }();
  return table;
}

class Aes {
 public:
  explicit Aes(const ByteVector& key) : rounds_(key.size() / 4 + 6), words_(4 * (rounds_ + 1)) {
    const size_t key_words = key.size() / 4;
    std::memcpy(words_.data(), key.data(), key.size());
    uint8_t constant = 1;
    for (size_t i = key_words; i < words_.size(); i++) {
      auto word = words_[i - 1];
      if (i % key_words == 0) {
        word = {substitution()[word[1]], substitution()[word[2]], substitution()[word[3]], substitution()[word[0]]};
        word[0] ^= constant;
        constant = times_x(constant);
      } else if (key_words == 8 && i % 8 == 4) {
        for (uint8_t& byte : word) byte = substitution()[byte];
      }
      for (size_t j = 0; j < 4; j++) words_[i][j] = words_[i - key_words][j] ^ word[j];
    }
  }

  Block encrypt(Block state) const {
    add_key(state, 0);
    for (size_t round = 1; round <= rounds_; round++) {
      Block shifted;
      for (size_t i = 0; i < 16; i++) shifted[i] = substitution()[state[(i + 4 * (i % 4)) % 16]];
      state = shifted;
      if (round < rounds_) mix_columns(state);
      add_key(state, round);
    }
    return state;
  }

 private:
  void add_key(Block& state, size_t round) const {
    for (size_t i = 0; i < 16; i++) state[i] ^= words_[4 * round + i / 4][i % 4];
  }

  static void mix_columns(Block& state) {
    for (size_t column = 0; column < 16; column += 4) {
      const uint8_t* s = state.data() + column;
      const std::array<uint8_t, 4> in = {s[0], s[1], s[2], s[3]};
      for (size_t i = 0; i < 4; i++) {
        const uint8_t next = in[(i + 1) % 4];
        state[column + i] = static_cast<uint8_t>(times_x(in[i]) ^ times_x(next) ^ next ^ in[(i + 2) % 4] ^ in[(i + 3) % 4]);
      }
    }
  }

  size_t rounds_;
  std::vector<std::array<uint8_t, 4>> words_;
};

inline void count_up(Block& counter) {
  for (size_t i = 16; i-- > 12 && ++counter[i] == 0;) {
  }
}

// Counter mode from this block on.
inline ByteVector apply_key_stream(const Aes& aes, Block counter, const ByteVector& in) {
  ByteVector out(in.size());
  for (size_t at = 0; at < in.size(); at += 16, count_up(counter)) {
    const Block stream = aes.encrypt(counter);
    for (size_t i = at; i < in.size() && i < at + 16; i++) out[i] = in[i] ^ stream[i - at];
  }
  return out;
}

// SP 800-38D section 6.3.
inline Block multiply(const Block& x, Block v) {
  Block product{};
  for (size_t bit = 0; bit < 128; bit++) {
    if (x[bit / 8] >> (7 - bit % 8) & 1) {
      for (size_t i = 0; i < 16; i++) product[i] ^= v[i];
    }
    const bool carry = v[15] & 1;
    for (size_t i = 15; i > 0; i--) v[i] = static_cast<uint8_t>(v[i] >> 1 | v[i - 1] << 7);
    v[0] = static_cast<uint8_t>(v[0] >> 1 ^ (carry ? 0xe1 : 0));
  }
  return product;
}

// SP 800-38D section 7.1, nonce of 12 bytes: ciphertext and tag.
inline ByteVector seal(const Aes& aes, const uint8_t* nonce, const ByteVector& additional, const ByteVector& plaintext) {
  const Block hash_key = aes.encrypt({});
  Block counter{};
  std::memcpy(counter.data(), nonce, 12);
  counter[15] = 1;
  const Block mask = aes.encrypt(counter);
  count_up(counter);
  ByteVector sealed = apply_key_stream(aes, counter, plaintext);

  Block hash{};
  const auto absorb = [&](const ByteVector& bytes) {
    for (size_t at = 0; at < bytes.size(); at += 16) {
      for (size_t i = at; i < bytes.size() && i < at + 16; i++) hash[i - at] ^= bytes[i];
      hash = multiply(hash, hash_key);
    }
  };
  absorb(additional);
  absorb(sealed);
  ByteVector lengths(16);
  for (size_t i = 0; i < 8; i++) {
    lengths[7 - i] = static_cast<uint8_t>(uint64_t{additional.size()} * 8 >> 8 * i);
    lengths[15 - i] = static_cast<uint8_t>(uint64_t{sealed.size()} * 8 >> 8 * i);
  }
  absorb(lengths);
  for (size_t i = 0; i < 16; i++) sealed.push_back(hash[i] ^ mask[i]);
  return sealed;
}

// FIPS 180-4 section 6.1.2, one block of 64 bytes.
inline void compress(std::array<uint32_t, 5>& state, const uint8_t* block) {
  const auto turned = [](uint32_t word, int bits) { return word << bits | word >> (32 - bits); };
  uint32_t words[80];
  for (size_t i = 0; i < 16; i++) {
    words[i] = uint32_t{block[4 * i]} << 24 | uint32_t{block[4 * i + 1]} << 16 | uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  }
  for (size_t i = 16; i < 80; i++) words[i] = turned(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (size_t i = 0; i < 80; i++) {
    const uint32_t mixed = i < 20   ? (b & c) | (~b & d)
                           : i < 40 ? b ^ c ^ d
                           : i < 60 ? (b & c) | (b & d) | (c & d)
                                    : b ^ c ^ d;
    const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    const uint32_t next = turned(a, 5) + mixed + e + words[i] + constants[i / 20];
    e = d;
    d = c;
    c = turned(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

}  // namespace chroom::scalar
