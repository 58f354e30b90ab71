// The ARM kernels against the scalar reference and published vectors. A program without libraries, so that a cross
// compiler and an emulator are all it needs (arm-kernels.spec.ts): prints one line per check, ends with 1 at the first
// difference.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "aead/aes_gcm_kernels.h"
#include "aead/cpu_features.h"
#include "cmsha1/aes_cm_kernels.h"
#include "cmsha1/sha1_kernels.h"
#include "scalar_reference.h"

namespace chroom {
namespace {

using scalar::ByteVector;

std::mt19937 random_source(1);

ByteVector random_bytes(size_t size) {
  ByteVector bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_source());
  return bytes;
}

ByteVector from_hex(const char* text) {
  ByteVector bytes;
  for (; text[0] != 0; text += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text, 2), nullptr, 16)));
  return bytes;
}

void expect(bool good, const char* what, size_t size) {
  if (good) return;
  std::printf("DIFFERENT: %s, size %zu\n", what, size);
  std::exit(1);
}

void passed(const char* what) { std::printf("passed: %s\n", what); }

struct Sealed {
  ByteVector bytes;
  bool overrun;
};

Sealed seal_with_kernel(const aead::AesGcmTables& tables, const ByteVector& nonce, const ByteVector& additional, const ByteVector& plain) {
  const size_t offset = random_source() % 64;
  ByteVector in(offset + plain.size()), out(offset + plain.size() + aead::kTagBytes + 1, 0xee);
  std::copy(plain.begin(), plain.end(), in.begin() + static_cast<ptrdiff_t>(offset));
  aead::armv8::seal(tables, nonce.data(), additional, in.data() + offset, plain.size(), out.data() + offset,
                    out.data() + offset + plain.size());
  return {{out.begin() + static_cast<ptrdiff_t>(offset), out.end() - 1}, out.back() != 0xee};
}

void check_gcm(size_t key_bytes, size_t from, size_t to, size_t step) {
  const ByteVector key = random_bytes(key_bytes);
  const scalar::Aes reference(key);
  aead::AesGcmTables tables;
  aead::armv8::expand(tables, key);
  for (size_t size = from; size <= to; size += step) {
    const ByteVector plain = random_bytes(size), nonce = random_bytes(aead::kNonceBytes);
    const ByteVector additional = random_bytes(random_source() % 5 == 0 ? random_source() % 200 : 12 + 4 * (random_source() % 8));
    const ByteVector want = scalar::seal(reference, nonce.data(), additional, plain);
    const Sealed got = seal_with_kernel(tables, nonce, additional, plain);
    expect(got.bytes == want && !got.overrun, "GCM seal", size);
    ByteVector opened(size + 1, 0xee), tag(aead::kTagBytes);
    aead::armv8::open(tables, nonce.data(), additional, want.data(), size, opened.data(), tag.data());
    expect(std::equal(plain.begin(), plain.end(), opened.begin()) && opened.back() == 0xee, "GCM open", size);
    expect(std::equal(tag.begin(), tag.end(), want.end() - aead::kTagBytes), "tag of GCM open", size);
    ByteVector in_place = plain;
    in_place.resize(size + aead::kTagBytes);
    aead::armv8::seal(tables, nonce.data(), additional, in_place.data(), size, in_place.data(), in_place.data() + size);
    expect(in_place == want, "GCM seal in place", size);
  }
}

struct GcmVector {
  const char *key, *nonce, *additional, *plain, *sealed;
};

// GCM specification (McGrew and Viega), test case 4; RFC 7714 sections 16.1.1 and 16.2.1.
constexpr GcmVector kGcmVectors[] = {
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"000102030405060708090a0b0c0d0e0f", "51753c6580c2726f20718414", "8040f17b8041f8d35501a0b2",
     "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
     "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
     "899d7f27beb16a9152cf765ee4390cce"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "51753c6580c2726f20718414",
     "8040f17b8041f8d35501a0b2",
     "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
     "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
     "7aa3db36dfffd6b0f9bb7878d7a76c13"},
};

void check_gcm_vectors() {
  for (const GcmVector& one : kGcmVectors) {
    const ByteVector key = from_hex(one.key), nonce = from_hex(one.nonce), additional = from_hex(one.additional);
    const ByteVector plain = from_hex(one.plain), want = from_hex(one.sealed);
    expect(scalar::seal(scalar::Aes(key), nonce.data(), additional, plain) == want, "published GCM vector, reference", key.size());
    aead::AesGcmTables tables;
    aead::armv8::expand(tables, key);
    expect(seal_with_kernel(tables, nonce, additional, plain).bytes == want, "published GCM vector", key.size());
  }
}

void check_counter_mode(size_t key_bytes) {
  const ByteVector key = random_bytes(key_bytes);
  const scalar::Aes reference(key);
  aead::AesRoundKeys round_keys;
  const uint32_t rounds = aead::armv8::expand_round_keys(round_keys, key);
  for (size_t size = 0; size <= 1700; size++) {
    scalar::Block iv{};
    const ByteVector random_iv = random_bytes(14);
    std::copy(random_iv.begin(), random_iv.end(), iv.begin());
    const size_t offset = random_source() % 64;
    const ByteVector in = random_bytes(offset + size);
    ByteVector got(offset + size + 1, 0xee);
    cmsha1::armv8::apply_key_stream(round_keys, rounds, iv.data(), in.data() + offset, size, got.data() + offset);
    const ByteVector want = scalar::apply_key_stream(reference, iv, {in.begin() + static_cast<ptrdiff_t>(offset), in.end()});
    expect(std::equal(want.begin(), want.end(), got.begin() + static_cast<ptrdiff_t>(offset)) && got.back() == 0xee,
           "counter mode", size);
  }
}

struct KeyStreamVector {
  const char* key;
  size_t block;
  const char* want;
};

// RFC 3711 appendix B.2 and RFC 6188 section 7.1.
constexpr KeyStreamVector kKeyStreams[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 0, "e03ead0935c95e80e166b16dd92b4eb4"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"},
    {"57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98", 0, "92bdd28a93c3f52511c677d08b5515a4"},
    {"57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98", 0xff00, "3dbc4814f4da5f00a08772b63c6a046d"},
};

void check_key_stream_vectors() {
  const ByteVector iv = from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
  for (const KeyStreamVector& one : kKeyStreams) {
    aead::AesRoundKeys round_keys;
    const uint32_t rounds = aead::armv8::expand_round_keys(round_keys, from_hex(one.key));
    ByteVector stream((one.block + 1) * 16);
    cmsha1::armv8::apply_key_stream(round_keys, rounds, iv.data(), stream.data(), stream.size(), stream.data());
    const ByteVector got(stream.end() - 16, stream.end());
    expect(got == from_hex(one.want), "published key stream, block", one.block);
  }
}

template <size_t kStreams>
void check_sha1(cmsha1::CompressFunction compress) {
  for (size_t blocks = 0; blocks <= 30; blocks++) {
    ByteVector data[kStreams];
    const uint8_t* streams[kStreams];
    std::array<uint32_t, 5> want[kStreams];
    alignas(64) uint32_t states[5 * kStreams];
    for (size_t i = 0; i < kStreams; i++) {
      const size_t offset = random_source() % 64;
      data[i] = random_bytes(offset + blocks * 64);
      streams[i] = data[i].data() + offset;
      for (size_t row = 0; row < 5; row++) want[i][row] = states[row * kStreams + i] = static_cast<uint32_t>(random_source());
      for (size_t block = 0; block < blocks; block++) scalar::compress(want[i], streams[i] + block * 64);
    }
    compress(states, streams, blocks);
    for (size_t i = 0; i < kStreams; i++) {
      for (size_t row = 0; row < 5; row++) expect(states[row * kStreams + i] == want[i][row], "SHA-1", blocks * 64);
    }
  }
}

// FIPS 180-4's example "abc", padded to its one block.
void check_sha1_vector() {
  uint8_t block[64] = {'a', 'b', 'c', 0x80};
  block[63] = 24;
  const uint8_t* stream = block;
  alignas(64) uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  cmsha1::armv8::compress_one(state, &stream, 1);
  const uint32_t want[5] = {0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d};
  expect(std::equal(state, state + 5, want), "SHA-1 of abc", 3);
}

}  // namespace
}  // namespace chroom

int main() {
  using namespace chroom;
  if (!aead::cpu_features().arm_aes || !aead::cpu_features().arm_sha1) {
    std::printf("this processor has no AES, PMULL or SHA-1 instructions\n");
    return 2;
  }
  check_gcm_vectors();
  passed("GCM gives the vectors of the GCM specification and of RFC 7714");
  check_gcm(16, 0, 1700, 1);
  check_gcm(32, 0, 1700, 1);
  passed("GCM equals the reference on every size and alignment, keys of 128 and 256 bits");
  check_gcm(16, 1701, 20'000, 997);
  passed("GCM equals the reference beyond one reduction");
  check_counter_mode(16);
  check_counter_mode(32);
  passed("counter mode equals the reference on every size and alignment");
  check_key_stream_vectors();
  passed("counter mode gives the key streams of RFC 3711 and RFC 6188");
  check_sha1<1>(cmsha1::armv8::compress_one);
  check_sha1<2>(cmsha1::armv8::compress);
  check_sha1_vector();
  passed("SHA-1 equals the reference, one stream and two");
  return 0;
}
