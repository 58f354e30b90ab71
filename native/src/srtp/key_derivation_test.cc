#include "srtp/key_derivation.h"

#include <gtest/gtest.h>

#include <openssl/evp.h>

#include "srtp/test_vectors.h"

namespace chroom::srtp {
namespace {

std::vector<uint8_t> encrypt_block(Bytes key, const std::vector<uint8_t>& block) {
  std::vector<uint8_t> out(block.size());
  int written = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr, key.data(), nullptr);
  EVP_EncryptUpdate(context, out.data(), &written, block.data(), static_cast<int>(block.size()));
  EVP_CIPHER_CTX_free(context);
  return out;
}

// RFC 3711 appendix B.3.
TEST(KeyDerivation, MatchesRfc3711) {
  const auto keys = derive_session_keys(Profile::kAes128CmSha1_80, KeyUse::kRtp,
                                        unhex("E1F97A0D3E018BE0D64FA32C06DE4139"), unhex("0EC675AD498AFEEBB6960B3AABE6"));
  ASSERT_TRUE(keys);
  EXPECT_EQ(hex(Bytes(keys.value().encryption).first(16)), "c61e7a93744f39ee10734afe3ff7a087");
  EXPECT_EQ(hex(keys.value().salt), "30cbbc08863d8c85d49db34a9ae1");
  EXPECT_EQ(hex(keys.value().authentication), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
}

// RFC 7714 section 11: the 96-bit salt is followed by zeros, AES-256 is the pseudo random function. The first block of
// each key is then one block encryption that can be done by hand.
TEST(KeyDerivation, EncryptsThePaddedSaltWithAes256) {
  const auto master = unhex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
  const auto keys =
      derive_session_keys(Profile::kAeadAes256Gcm, KeyUse::kRtcp, master, unhex("3b04803de51ee7c96423ab5b"));
  ASSERT_TRUE(keys);
  // Label 5 (SRTCP salt) at byte 7.
  EXPECT_EQ(hex(Bytes(keys.value().salt).first(12)),
            hex(Bytes(encrypt_block(master, unhex("3b04803de51ee7cc6423ab5b00000000"))).first(12)));
  EXPECT_EQ(hex(Bytes(keys.value().encryption).first(16)),
            hex(encrypt_block(master, unhex("3b04803de51ee7ca6423ab5b00000000"))));
  EXPECT_EQ(hex(Bytes(keys.value().encryption).subspan(16)),
            hex(encrypt_block(master, unhex("3b04803de51ee7ca6423ab5b00000001"))));
}

TEST(KeyDerivation, GivesRtcpOtherKeysThanRtp) {
  const auto key = unhex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt = unhex("0EC675AD498AFEEBB6960B3A");
  const auto rtp = derive_session_keys(Profile::kAeadAes128Gcm, KeyUse::kRtp, key, salt);
  const auto rtcp = derive_session_keys(Profile::kAeadAes128Gcm, KeyUse::kRtcp, key, salt);
  ASSERT_TRUE(rtp);
  ASSERT_TRUE(rtcp);
  EXPECT_NE(rtp.value().encryption, rtcp.value().encryption);
  EXPECT_NE(rtp.value().salt, rtcp.value().salt);
}

TEST(KeyDerivation, RefusesKeysOfAnotherProfile) {
  const auto result = derive_session_keys(Profile::kAeadAes256Gcm, KeyUse::kRtp, std::vector<uint8_t>(16),
                                          std::vector<uint8_t>(12));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(result.error().detail.find("expected 32 bytes for this profile, got 16"), std::string::npos);
  EXPECT_FALSE(derive_session_keys(Profile::kAeadAes128Gcm, KeyUse::kRtp, std::vector<uint8_t>(16),
                                   std::vector<uint8_t>(14)));
}

}  // namespace
}  // namespace chroom::srtp
