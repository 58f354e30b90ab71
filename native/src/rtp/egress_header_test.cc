#include "rtp/egress_header.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace chroom::rtp {
namespace {

struct Ingress {
  std::vector<uint8_t> packet;
  Header header;
  ExtensionTable extensions;
};

ExtensionMap publisher_map() {
  ExtensionMap map;
  map.add(ExtensionKind::kMid, 1);
  map.add(ExtensionKind::kRid, 2);
  map.add(ExtensionKind::kTransportWideCc, 3);
  map.add(ExtensionKind::kAbsSendTime, 4);
  map.add(ExtensionKind::kAudioLevel, 5);
  map.add(ExtensionKind::kVideoOrientation, 6);
  map.add(ExtensionKind::kDependencyDescriptor, 7);
  return map;
}

// Two contributing sources and these elements under the publisher's ids.
Ingress ingress(const std::vector<std::pair<uint8_t, std::vector<uint8_t>>>& elements) {
  Ingress in;
  in.packet = {0x92, 0x80 | 96, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 1, 1, 1, 1, 2, 2, 2, 2,
               0x10, 0x00, 0, 0};
  for (const auto& [id, value] : elements) {
    in.packet.push_back(id);
    in.packet.push_back(static_cast<uint8_t>(value.size()));
    in.packet.insert(in.packet.end(), value.begin(), value.end());
  }
  while (in.packet.size() % 4 != 0) in.packet.push_back(0);
  store_be16(in.packet.data() + 22, static_cast<uint16_t>((in.packet.size() - 24) / 4));
  in.packet.insert(in.packet.end(), {9, 9, 9});
  EXPECT_EQ(parse_packet(in.packet, in.header), DropReason::kNone);
  read_extensions(in.packet, in.header, publisher_map(), in.extensions);
  return in;
}

// The header that was written, read back with the subscriber's map.
struct Egress {
  std::vector<uint8_t> packet;
  EgressHeader written;
  Header header;
  ExtensionTable extensions;
};

Egress write(const EgressPlan& plan, const Ingress& in, const ExtensionMap& subscriber,
             const EgressFields& fields = {.ssrc = 0xCAFEBABE, .timestamp = 5000, .sequence = 77,
                                           .transport_sequence = 0xABCD, .abs_send_time = 0x123456,
                                           .payload_type = 111, .marker = true}) {
  Egress out;
  out.packet.resize(kMaxEgressHeaderBytes);
  out.written = write_egress_header(out.packet, plan, fields, in.packet, in.header, in.extensions);
  out.packet.resize(out.written.length);
  EXPECT_EQ(parse_header(out.packet, out.header), DropReason::kNone);
  EXPECT_EQ(out.header.header_length, out.written.length);
  read_extensions(out.packet, out.header, subscriber, out.extensions);
  return out;
}

ExtensionMap subscriber_map() {
  ExtensionMap map;
  map.add(ExtensionKind::kMid, 9);
  map.add(ExtensionKind::kRid, 10);
  map.add(ExtensionKind::kTransportWideCc, 11);
  map.add(ExtensionKind::kAbsSendTime, 12);
  map.add(ExtensionKind::kAudioLevel, 13);
  map.add(ExtensionKind::kDependencyDescriptor, 14);
  return map;
}

TEST(EgressHeader, ReplacesWhatBelongsToTheReceiver) {
  const ExtensionMap map = subscriber_map();
  const EgressPlan plan("7", map);
  const auto in = ingress({{1, {'v'}}, {2, {'h'}}, {3, {1, 2}}, {4, {1, 1, 1}}, {5, {0x30}}, {6, {1}}});
  const auto before = in.packet;
  const auto out = write(plan, in, map);
  EXPECT_EQ(in.packet, before) << "the shared packet stays as it is";
  EXPECT_EQ(out.header.ssrc, 0xCAFEBABEu);
  EXPECT_EQ(out.header.payload_type, 111);
  EXPECT_EQ(out.header.sequence, 77);
  EXPECT_EQ(out.header.timestamp, 5000u);
  EXPECT_TRUE(out.header.marker);
  EXPECT_FALSE(out.header.has_padding);
  EXPECT_EQ(out.header.csrc_count, 0);
  EXPECT_EQ(out.header.extension_profile, kOneByteProfile);
  EXPECT_EQ(read_text(out.packet, out.extensions, ExtensionKind::kMid), "7");
  EXPECT_EQ(read_transport_sequence(out.packet, out.extensions), 0xABCD);
  EXPECT_EQ(read_abs_send_time(out.packet, out.extensions), 0x123456u);
  EXPECT_EQ(read_audio_level(out.packet, out.extensions)->level_dbov, 0x30);
  EXPECT_FALSE(out.extensions.has(ExtensionKind::kRid)) << "a layer's name is the publisher's matter";
  EXPECT_FALSE(find_extension(out.packet, out.header, 6)) << "not negotiated by the subscriber";
}

TEST(EgressHeader, SaysWhereTheLateValuesGo) {
  const ExtensionMap map = subscriber_map();
  const auto out = write(EgressPlan("mid", map), ingress({}), map);
  EXPECT_EQ(load_be16(out.packet.data() + out.written.transport_sequence_offset), 0xABCD);
  EXPECT_EQ(load_be24(out.packet.data() + out.written.abs_send_time_offset), 0x123456u);
}

TEST(EgressHeader, WidensToTwoBytesForALongValueAndKeepsEverything) {
  const ExtensionMap map = subscriber_map();
  const std::vector<uint8_t> descriptor(40, 0x5A);
  const auto out = write(EgressPlan("mid", map), ingress({{7, descriptor}, {5, {0x11}}}), map);
  EXPECT_EQ(out.header.extension_profile, kTwoByteProfile);
  EXPECT_EQ(out.extensions.get(out.packet, ExtensionKind::kDependencyDescriptor).size(), 40u);
  EXPECT_EQ(read_text(out.packet, out.extensions, ExtensionKind::kMid), "mid");
  EXPECT_EQ(read_transport_sequence(out.packet, out.extensions), 0xABCD);
  EXPECT_EQ(read_abs_send_time(out.packet, out.extensions), 0x123456u);
  EXPECT_EQ(load_be16(out.packet.data() + out.written.transport_sequence_offset), 0xABCD);
  EXPECT_EQ(load_be24(out.packet.data() + out.written.abs_send_time_offset), 0x123456u);
  EXPECT_EQ(read_audio_level(out.packet, out.extensions)->level_dbov, 0x11);
}

TEST(EgressHeader, UsesTwoBytesForAHighIdOnlyWhenThatExtensionIsThere) {
  ExtensionMap map = subscriber_map();
  map.add(ExtensionKind::kDependencyDescriptor, 40);
  const EgressPlan plan("mid", map);
  EXPECT_EQ(write(plan, ingress({{5, {1}}}), map).header.extension_profile, kOneByteProfile);
  const auto with = write(plan, ingress({{7, {1, 2, 3}}}), map);
  EXPECT_EQ(with.header.extension_profile, kTwoByteProfile);
  EXPECT_EQ(find_extension(with.packet, with.header, 40)->size(), 3u);
}

TEST(EgressHeader, LaysFreshElementsOutInTwoBytesWhenTheirIdsAreHigh) {
  ExtensionMap map;
  map.add(ExtensionKind::kMid, 20);
  map.add(ExtensionKind::kTransportWideCc, 21);
  map.add(ExtensionKind::kAbsSendTime, 255);
  const auto out = write(EgressPlan("0123456789abcdef", map), ingress({}), map);
  EXPECT_EQ(out.header.extension_profile, kTwoByteProfile);
  EXPECT_EQ(read_text(out.packet, out.extensions, ExtensionKind::kMid), "0123456789abcdef");
  EXPECT_EQ(read_transport_sequence(out.packet, out.extensions), 0xABCD);
  EXPECT_EQ(read_abs_send_time(out.packet, out.extensions), 0x123456u);
}

TEST(EgressHeader, WritesNoBlockWhenNothingWasNegotiated) {
  const ExtensionMap none;
  const auto out = write(EgressPlan("mid", none), ingress({{1, {'v'}}, {5, {1}}}), none);
  EXPECT_EQ(out.written.length, 12);
  EXPECT_EQ(out.packet[0], 0x80);
}

TEST(EgressHeader, LeavesATooLongMidOut) {
  const ExtensionMap map = subscriber_map();
  const auto out = write(EgressPlan("0123456789abcdefg", map), ingress({}), map);
  EXPECT_FALSE(out.extensions.has(ExtensionKind::kMid));
  EXPECT_TRUE(out.extensions.has(ExtensionKind::kTransportWideCc));
}

TEST(EgressHeader, KeepsSourcesWhenAsked) {
  const ExtensionMap map = subscriber_map();
  EgressPlan plan("", map);
  plan.set_keep_csrcs(true);
  const auto out = write(plan, ingress({}), map);
  EXPECT_EQ(out.header.csrc_count, 2);
  EXPECT_EQ(load_be32(out.packet.data() + 16), 0x02020202u);
}

TEST(EgressHeader, WritesAPaddingProbeWithoutAPacket) {
  const ExtensionMap map = subscriber_map();
  std::vector<uint8_t> out(kUsualEgressHeaderBytes);
  const auto written =
      write_egress_header(out, EgressPlan("m", map), {.sequence = 1, .transport_sequence = 2, .padding = true});
  Header header;
  ASSERT_EQ(parse_header(Bytes(out).first(written.length), header), DropReason::kNone);
  EXPECT_TRUE(header.has_padding);
  EXPECT_EQ(load_be16(out.data() + written.transport_sequence_offset), 2);
}

TEST(EgressHeader, SaysWhenTheBufferIsTooSmallAndWritesNothing) {
  const ExtensionMap map = subscriber_map();
  const EgressPlan plan("mid", map);
  const auto in = ingress({{5, {1}}});
  const size_t needed = write(plan, in, map).written.length;
  std::vector<uint8_t> small(needed - 1, 0xEE);
  EXPECT_EQ(write_egress_header(small, plan, {}, in.packet, in.header, in.extensions).length, 0);
  EXPECT_EQ(small, std::vector<uint8_t>(needed - 1, 0xEE));
}

TEST(AbsSendTime, IsEighteenFractionalBitsOfSeconds) {
  EXPECT_EQ(to_abs_send_time(0), 0u);
  EXPECT_EQ(to_abs_send_time(1'000'000), 1u << 18);
  EXPECT_EQ(to_abs_send_time(64'000'000), 0u);
  EXPECT_EQ(to_abs_send_time(500'000), 1u << 17);
}

}  // namespace
}  // namespace chroom::rtp
