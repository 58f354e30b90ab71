#include <gtest/gtest.h>

#include <vector>

#include "rtcp/reader.h"
#include "rtcp/writer.h"

namespace chroom::rtcp {
namespace {

std::vector<PacketView> packets_of(Bytes compound) {
  std::vector<PacketView> out;
  CompoundReader reader(compound);
  for (PacketView packet; reader.next(packet);) out.push_back(packet);
  EXPECT_FALSE(reader.malformed());
  return out;
}

const ReportBlock kBlock = {.ssrc = 7,
                            .cumulative_lost = -3,
                            .extended_highest_sequence = 0x10002,
                            .jitter = 99,
                            .last_sender_report = 0xAABBCCDD,
                            .delay_since_last_report = 65536,
                            .fraction_lost = 128};

TEST(Rtcp, CarriesASenderReportWithItsBlocks) {
  uint8_t out[200];
  Writer writer(out);
  ASSERT_TRUE(writer.sender_report(1, 0x1122334455667788, 3, 4, 5, std::span(&kBlock, 1)));
  ASSERT_TRUE(writer.source_description(1, "name"));
  const auto packets = packets_of(writer.bytes());
  ASSERT_EQ(packets.size(), 2u);
  const auto report = parse_sender_report(packets[0]);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender_ssrc, 1u);
  EXPECT_EQ(report->ntp_time, 0x1122334455667788u);
  EXPECT_EQ(report->rtp_timestamp, 3u);
  EXPECT_EQ(report->packet_count, 4u);
  EXPECT_EQ(report->octet_count, 5u);
  ASSERT_EQ(report->blocks.size(), 1u);
  const ReportBlock block = report->blocks[0];
  EXPECT_EQ(block.ssrc, 7u);
  EXPECT_EQ(block.cumulative_lost, -3);
  EXPECT_EQ(block.extended_highest_sequence, 0x10002u);
  EXPECT_EQ(block.jitter, 99u);
  EXPECT_EQ(block.last_sender_report, 0xAABBCCDDu);
  EXPECT_EQ(block.delay_since_last_report, 65536u);
  EXPECT_EQ(block.fraction_lost, 128);
  const auto cname = parse_cname(packets[1]);
  ASSERT_TRUE(cname);
  EXPECT_EQ(cname->ssrc, 1u);
  EXPECT_EQ(std::string(cname->text.begin(), cname->text.end()), "name");
}

TEST(Rtcp, CarriesAReceiverReport) {
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.receiver_report(9, std::span(&kBlock, 1)));
  const auto report = parse_receiver_report(packets_of(writer.bytes())[0]);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender_ssrc, 9u);
  EXPECT_EQ(report->blocks.size(), 1u);
  EXPECT_FALSE(parse_sender_report(packets_of(writer.bytes())[0]));
}

TEST(Rtcp, ClampsCumulativeLossTo24Bits) {
  uint8_t out[100];
  ReportBlock block = {.cumulative_lost = 0x7FFFFFFF};
  Writer writer(out);
  ASSERT_TRUE(writer.receiver_report(9, std::span(&block, 1)));
  EXPECT_EQ(parse_receiver_report(packets_of(writer.bytes())[0])->blocks[0].cumulative_lost, 0x7FFFFF);
}

TEST(Rtcp, PacksAndUnpacksNacksAcrossTheWrap) {
  const std::vector<uint16_t> lost = {65530, 65531, 65535, 0, 10, 11, 500};
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.nack(1, 2, lost));
  EXPECT_EQ(writer.length(), 12u + 3 * 4) << "65530 to 10, 11, 500";
  const auto nack = parse_nack(packets_of(writer.bytes())[0]);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->sender_ssrc, 1u);
  EXPECT_EQ(nack->media_ssrc, 2u);
  std::vector<uint16_t> read;
  nack->for_each([&](uint16_t sequence) {
    read.push_back(sequence);
    return true;
  });
  EXPECT_EQ(read, lost);
  size_t calls = 0;
  nack->for_each([&](uint16_t) { return ++calls < 3; });
  EXPECT_EQ(calls, 3u) << "stops when told";
}

TEST(Rtcp, WritesNoEmptyNack) {
  uint8_t out[100];
  EXPECT_FALSE(Writer(out).nack(1, 2, {}));
}

TEST(Rtcp, CarriesKeyFrameRequests) {
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.pli(1, 2));
  ASSERT_TRUE(writer.fir(1, 3, 44));
  const auto packets = packets_of(writer.bytes());
  ASSERT_EQ(packets.size(), 2u);
  const auto pli = parse_pli(packets[0]);
  ASSERT_TRUE(pli);
  EXPECT_EQ(pli->media_ssrc, 2u);
  EXPECT_FALSE(parse_fir(packets[0]));
  const auto fir = parse_fir(packets[1]);
  ASSERT_TRUE(fir);
  ASSERT_EQ(fir->size(), 1u);
  EXPECT_EQ(fir->ssrc(0), 3u);
  EXPECT_EQ(fir->command_sequence(0), 44);
}

TEST(Rtcp, CarriesABitrateEstimate) {
  const uint32_t sources[] = {5, 6};
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.remb(1, 2'500'000, sources));
  const auto remb = parse_remb(packets_of(writer.bytes())[0]);
  ASSERT_TRUE(remb);
  EXPECT_NEAR(static_cast<double>(remb->bitrate_bps), 2.5e6, 16);
  ASSERT_EQ(remb->ssrc_count, 2);
  EXPECT_EQ(load_be32(remb->ssrcs.data() + 4), 6u);
}

TEST(Rtcp, RefusesABitrateThatOverflows) {
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.remb(1, 1, {}));
  out[17] = 0xFC;
  EXPECT_FALSE(parse_remb(packets_of(writer.bytes())[0]));
}

TEST(Rtcp, CarriesByes) {
  const uint32_t sources[] = {5, 6};
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.bye(sources));
  std::vector<uint32_t> read;
  EXPECT_TRUE(for_each_bye_source(packets_of(writer.bytes())[0], [&](uint32_t ssrc) { read.push_back(ssrc); }));
  EXPECT_EQ(read, (std::vector<uint32_t>{5, 6}));
}

TEST(Rtcp, CarriesReferenceTimeAndItsAnswer) {
  const DelaySinceLastReceiverReport reports[] = {{.ssrc = 8, .last_receiver_report = 1, .delay = 2},
                                                  {.ssrc = 9, .last_receiver_report = 3, .delay = 4}};
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.receiver_reference_time(7, 0x0102030405060708));
  ASSERT_TRUE(writer.dlrr(1, reports));
  const auto packets = packets_of(writer.bytes());
  const auto time = parse_receiver_reference_time(packets[0]);
  ASSERT_TRUE(time);
  EXPECT_EQ(time->sender_ssrc, 7u);
  EXPECT_EQ(time->ntp_time, 0x0102030405060708u);
  const auto delay = parse_dlrr(packets[1], 9);
  ASSERT_TRUE(delay);
  EXPECT_EQ(delay->last_receiver_report, 3u);
  EXPECT_EQ(delay->delay, 4u);
  EXPECT_FALSE(parse_dlrr(packets[1], 10));
  EXPECT_FALSE(parse_receiver_reference_time(packets[1]));
}

TEST(CompoundReader, StopsAtTheFirstPacketThatDoesNotFit) {
  uint8_t out[100];
  Writer writer(out);
  ASSERT_TRUE(writer.pli(1, 2));
  const size_t first = writer.length();
  ASSERT_TRUE(writer.pli(3, 4));
  for (size_t length = first + 1; length < writer.length(); ++length) {
    CompoundReader reader(Bytes(out).first(length));
    PacketView packet;
    EXPECT_TRUE(reader.next(packet));
    EXPECT_FALSE(reader.next(packet));
    EXPECT_TRUE(reader.malformed()) << length;
    EXPECT_FALSE(reader.next(packet));
  }
}

TEST(CompoundReader, RefusesAnotherVersion) {
  const std::vector<uint8_t> bytes = {0x40, 201, 0, 0};
  CompoundReader reader(bytes);
  PacketView packet;
  EXPECT_FALSE(reader.next(packet));
  EXPECT_TRUE(reader.malformed());
}

TEST(CompoundReader, TakesPaddingOff) {
  const std::vector<uint8_t> padded = {0xA1, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4};
  const auto packets = packets_of(padded);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].body.size(), 8u);
  EXPECT_TRUE(parse_pli(packets[0]));
}

TEST(CompoundReader, RefusesPaddingThatIsNotThere) {
  for (const uint8_t count : {0, 13}) {
    const std::vector<uint8_t> padded = {0xA1, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, count};
    CompoundReader reader(padded);
    PacketView packet;
    EXPECT_FALSE(reader.next(packet));
    EXPECT_TRUE(reader.malformed());
  }
}

TEST(CompoundReader, IsEmptyForNothing) { EXPECT_TRUE(packets_of({}).empty()); }

TEST(Rtcp, RefusesReportsThatAnnounceMoreThanTheyHold) {
  const std::vector<uint8_t> body(28);
  EXPECT_FALSE(parse_sender_report({PacketType::kSenderReport, 1, body}));
  EXPECT_FALSE(parse_receiver_report({PacketType::kReceiverReport, 2, body}));
  EXPECT_TRUE(parse_receiver_report({PacketType::kReceiverReport, 1, body}));
  EXPECT_FALSE(for_each_bye_source({PacketType::kBye, 8, body}, [](uint32_t) {}));
}

TEST(RtcpWriter, WritesWholePacketsOrNothing) {
  const std::vector<uint16_t> lost = {1, 100, 200};
  for (size_t size = 0; size < 24; ++size) {
    std::vector<uint8_t> out(size);
    Writer writer(out);
    EXPECT_FALSE(writer.nack(1, 2, lost));
    EXPECT_EQ(writer.length(), 0u);
  }
  std::vector<uint8_t> out(24);
  EXPECT_TRUE(Writer(out).nack(1, 2, lost));
}

TEST(RtcpWriter, RefusesMoreBlocksThanTheCountHolds) {
  std::vector<uint8_t> out(2000);
  const std::vector<ReportBlock> blocks(32);
  EXPECT_FALSE(Writer(out).receiver_report(1, blocks));
  EXPECT_TRUE(Writer(out).receiver_report(1, std::span(blocks).first(31)));
}

}  // namespace
}  // namespace chroom::rtcp
