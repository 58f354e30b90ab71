#include "aead/aes_gcm.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace chroom::aead {
namespace {

std::vector<uint8_t> random_bytes(std::mt19937& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::vector<uint8_t> from_hex(const char* text) {
  std::vector<uint8_t> bytes;
  for (; text[0] != 0; text += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text, 2), nullptr, 16)));
  return bytes;
}

class AesGcmKernel : public testing::TestWithParam<Kernel> {
 protected:
  void SetUp() override {
    if (!kernel_supported(GetParam())) GTEST_SKIP() << "this processor has no " << kernel_name(GetParam());
  }
};

TEST_P(AesGcmKernel, AgreesWithOpenSslOnEverySizeAndAlignment) {
  std::mt19937 random(1);
  for (size_t key_size : {16, 32}) {
    const auto key_bytes = random_bytes(random, key_size);
    const AesGcmKey ours(key_bytes, GetParam());
    const AesGcmKey reference(key_bytes, Kernel::kOpenSsl);
    for (size_t size = 0; size <= 1700; size++) {
      const size_t offset = random() % 64;
      const auto plaintext = random_bytes(random, size + offset);
      const auto additional = random_bytes(random, random() % 5 == 0 ? random() % 200 : 12 + 4 * (random() % 8));
      const auto nonce = random_bytes(random, kNonceBytes);
      std::vector<uint8_t> got(size + offset + kTagBytes + 1, 0xee), want(size + kTagBytes);
      ours.seal(nonce.data(), additional, Bytes(plaintext).subspan(offset), got.data() + offset);
      reference.seal(nonce.data(), additional, Bytes(plaintext).subspan(offset), want.data());
      ASSERT_EQ(std::memcmp(got.data() + offset, want.data(), want.size()), 0) << "key " << key_size << " size " << size;
      ASSERT_EQ(got.back(), 0xee) << "wrote beyond the tag, size " << size;
      std::vector<uint8_t> opened(size + 1, 0xee);
      ASSERT_TRUE(ours.open(nonce.data(), additional, want, opened.data())) << "size " << size;
      ASSERT_EQ(std::memcmp(opened.data(), plaintext.data() + offset, size), 0) << "size " << size;
      ASSERT_EQ(opened.back(), 0xee);
    }
  }
}

TEST_P(AesGcmKernel, AgreesWithOpenSslBeyondOneReduction) {
  std::mt19937 random(2);
  const auto key_bytes = random_bytes(random, 16);
  const AesGcmKey ours(key_bytes, GetParam());
  const AesGcmKey reference(key_bytes, Kernel::kOpenSsl);
  for (int round = 0; round < 300; round++) {
    const auto plaintext = random_bytes(random, random() % 20'000);
    const auto additional = random_bytes(random, random() % 4000);
    const auto nonce = random_bytes(random, kNonceBytes);
    std::vector<uint8_t> got(plaintext.size() + kTagBytes), want(got.size());
    ours.seal(nonce.data(), additional, plaintext, got.data());
    reference.seal(nonce.data(), additional, plaintext, want.data());
    ASSERT_EQ(got, want) << "round " << round << " size " << plaintext.size() << " additional " << additional.size();
  }
}

TEST_P(AesGcmKernel, WorksInPlace) {
  std::mt19937 random(3);
  const AesGcmKey key(random_bytes(random, 16), GetParam());
  for (size_t size : {0, 1, 15, 16, 17, 63, 64, 65, 511, 512, 513, 1200}) {
    const auto plaintext = random_bytes(random, size);
    const auto nonce = random_bytes(random, kNonceBytes);
    std::vector<uint8_t> apart(size + kTagBytes), together(plaintext);
    together.resize(size + kTagBytes);
    key.seal(nonce.data(), {}, plaintext, apart.data());
    key.seal(nonce.data(), {}, Bytes(together).first(size), together.data());
    ASSERT_EQ(apart, together);
    ASSERT_TRUE(key.open(nonce.data(), {}, together, together.data()));
    together.resize(size);
    ASSERT_EQ(together, plaintext);
  }
}

TEST_P(AesGcmKernel, RefusesEveryFlippedBitAndTruncation) {
  std::mt19937 random(4);
  const AesGcmKey key(random_bytes(random, 16), GetParam());
  const auto plaintext = random_bytes(random, 97);
  auto additional = random_bytes(random, 20);
  const auto nonce = random_bytes(random, kNonceBytes);
  std::vector<uint8_t> sealed(plaintext.size() + kTagBytes), out(sealed.size());
  key.seal(nonce.data(), additional, plaintext, sealed.data());
  for (size_t bit = 0; bit < sealed.size() * 8; bit++) {
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(key.open(nonce.data(), additional, sealed, out.data())) << "bit " << bit;
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  additional[3] ^= 1;
  EXPECT_FALSE(key.open(nonce.data(), additional, sealed, out.data()));
  additional[3] ^= 1;
  for (size_t size = 0; size < sealed.size(); size++) {
    ASSERT_FALSE(key.open(nonce.data(), additional, Bytes(sealed).first(size), out.data())) << "size " << size;
  }
  EXPECT_TRUE(key.open(nonce.data(), additional, sealed, out.data()));
}

// Test case 4 of the GCM specification (McGrew and Viega), AES-128 with additional data.
TEST_P(AesGcmKernel, GivesThePublishedVector) {
  const auto key_bytes = from_hex("feffe9928665731c6d6a8f9467308308");
  const auto nonce = from_hex("cafebabefacedbaddecaf888");
  const auto additional = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plaintext = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const auto want = from_hex(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
      "5bc94fbc3221a5db94fae95ae7121a47");
  std::vector<uint8_t> got(plaintext.size() + kTagBytes);
  AesGcmKey(key_bytes, GetParam()).seal(nonce.data(), additional, plaintext, got.data());
  EXPECT_EQ(got, want);
}

struct SrtpVector {
  const char *key, *nonce, *additional, *plaintext, *sealed;
};

constexpr char kKey128[] = "000102030405060708090a0b0c0d0e0f";
constexpr char kKey256[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr char kRtpNonce[] = "51753c6580c2726f20718414";
constexpr char kRtpHeader[] = "8040f17b8041f8d35501a0b2";
constexpr char kRtpPayload[] = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
constexpr char kRtcpNonce[] = "517524055203726f207170bb";
// The header of the compound and the index word with its E bit.
constexpr char kRtcpHeader[] = "81c8000d4d617273800005d4";
constexpr char kRtcpRest[] = "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

// RFC 7714 sections 16.1.1, 16.2.1, 17.1 and 17.3: what SRTP and SRTCP make of them, with either size of key.
constexpr SrtpVector kRfc7714[] = {
    {kKey128, kRtpNonce, kRtpHeader, kRtpPayload,
     "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
     "899d7f27beb16a9152cf765ee4390cce"},
    {kKey256, kRtpNonce, kRtpHeader, kRtpPayload,
     "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
     "7aa3db36dfffd6b0f9bb7878d7a76c13"},
    {kKey128, kRtcpNonce, kRtcpHeader, kRtcpRest,
     "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
     "c84aa45896cf4d2fc5abf87245d9eade"},
    {kKey256, kRtcpNonce, kRtcpHeader, kRtcpRest,
     "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad"
     "1d1eb30c4446839f57ff6f6cb26ac3be"},
};

TEST_P(AesGcmKernel, GivesTheVectorsOfRfc7714) {
  for (const SrtpVector& one : kRfc7714) {
    SCOPED_TRACE(one.sealed);
    const auto nonce = from_hex(one.nonce), additional = from_hex(one.additional);
    const auto plaintext = from_hex(one.plaintext), want = from_hex(one.sealed);
    const AesGcmKey key(from_hex(one.key), GetParam());
    std::vector<uint8_t> got(plaintext.size() + kTagBytes), opened(plaintext.size());
    key.seal(nonce.data(), additional, plaintext, got.data());
    EXPECT_EQ(got, want);
    EXPECT_TRUE(key.open(nonce.data(), additional, want, opened.data()));
    EXPECT_EQ(opened, plaintext);
  }
}

INSTANTIATE_TEST_SUITE_P(All, AesGcmKernel,
                         testing::Values(Kernel::kVaes512, Kernel::kVaes256, Kernel::kAesNi, Kernel::kArmv8, Kernel::kOpenSsl),
                         [](const auto& parameter) { return kernel_name(parameter.param); });

}  // namespace
}  // namespace chroom::aead
