#include "rtp/header.h"

#include <gtest/gtest.h>

#include <vector>

#include "rtp/rtx.h"

namespace chroom::rtp {
namespace {

std::vector<uint8_t> packet_with(uint8_t first, std::vector<uint8_t> behind_fixed_header) {
  const std::vector<uint8_t> fixed = {first, 0xE0, 0x12, 0x34, 0, 0, 0x10, 0x00, 0xAA, 0xBB, 0xCC, 0xDD};
  behind_fixed_header.insert(behind_fixed_header.begin(), fixed.begin(), fixed.end());
  return behind_fixed_header;
}

TEST(RtpHeader, ReadsAPlainPacket) {
  const auto packet = packet_with(0x80, {1, 2, 3});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(header.payload_type, 96);
  EXPECT_TRUE(header.marker);
  EXPECT_EQ(header.sequence, 0x1234);
  EXPECT_EQ(header.timestamp, 0x1000u);
  EXPECT_EQ(header.ssrc, 0xAABBCCDDu);
  EXPECT_EQ(header.header_length, 12);
  EXPECT_EQ(header.payload_offset, 12);
  EXPECT_EQ(header.payload_length, 3);
  EXPECT_EQ(header.extension_offset, 0);
}

TEST(RtpHeader, ReadsSourcesExtensionAndPadding) {
  const auto packet = packet_with(0xB1, {0, 0, 0, 9, 0xBE, 0xDE, 0, 1, 0x10, 0x55, 0, 0, 7, 8, 0, 2});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(header.csrc_count, 1);
  EXPECT_EQ(header.extension_profile, kOneByteProfile);
  EXPECT_EQ(header.extension_offset, 20);
  EXPECT_EQ(header.extension_length, 4);
  EXPECT_EQ(header.header_length, 24);
  EXPECT_EQ(header.padding_length, 2);
  EXPECT_EQ(header.payload(packet).size(), 2u);
  EXPECT_EQ(header.payload(packet)[0], 7);
}

TEST(RtpHeader, LeavesThePaddingAloneBeforeDecryption) {
  const auto packet = packet_with(0xA0, {1, 2, 3, 99});
  Header header;
  ASSERT_EQ(parse_header(packet, header), DropReason::kNone);
  EXPECT_TRUE(header.has_padding);
  EXPECT_EQ(header.payload_length, 4);
  EXPECT_EQ(strip_padding(packet, header), DropReason::kRtpBadPadding);
}

TEST(RtpHeader, AcceptsAProbeOfPaddingOnly) {
  const auto packet = packet_with(0xA0, {0, 0, 3});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(header.payload_length, 0);
  EXPECT_EQ(header.padding_length, 3);
}

TEST(RtpHeader, RefusesWithTheReason) {
  const auto reason = [](const std::vector<uint8_t>& packet) {
    Header header;
    return parse_packet(packet, header);
  };
  EXPECT_EQ(reason({}), DropReason::kRtpTooShort);
  EXPECT_EQ(reason(std::vector<uint8_t>(11, 0x80)), DropReason::kRtpTooShort);
  EXPECT_EQ(reason(packet_with(0x40, {})), DropReason::kRtpBadVersion);
  EXPECT_EQ(reason(packet_with(0x82, {0, 0, 0, 1})), DropReason::kRtpBadCsrcs);
  EXPECT_EQ(reason(packet_with(0x90, {0xBE, 0xDE})), DropReason::kRtpBadExtension);
  EXPECT_EQ(reason(packet_with(0x90, {0xBE, 0xDE, 0, 2, 1, 1, 1, 1})), DropReason::kRtpBadExtension);
  EXPECT_EQ(reason(packet_with(0xA0, {})), DropReason::kRtpBadPadding);
  EXPECT_EQ(reason(packet_with(0xA0, {1, 0})), DropReason::kRtpBadPadding);
  EXPECT_EQ(reason(packet_with(0xA0, {1, 3})), DropReason::kRtpBadPadding);
}

TEST(RtpHeader, SaysOfEveryTruncationWhatIsMissing) {
  // Two sources, an extension block of two words, a payload of three bytes.
  const auto whole = packet_with(
      0x92, {0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 2, 0x10, 1, 0x20, 2, 0, 0, 0, 0, 7, 8, 9});
  for (size_t length = 0; length <= whole.size(); ++length) {
    SCOPED_TRACE(length);
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    const DropReason expected = length < 12   ? DropReason::kRtpTooShort
                                : length < 20 ? DropReason::kRtpBadCsrcs
                                : length < 32 ? DropReason::kRtpBadExtension
                                              : DropReason::kNone;
    Header header;
    ASSERT_EQ(parse_packet(cut, header), expected);
    EXPECT_TRUE(length < 32 || header.payload_length == length - 32);
  }
}

TEST(RtpHeader, RefusesCountsAndLengthsBeyondThePacketAtTheirMost) {
  Header header;
  // Fifteen sources need 60 bytes; 65535 words of extension are longer than any packet.
  EXPECT_EQ(parse_packet(packet_with(0x8F, std::vector<uint8_t>(59)), header), DropReason::kRtpBadCsrcs);
  EXPECT_EQ(parse_packet(packet_with(0x8F, std::vector<uint8_t>(60)), header), DropReason::kNone);
  EXPECT_EQ(header.payload_length, 0);
  std::vector<uint8_t> extension(1400);
  store_be16(extension.data() + 2, 0xFFFF);
  EXPECT_EQ(parse_packet(packet_with(0x90, extension), header), DropReason::kRtpBadExtension);
  EXPECT_EQ(parse_packet(std::vector<uint8_t>(0x10000, 0x80), header), DropReason::kRtpTooShort) << "no such datagram";
}

TEST(RtpHeader, TakesPaddingUpToTheWholePayloadAndNotAByteMore) {
  for (size_t payload_bytes : {1, 2, 20, 254, 255, 256}) {
    for (size_t padding = 0; padding <= 255; ++padding) {
      std::vector<uint8_t> payload(payload_bytes);
      payload.back() = static_cast<uint8_t>(padding);
      const auto packet = packet_with(0xA0, payload);
      Header header;
      const bool good = padding > 0 && padding <= payload_bytes;
      ASSERT_EQ(parse_packet(packet, header), good ? DropReason::kNone : DropReason::kRtpBadPadding)
          << payload_bytes << " bytes, padding " << padding;
      ASSERT_TRUE(!good || header.payload(packet).size() == payload_bytes - padding);
    }
  }
}

TEST(RtpHeader, TellsRtpFromRtcp) {
  const auto rtp = packet_with(0x80, {});
  EXPECT_TRUE(looks_like_rtp_or_rtcp(rtp));
  EXPECT_FALSE(is_rtcp(rtp));
  const std::vector<uint8_t> rtcp = {0x80, 201, 0, 1, 0, 0, 0, 1};
  EXPECT_TRUE(looks_like_rtp_or_rtcp(rtcp));
  EXPECT_TRUE(is_rtcp(rtcp));
  EXPECT_FALSE(looks_like_rtp_or_rtcp(std::vector<uint8_t>(20, 0x16)));
}

TEST(AppendPadding, MakesAPacketThatParsesBack) {
  auto packet = packet_with(0x80, {1, 2, 3});
  packet.resize(20);
  ASSERT_EQ(append_padding(packet, 15, 5), 20u);
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(header.payload_length, 3);
  EXPECT_EQ(header.padding_length, 5);
  EXPECT_EQ(append_padding(packet, 15, 1), 0u) << "padded already";
}

TEST(AppendPadding, RefusesWhatDoesNotFit) {
  auto packet = packet_with(0x80, {1, 2, 3});
  EXPECT_EQ(append_padding(packet, 15, 1), 0u);
  EXPECT_EQ(append_padding(packet, 14, 0), 0u);
  EXPECT_EQ(append_padding(packet, 14, 1), 15u);
}

TEST(UnwrapRtx, ShowsTheOriginalPacketWithoutMovingBytes) {
  const auto packet = packet_with(0xA0, {0xCA, 0xFE, 7, 8, 9, 1});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  ASSERT_EQ(unwrap_rtx(packet, header, 77, 100), DropReason::kNone);
  EXPECT_EQ(header.sequence, 0xCAFE);
  EXPECT_EQ(header.ssrc, 77u);
  EXPECT_EQ(header.payload_type, 100);
  ASSERT_EQ(header.payload(packet).size(), 3u);
  EXPECT_EQ(header.payload(packet)[0], 7);
}

TEST(UnwrapRtx, CallsAProbeEmpty) {
  const auto packet = packet_with(0xA0, {0, 2});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(unwrap_rtx(packet, header, 77, 100), DropReason::kRtxEmpty);
  EXPECT_EQ(header.ssrc, 0xAABBCCDDu);
}

TEST(UnwrapRtx, RefusesHalfASequenceNumber) {
  const auto packet = packet_with(0x80, {0xCA});
  Header header;
  ASSERT_EQ(parse_packet(packet, header), DropReason::kNone);
  EXPECT_EQ(unwrap_rtx(packet, header, 77, 100), DropReason::kRtxEmpty);
}

TEST(UnwrapRtx, WritesTheHeaderItReads) { EXPECT_EQ(rtx_payload_header(0xCAFE), (std::array<uint8_t, 2>{0xCA, 0xFE})); }

}  // namespace
}  // namespace chroom::rtp
