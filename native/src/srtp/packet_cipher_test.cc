#include "srtp/packet_cipher.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "srtp/test_vectors.h"
#include "srtp/send_context.h"

namespace chroom::srtp {
namespace {

SessionKeys rfc7714_keys() {
  SessionKeys keys;
  for (size_t i = 0; i < keys.encryption.size(); ++i) keys.encryption[i] = static_cast<uint8_t>(i);
  const auto salt = unhex("517569642070726f2071756f");
  std::copy(salt.begin(), salt.end(), keys.salt.begin());
  return keys;
}

struct Vector {
  Profile profile;
  const char* clear;
  const char* sealed;
};

class Rfc7714Rtp : public testing::TestWithParam<Vector> {};
class Rfc7714Rtcp : public testing::TestWithParam<Vector> {};

TEST_P(Rfc7714Rtp, SealsAndOpensBitForBit) {
  const auto clear = unhex(GetParam().clear);
  std::vector<uint8_t> packet(clear.begin(), clear.begin() + 12);
  packet.resize(clear.size() + 16);
  PacketCipher sealer(GetParam().profile, rfc7714_keys());
  const PayloadParts payload = {.body = Bytes(clear).subspan(12)};
  ASSERT_EQ(sealer.seal_rtp(packet, 12, payload, 0xf17b), packet.size());
  EXPECT_EQ(hex(packet), GetParam().sealed);
  PacketCipher opener(GetParam().profile, rfc7714_keys());
  ASSERT_TRUE(opener.open_rtp(packet, 12, 0xf17b));
  EXPECT_EQ(hex(Bytes(packet).first(clear.size())), GetParam().clear);
}

constexpr char kRtp[] =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";

INSTANTIATE_TEST_SUITE_P(
    Section16, Rfc7714Rtp,
    testing::Values(Vector{Profile::kAeadAes128Gcm, kRtp,
                           "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36"
                           "de3adf8833899d7f27beb16a9152cf765ee4390cce"},
                    Vector{Profile::kAeadAes256Gcm, kRtp,
                           "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1b"
                           "a63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"}));

TEST_P(Rfc7714Rtcp, SealsAndOpensBitForBit) {
  auto packet = unhex(GetParam().clear);
  const size_t length = packet.size();
  packet.resize(length + 20);
  PacketCipher sealer(GetParam().profile, rfc7714_keys());
  ASSERT_EQ(sealer.seal_rtcp(packet, length, 0x5d4), packet.size());
  EXPECT_EQ(hex(packet), GetParam().sealed);
  PacketCipher opener(GetParam().profile, rfc7714_keys());
  EXPECT_EQ(opener.rtcp_index_word(packet), 0x800005d4u);
  ASSERT_TRUE(opener.open_rtcp(packet));
  EXPECT_EQ(hex(Bytes(packet).first(length)), GetParam().clear);
}

constexpr char kRtcp[] =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

INSTANTIATE_TEST_SUITE_P(
    Section17, Rfc7714Rtcp,
    testing::Values(Vector{Profile::kAeadAes128Gcm, kRtcp,
                           "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686"
                           "303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"},
                    Vector{Profile::kAeadAes256Gcm, kRtcp,
                           "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c6"
                           "1de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4"}));

// AES_CM_128_HMAC_SHA1_80 with the master key of RFC 3711 B.3; the packets that interoperable stacks test with.
SessionKeys rfc3711_keys(KeyUse use) {
  return derive_session_keys(Profile::kAes128CmSha1_80, use, unhex("E1F97A0D3E018BE0D64FA32C06DE4139"),
                             unhex("0EC675AD498AFEEBB6960B3AABE6"))
      .value();
}

TEST(PacketCipher, SealsRtpInCounterModeWithHmac) {
  auto packet = unhex("800f1234decafbadcafebabe");
  packet.resize(12 + 16 + 10);
  const std::vector<uint8_t> payload(16, 0xab);
  PacketCipher sealer(Profile::kAes128CmSha1_80, rfc3711_keys(KeyUse::kRtp));
  ASSERT_EQ(sealer.seal_rtp(packet, 12, {.body = payload}, 0x1234), packet.size());
  EXPECT_EQ(hex(packet), "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
}

TEST(PacketCipher, SealsRtcpInCounterModeWithHmac) {
  auto packet = unhex("81c8000bcafebabeabababababababababababababababab");
  const size_t length = packet.size();
  packet.resize(length + 14);
  PacketCipher sealer(Profile::kAes128CmSha1_80, rfc3711_keys(KeyUse::kRtcp));
  ASSERT_EQ(sealer.seal_rtcp(packet, length, 1), packet.size());
  EXPECT_EQ(hex(packet), "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
}

TEST(PacketCipher, JoinsHeadBodyAndPaddingIntoOnePayload) {
  for (const Profile profile : {Profile::kAes128CmSha1_80, Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm}) {
    const std::vector<uint8_t> head = {1, 2}, body = {3, 4, 5}, whole = {1, 2, 3, 4, 5, 0, 0, 3};
    auto in_parts = unhex("a00f1234decafbadcafebabe"), in_one = in_parts;
    in_parts.resize(12 + 8 + 16);
    in_one.resize(in_parts.size());
    PacketCipher sealer(profile, rfc7714_keys());
    const size_t length = sealer.seal_rtp(in_parts, 12, {.head = head, .body = body, .padding_bytes = 3}, 5);
    ASSERT_EQ(length, 12 + 8 + tag_bytes(profile));
    ASSERT_EQ(sealer.seal_rtp(in_one, 12, {.body = whole}, 5), length);
    EXPECT_EQ(in_parts, in_one);
  }
}

TEST(PacketCipher, RefusesABufferWithoutRoomForTheTag) {
  auto packet = unhex("800f1234decafbadcafebabe");
  packet.resize(12 + 4 + 15);
  const std::vector<uint8_t> payload(4, 1);
  PacketCipher sealer(Profile::kAeadAes128Gcm, rfc7714_keys());
  EXPECT_EQ(sealer.seal_rtp(packet, 12, {.body = payload}, 1), 0u);
  packet.resize(12 + 4 + 16);
  EXPECT_EQ(sealer.seal_rtp(packet, 12, {.body = payload}, 1), packet.size());
}

}  // namespace
}  // namespace chroom::srtp
