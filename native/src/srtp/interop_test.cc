// Against libsrtp, the stack of browsers: both directions, through rollovers.
#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <vector>

#include "srtp/receive_context.h"
#include "srtp/send_context.h"

namespace chroom::srtp {
namespace {

constexpr uint32_t kSsrc = 0xCAFEBABE;
constexpr size_t kHeaderBytes = 12;
constexpr size_t kPayloadBytes = 333;
constexpr size_t kRoom = 512;

class Interop : public testing::TestWithParam<Profile> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(srtp_init(), srtp_err_status_ok); }
  static void TearDownTestSuite() { srtp_shutdown(); }

  void SetUp() override {
    for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(3 * i + 1);
    for (size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<uint8_t>(5 * i + 2);
    std::vector<uint8_t> master = key;
    master.insert(master.end(), salt.begin(), salt.end());
    srtp_policy_t policy = {};
    switch (GetParam()) {
      case Profile::kAes128CmSha1_80:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
      case Profile::kAeadAes128Gcm:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
      case Profile::kAeadAes256Gcm:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    }
    policy.key = master.data();
    policy.ssrc.type = ssrc_any_outbound;
    ASSERT_EQ(srtp_create(&their_sender, &policy), srtp_err_status_ok);
    policy.ssrc.type = ssrc_any_inbound;
    ASSERT_EQ(srtp_create(&their_receiver, &policy), srtp_err_status_ok);
  }
  void TearDown() override {
    srtp_dealloc(their_sender);
    srtp_dealloc(their_receiver);
  }

  static std::vector<uint8_t> header(uint64_t index) {
    std::vector<uint8_t> packet(kHeaderBytes);
    packet[0] = 0x80;
    packet[1] = 96;
    store_be16(packet.data() + 2, static_cast<uint16_t>(index));
    store_be32(packet.data() + 8, kSsrc);
    return packet;
  }
  static std::vector<uint8_t> payload(uint64_t index) {
    return std::vector<uint8_t>(kPayloadBytes, static_cast<uint8_t>(index));
  }
  static std::vector<uint8_t> receiver_report() {
    std::vector<uint8_t> packet(32, 0x5A);
    packet[0] = 0x81;
    packet[1] = 201;
    store_be16(packet.data() + 2, 7);
    store_be32(packet.data() + 4, kSsrc);
    return packet;
  }

  std::vector<uint8_t> key = std::vector<uint8_t>(key_bytes(GetParam()));
  std::vector<uint8_t> salt = std::vector<uint8_t>(salt_bytes(GetParam()));
  srtp_t their_sender = nullptr;
  srtp_t their_receiver = nullptr;
};

TEST_P(Interop, OpensTheirRtpThroughRollovers) {
  auto ours = std::move(ReceiveContext::create(GetParam(), key, salt).value());
  for (uint64_t index = 30000; index < 200000; index += 97) {
    auto packet = header(index);
    const auto body = payload(index);
    packet.insert(packet.end(), body.begin(), body.end());
    const auto clear = packet;
    packet.resize(kRoom);
    int length = static_cast<int>(clear.size());
    ASSERT_EQ(srtp_protect(their_sender, packet.data(), &length), srtp_err_status_ok);
    const auto opened = ours.unprotect_rtp(MutableBytes(packet).first(static_cast<size_t>(length)), kHeaderBytes);
    ASSERT_TRUE(opened) << index << " " << drop_reason_name(opened.drop);
    ASSERT_EQ(opened.index, index);
    packet.resize(opened.length);
    ASSERT_EQ(packet, clear);
  }
}

TEST_P(Interop, SealsRtpThatTheyOpenThroughRollovers) {
  auto ours = std::move(SendContext::create(GetParam(), key, salt).value());
  for (uint64_t index = 30000; index < 200000; index += 97) {
    auto packet = header(index);
    packet.resize(kRoom);
    const size_t sealed = ours.protect_rtp(packet, kHeaderBytes, payload(index), static_cast<uint32_t>(index >> 16));
    int length = static_cast<int>(sealed);
    ASSERT_EQ(srtp_unprotect(their_receiver, packet.data(), &length), srtp_err_status_ok) << index;
    ASSERT_EQ(static_cast<size_t>(length), kHeaderBytes + kPayloadBytes);
    ASSERT_EQ(packet[kHeaderBytes + 100], static_cast<uint8_t>(index));
  }
}

TEST_P(Interop, ExchangesRtcp) {
  auto our_receiver = std::move(ReceiveContext::create(GetParam(), key, salt).value());
  auto our_sender = std::move(SendContext::create(GetParam(), key, salt).value());
  for (int round = 0; round < 50; ++round) {
    const auto clear = receiver_report();
    auto packet = clear;
    packet.resize(kRoom);
    int length = static_cast<int>(clear.size());
    ASSERT_EQ(srtp_protect_rtcp(their_sender, packet.data(), &length), srtp_err_status_ok);
    const auto opened = our_receiver.unprotect_rtcp(MutableBytes(packet).first(static_cast<size_t>(length)));
    ASSERT_TRUE(opened) << drop_reason_name(opened.drop);
    packet.resize(opened.length);
    ASSERT_EQ(packet, clear);
    packet.resize(kRoom);
    length = static_cast<int>(our_sender.protect_rtcp(packet, clear.size()));
    ASSERT_EQ(srtp_unprotect_rtcp(their_receiver, packet.data(), &length), srtp_err_status_ok);
    packet.resize(static_cast<size_t>(length));
    ASSERT_EQ(packet, clear);
  }
}

INSTANTIATE_TEST_SUITE_P(AllProfiles, Interop,
                         testing::Values(Profile::kAes128CmSha1_80, Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm));

}  // namespace
}  // namespace chroom::srtp
