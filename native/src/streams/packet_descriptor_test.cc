#include "streams/packet_descriptor.h"

#include <gtest/gtest.h>

#include <vector>

namespace chroom::streams {
namespace {

constexpr uint8_t kDependencyId = 5;

// What is found out about a packet with this payload and, unless empty, this dependency descriptor (of 1 to 16 bytes).
struct PacketDescriptorTest : testing::Test {
  PacketDescriptor describe(rtp::Codec codec, const std::vector<uint8_t>& payload,
                            const std::vector<uint8_t>& dependencies = {}) {
    std::vector<uint8_t> packet = {0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    if (!dependencies.empty()) {
      packet[0] |= 0x10;
      const size_t words = (1 + dependencies.size() + 3) / 4;
      packet.insert(packet.end(), {0xBE, 0xDE, 0, static_cast<uint8_t>(words)});
      packet.push_back(static_cast<uint8_t>(kDependencyId << 4 | (dependencies.size() - 1)));
      packet.insert(packet.end(), dependencies.begin(), dependencies.end());
      packet.resize(12 + 4 + words * 4);
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    PacketDescriptor out;
    EXPECT_EQ(rtp::parse_packet(packet, out.header), DropReason::kNone);
    rtp::ExtensionMap map;
    map.add(rtp::ExtensionKind::kDependencyDescriptor, kDependencyId);
    rtp::read_extensions(packet, out.header, map, out.extensions);
    EXPECT_TRUE(describe_payload(packet, codec, templates, out));
    return out;
  }
  rtp::LayerTemplates templates;
};

TEST_F(PacketDescriptorTest, KnowsUpperLayersByThePayloadsOfVp8AndVp9) {
  const auto vp8 = [](uint8_t temporal) { return std::vector<uint8_t>{0x90, 0x20, static_cast<uint8_t>(temporal << 6), 1}; };
  EXPECT_FALSE(describe(rtp::Codec::kVp8, vp8(0)).upper_layer);
  EXPECT_TRUE(describe(rtp::Codec::kVp8, vp8(1)).upper_layer);
  EXPECT_FALSE(describe(rtp::Codec::kVp8, {0x10, 1}).upper_layer) << "says nothing of layers";
  const auto vp9 = [](uint8_t temporal, uint8_t spatial) {
    return std::vector<uint8_t>{0xA8, 1, static_cast<uint8_t>(temporal << 5 | spatial << 1), 0, 0xFF};
  };
  EXPECT_FALSE(describe(rtp::Codec::kVp9, vp9(0, 0)).upper_layer);
  EXPECT_TRUE(describe(rtp::Codec::kVp9, vp9(1, 0)).upper_layer);
  EXPECT_TRUE(describe(rtp::Codec::kVp9, vp9(0, 1)).upper_layer);
  EXPECT_FALSE(describe(rtp::Codec::kVp9, {0x88, 1, 0xFF}).upper_layer);
}

TEST_F(PacketDescriptorTest, KnowsUpperLayersOfAv1ByTheTemplatesOfTheLastKeyFrame) {
  const std::vector<uint8_t> payload = {0x18, 0x0A};
  const auto of_template = [](uint8_t id) { return std::vector<uint8_t>{static_cast<uint8_t>(0x80 | id), 0, 2}; };
  EXPECT_FALSE(describe(rtp::Codec::kAv1, payload, of_template(1)).upper_layer) << "no key frame was seen";
  // Flags 10000, first id 0, one decode target, steps 2 (next spatial layer) and 3 (the last).
  const auto key = describe(rtp::Codec::kAv1, payload, {0x80, 0, 1, 0x80, 0x00, 0xB0});
  EXPECT_TRUE(key.starts_key_frame);
  EXPECT_FALSE(key.upper_layer);
  EXPECT_FALSE(describe(rtp::Codec::kAv1, payload, of_template(0)).upper_layer);
  EXPECT_TRUE(describe(rtp::Codec::kAv1, payload, of_template(1)).upper_layer);
  EXPECT_FALSE(describe(rtp::Codec::kAv1, payload, of_template(2)).upper_layer) << "a template that does not exist";
  EXPECT_FALSE(describe(rtp::Codec::kAv1, payload, {0x81, 0}).upper_layer) << "too short to say";
  EXPECT_FALSE(describe(rtp::Codec::kAv1, payload).upper_layer);
}

}  // namespace
}  // namespace chroom::streams
