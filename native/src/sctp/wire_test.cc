#include <gtest/gtest.h>

#include <random>

#include "sctp/chunks.h"
#include "sctp/crc32c.h"
#include "sctp/dcep.h"
#include "sctp/packet_reader.h"
#include "sctp/packet_writer.h"
#include "sctp/state_cookie.h"
#include "sctp/virtual_network.h"

namespace chroom::sctp {
namespace {

TEST(Crc32cTest, MatchesThePublishedVectors) {
  const std::vector<uint8_t> zeros(32, 0x00);  // RFC 3720, appendix B.4.
  const std::vector<uint8_t> ones(32, 0xFF);
  std::vector<uint8_t> rising(32);
  for (size_t i = 0; i < 32; ++i) rising[i] = static_cast<uint8_t>(i);
  const std::string digits = "123456789";
  for (const auto kernel : {crc32c, crc32c_table}) {
    EXPECT_EQ(kernel(zeros, 0), 0x8A9136AAu);
    EXPECT_EQ(kernel(ones, 0), 0x62A8AB43u);
    EXPECT_EQ(kernel(rising, 0), 0x46DD794Eu);
    EXPECT_EQ(kernel({reinterpret_cast<const uint8_t*>(digits.data()), 9}, 0), 0xE3069283u);
    EXPECT_EQ(kernel({}, 0), 0u);
  }
}

TEST(Crc32cTest, FastAndPortableAgreeOnRandomSizesOffsetsAndSeeds) {
  std::mt19937 random(11);
  const auto bytes = patterned_bytes(4096, 3);
  for (int i = 0; i < 2000; ++i) {
    const size_t offset = random() % 64;
    const size_t size = random() % (i % 2 == 0 ? 64 : 4000);
    const uint32_t seed = static_cast<uint32_t>(random());
    const Bytes piece = Bytes(bytes).subspan(offset, size);
    ASSERT_EQ(crc32c(piece, seed), crc32c_table(piece, seed)) << offset << " " << size;
  }
}

TEST(PacketTest, WrittenPacketsReadBackAndDetectEachFlippedBit) {
  std::vector<uint8_t> buffer(600);
  PacketWriter writer(buffer);
  writer.add_chunk(ChunkType::kCookieAck, 0, 0);
  writer.add_chunk(ChunkType::kHeartbeat, 0, 5)[4] = 7;
  buffer.resize(writer.finish({5000, 5001, 0x01020304}));
  EXPECT_EQ(buffer.size(), 12u + 4 + 12);
  PacketHeader header{};
  ASSERT_EQ(read_packet_header(buffer, header), PacketFault::kNone);
  EXPECT_EQ(header.source_port, 5000);
  EXPECT_EQ(header.destination_port, 5001);
  EXPECT_EQ(header.verification_tag, 0x01020304u);
  ChunkCursor cursor(Bytes(buffer).subspan(12));
  EXPECT_EQ(cursor.next()->type, ChunkType::kCookieAck);
  const auto heartbeat = cursor.next();
  EXPECT_EQ(heartbeat->value.size(), 5u);
  EXPECT_EQ(heartbeat->value[4], 7);
  EXPECT_FALSE(cursor.next().has_value());
  EXPECT_FALSE(cursor.malformed());
  for (size_t bit = 0; bit < buffer.size() * 8; ++bit) {
    buffer[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    EXPECT_EQ(read_packet_header(buffer, header), PacketFault::kChecksum) << bit;
    buffer[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
  }
}

TEST(PacketTest, StopsAtLengthsThatLie) {
  const std::vector<std::vector<uint8_t>> liars = {
      {0, 0, 0, 0},            // Shorter than its own header.
      {0, 0, 0, 3, 0, 0},      //
      {0, 0, 0, 9, 1, 2, 3},   // Beyond the packet.
      {0, 0, 0xFF, 0xFF},      //
      {0, 0, 0},               // Half a header.
  };
  for (const auto& liar : liars) {
    ChunkCursor cursor(liar);
    EXPECT_FALSE(cursor.next().has_value());
    EXPECT_TRUE(cursor.malformed());
    ParameterCursor parameters(liar);  // Its length sits in the same place.
    EXPECT_FALSE(parameters.next().has_value());
    EXPECT_TRUE(parameters.malformed());
  }
}

TEST(ChunksTest, SackBlocksMustAscendAndFit) {
  const auto sack_with = [](std::vector<GapBlock> blocks, uint16_t claimed) {
    std::vector<uint8_t> value(12 + blocks.size() * 4);
    store_be16(value.data() + 8, claimed);
    for (size_t i = 0; i < blocks.size(); ++i) {
      store_be16(value.data() + 12 + i * 4, blocks[i].start);
      store_be16(value.data() + 14 + i * 4, blocks[i].end);
    }
    return parse_sack({ChunkType::kSack, 0, value, value}).has_value();
  };
  EXPECT_TRUE(sack_with({{2, 2}, {4, 6}}, 2));
  EXPECT_FALSE(sack_with({{2, 2}, {4, 6}}, 3));
  EXPECT_FALSE(sack_with({{4, 6}, {2, 2}}, 2));
  EXPECT_FALSE(sack_with({{2, 5}, {5, 6}}, 2));
  EXPECT_FALSE(sack_with({{5, 3}}, 1));
  EXPECT_FALSE(sack_with({{0, 3}}, 1));
  EXPECT_FALSE(sack_with({{1, 3}}, 1));
}

TEST(ChunksTest, UnknownInitParametersFollowTheirUpperBits) {
  const auto init_with = [](uint16_t unknown_type) {
    std::vector<uint8_t> value(16 + 8 + 4);
    store_be16(value.data() + 16, unknown_type);
    store_be16(value.data() + 18, 6);
    store_be16(value.data() + 24, parameter::kForwardTsnSupported);
    store_be16(value.data() + 26, 4);
    return *parse_init({ChunkType::kInit, 0, value, value});
  };
  EXPECT_FALSE(init_with(0x0123).supports_forward_tsn);  // 00: stop.
  EXPECT_TRUE(init_with(0x0123).unrecognized.empty());
  EXPECT_FALSE(init_with(0x4123).supports_forward_tsn);  // 01: stop and report.
  EXPECT_EQ(init_with(0x4123).unrecognized.size(), 8u);
  EXPECT_TRUE(init_with(0x8123).supports_forward_tsn);   // 10: go on.
  EXPECT_TRUE(init_with(0x8123).unrecognized.empty());
  EXPECT_TRUE(init_with(0xC123).supports_forward_tsn);   // 11: go on and report.
  EXPECT_EQ(init_with(0xC123).unrecognized.size(), 8u);
}

TEST(StateCookieTest, OpensOnlyWhatItSigned) {
  CookieSecret secret{};
  secret[5] = 9;
  const StateCookie cookie{Instant(Duration(123456789)), 1, 2, 3, 4, 5, 6, 7, 8, true, false};
  auto bytes = sign_cookie(cookie, secret);
  const auto opened = open_cookie(bytes, secret);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->created_at, cookie.created_at);
  EXPECT_EQ(opened->local_tag, 1u);
  EXPECT_EQ(opened->peer_inbound_streams, 8);
  EXPECT_TRUE(opened->supports_forward_tsn);
  EXPECT_FALSE(opened->supports_reconfig);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    EXPECT_FALSE(open_cookie(bytes, secret).has_value()) << i;
    bytes[i] ^= 1;
  }
  EXPECT_FALSE(open_cookie(Bytes(bytes).first(71), secret).has_value());
  secret[0] = 1;
  EXPECT_FALSE(open_cookie(bytes, secret).has_value());
}

TEST(DcepTest, WritesTheBytesOfTheRfcAndReadsThemBack) {
  const ChannelParameters lossy{.label = "_lossy", .protocol = "p", .ordered = false, .max_retransmits = 0, .priority = 256};
  const std::vector<uint8_t> expected = {3, 0x81, 1, 0, 0, 0, 0, 0, 0, 6, 0, 1, '_', 'l', 'o', 's', 's', 'y', 'p'};
  EXPECT_EQ(write_channel_open(lossy), expected);
  const auto parsed = parse_channel_open(expected, 100);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->label, "_lossy");
  EXPECT_EQ(parsed->protocol, "p");
  EXPECT_FALSE(parsed->ordered);
  EXPECT_EQ(parsed->max_retransmits, 0u);
}

TEST(DcepTest, RefusesTruncatedOversizedAndUnknown) {
  const auto good = write_channel_open({.label = "abc", .protocol = "de"});
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_channel_open(Bytes(good).first(size), 100).has_value()) << size;
  }
  EXPECT_FALSE(parse_channel_open(good, 2).has_value());
  auto unknown_type = good;
  unknown_type[1] = 0x03;
  EXPECT_FALSE(parse_channel_open(unknown_type, 100).has_value());
}

}  // namespace
}  // namespace chroom::sctp
