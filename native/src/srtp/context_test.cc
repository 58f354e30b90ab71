// The two contexts against each other: what a session does with them.
#include <gtest/gtest.h>

#include <random>

#include "srtp/receive_context.h"
#include "srtp/send_context.h"

namespace chroom::srtp {
namespace {

constexpr uint32_t kSsrc = 0x1234ABCD;
constexpr size_t kHeaderBytes = 12;

class Contexts : public testing::TestWithParam<Profile> {
 protected:
  std::vector<uint8_t> key = std::vector<uint8_t>(key_bytes(GetParam()), 0x42);
  std::vector<uint8_t> salt = std::vector<uint8_t>(salt_bytes(GetParam()), 0x17);
  SendContext sender = std::move(SendContext::create(GetParam(), key, salt).value());
  ReceiveContext receiver = std::move(ReceiveContext::create(GetParam(), key, salt, 4).value());

  std::vector<uint8_t> rtp(uint64_t index, uint32_t ssrc = kSsrc, size_t payload_length = 100) {
    std::vector<uint8_t> payload(payload_length);
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<uint8_t>(i + index);
    std::vector<uint8_t> packet(kHeaderBytes + payload.size() + sender.rtp_overhead_bytes());
    packet[0] = 0x80;
    packet[1] = 96;
    store_be16(packet.data() + 2, static_cast<uint16_t>(index));
    store_be32(packet.data() + 8, ssrc);
    EXPECT_EQ(sender.protect_rtp(packet, kHeaderBytes, payload, static_cast<uint32_t>(index >> 16)), packet.size());
    return packet;
  }
  std::vector<uint8_t> rtcp(uint32_t ssrc = kSsrc) {
    std::vector<uint8_t> packet(28 + sender.rtcp_overhead_bytes());
    packet[0] = 0x80;
    packet[1] = 200;
    packet[3] = 6;
    store_be32(packet.data() + 4, ssrc);
    EXPECT_EQ(sender.protect_rtcp(packet, 28), packet.size());
    return packet;
  }
};

TEST_P(Contexts, CarryRtp) {
  auto packet = rtp(7);
  const auto opened = receiver.unprotect_rtp(packet, kHeaderBytes);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened.length, kHeaderBytes + 100);
  EXPECT_EQ(opened.index, 7u);
  EXPECT_EQ(packet[kHeaderBytes + 3], 10);
  EXPECT_EQ(receiver.streams(), 1u);
}

TEST_P(Contexts, CarryPayloadsOfAllSmallSizes) {
  for (size_t length = 0; length < 70; ++length) {
    auto packet = rtp(length, kSsrc, length);
    const auto opened = receiver.unprotect_rtp(packet, kHeaderBytes);
    ASSERT_TRUE(opened) << length;
    ASSERT_EQ(opened.length, kHeaderBytes + length);
    for (size_t i = 0; i < length; ++i) ASSERT_EQ(packet[kHeaderBytes + i], static_cast<uint8_t>(i + length));
  }
}

TEST_P(Contexts, FollowRolloverWithLossAndReordering) {
  for (const uint64_t index : {32000u, 64000u, 65535u, 65537u, 65534u, 65536u, 98000u, 130000u, 131073u, 131071u}) {
    auto packet = rtp(index);
    const auto opened = receiver.unprotect_rtp(packet, kHeaderBytes);
    ASSERT_TRUE(opened) << index << " " << drop_reason_name(opened.drop);
    EXPECT_EQ(opened.index, index);
  }
}

TEST_P(Contexts, RefuseAReplayedPacketOnceItWasAuthentic) {
  auto packet = rtp(7), again = packet;
  ASSERT_TRUE(receiver.unprotect_rtp(packet, kHeaderBytes));
  EXPECT_EQ(receiver.unprotect_rtp(again, kHeaderBytes).drop, DropReason::kSrtpReplayed);
}

TEST_P(Contexts, RefuseAPacketBehindTheWindow) {
  auto old = rtp(7), recent = rtp(7 + kReplayWindowPackets);
  ASSERT_TRUE(receiver.unprotect_rtp(recent, kHeaderBytes));
  EXPECT_EQ(receiver.unprotect_rtp(old, kHeaderBytes).drop, DropReason::kSrtpTooOld);
}

TEST_P(Contexts, RefuseEveryChangedByteAndKeepNoStateForIt) {
  const auto packet = rtp(7, kSsrc, 20);
  for (size_t at = 0; at < packet.size(); ++at) {
    auto changed = packet;
    changed[at] ^= 0x04;
    EXPECT_EQ(receiver.unprotect_rtp(changed, kHeaderBytes).drop, DropReason::kSrtpAuthFailed) << "byte " << at;
  }
  EXPECT_EQ(receiver.streams(), 0u);
  auto good = packet;
  EXPECT_TRUE(receiver.unprotect_rtp(good, kHeaderBytes));
}

TEST_P(Contexts, ForgedPacketsDoNotMoveTheWindow) {
  auto first = rtp(100);
  ASSERT_TRUE(receiver.unprotect_rtp(first, kHeaderBytes));
  auto forged = rtp(30000);
  forged.back() ^= 1;
  EXPECT_EQ(receiver.unprotect_rtp(forged, kHeaderBytes).drop, DropReason::kSrtpAuthFailed);
  auto next = rtp(99);
  EXPECT_TRUE(receiver.unprotect_rtp(next, kHeaderBytes));
}

TEST_P(Contexts, RefuseShortPackets) {
  auto packet = rtp(7);
  for (size_t length = 0; length < kHeaderBytes + tag_bytes(GetParam()); ++length) {
    EXPECT_EQ(receiver.unprotect_rtp(MutableBytes(packet).first(length), kHeaderBytes).drop, DropReason::kSrtpTooShort);
  }
  EXPECT_EQ(receiver.unprotect_rtp(packet, packet.size()).drop, DropReason::kSrtpTooShort);
}

TEST_P(Contexts, BoundTheNumberOfStreamsUntilOneIsForgotten) {
  for (uint32_t ssrc = 1; ssrc <= 4; ++ssrc) {
    auto packet = rtp(1, ssrc);
    ASSERT_TRUE(receiver.unprotect_rtp(packet, kHeaderBytes));
  }
  auto fifth = rtp(1, 5);
  EXPECT_EQ(receiver.unprotect_rtp(fifth, kHeaderBytes).drop, DropReason::kSrtpStreamLimit);
  receiver.forget(2);
  EXPECT_TRUE(receiver.unprotect_rtp(fifth, kHeaderBytes));
  auto fourth = rtp(2, 4);
  EXPECT_TRUE(receiver.unprotect_rtp(fourth, kHeaderBytes));
}

TEST_P(Contexts, RefuseAnotherKey) {
  key[0] ^= 1;
  auto stranger = std::move(ReceiveContext::create(GetParam(), key, salt).value());
  auto packet = rtp(7);
  EXPECT_EQ(stranger.unprotect_rtp(packet, kHeaderBytes).drop, DropReason::kSrtpAuthFailed);
}

TEST_P(Contexts, CarryRtcpAndRefuseItsReplay) {
  auto first = rtcp(), second = rtcp(), again = second;
  const auto opened = receiver.unprotect_rtcp(second);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened.length, 28u);
  EXPECT_EQ(opened.index, 2u);
  EXPECT_EQ(load_be32(second.data() + 4), kSsrc);
  EXPECT_TRUE(receiver.unprotect_rtcp(first)) << "reordered is not replayed";
  EXPECT_EQ(receiver.unprotect_rtcp(again).drop, DropReason::kSrtcpReplayed);
}

TEST_P(Contexts, RefuseChangedShortOrUnencryptedRtcp) {
  const auto packet = rtcp();
  for (size_t at = 0; at < packet.size(); ++at) {
    auto changed = packet;
    changed[at] ^= 0x01;
    EXPECT_EQ(receiver.unprotect_rtcp(changed).drop, DropReason::kSrtcpAuthFailed) << "byte " << at;
  }
  auto unencrypted = packet;
  const size_t flag_at = is_aead(GetParam()) ? packet.size() - 4 : packet.size() - 14;
  unencrypted[flag_at] &= 0x7F;
  EXPECT_EQ(receiver.unprotect_rtcp(unencrypted).drop, DropReason::kSrtcpNotEncrypted);
  auto truncated = packet;
  truncated.resize(8 + sender.rtcp_overhead_bytes() - 1);
  EXPECT_EQ(receiver.unprotect_rtcp(truncated).drop, DropReason::kSrtcpTooShort);
}

TEST_P(Contexts, CountRtcpPerSender) {
  for (uint32_t ssrc = 1; ssrc <= 4; ++ssrc) {
    auto packet = rtcp(ssrc);
    ASSERT_TRUE(receiver.unprotect_rtcp(packet));
  }
  auto fifth = rtcp(5);
  EXPECT_EQ(receiver.unprotect_rtcp(fifth).drop, DropReason::kSrtcpStreamLimit);
}

TEST_P(Contexts, SayWhenThereIsNoRoom) {
  std::vector<uint8_t> small(kHeaderBytes + 100 + sender.rtp_overhead_bytes() - 1);
  const std::vector<uint8_t> payload(100);
  EXPECT_EQ(sender.protect_rtp(small, kHeaderBytes, payload, 0), 0u);
  EXPECT_EQ(sender.protect_rtcp(MutableBytes(small).first(28), 28), 0u);
  EXPECT_EQ(sender.protect_rtcp(small, 7), 0u);
}

INSTANTIATE_TEST_SUITE_P(AllProfiles, Contexts,
                         testing::Values(Profile::kAes128CmSha1_80, Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm));

TEST(Contexts, RefuseKeysOfTheWrongLength) {
  const std::vector<uint8_t> key(15), salt(12);
  const auto sender = SendContext::create(Profile::kAeadAes128Gcm, key, salt);
  ASSERT_FALSE(sender);
  EXPECT_EQ(sender.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(ReceiveContext::create(Profile::kAeadAes128Gcm, key, salt));
}

}  // namespace
}  // namespace chroom::srtp
