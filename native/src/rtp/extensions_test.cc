#include "rtp/extensions.h"

#include <gtest/gtest.h>

#include <vector>

namespace chroom::rtp {
namespace {

// A packet whose extension block has these bytes, padded to whole words.
std::vector<uint8_t> packet_with(uint16_t profile, std::vector<uint8_t> elements) {
  while (elements.size() % 4 != 0) elements.push_back(0);
  std::vector<uint8_t> header = {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
  store_be16(header.data() + 12, profile);
  store_be16(header.data() + 14, static_cast<uint16_t>(elements.size() / 4));
  elements.insert(elements.begin(), header.begin(), header.end());
  elements.push_back(0xFF);
  return elements;
}

std::vector<ExtensionReader::Element> elements_of(const std::vector<uint8_t>& packet) {
  Header header;
  EXPECT_EQ(parse_header(packet, header), DropReason::kNone);
  std::vector<ExtensionReader::Element> out;
  ExtensionReader reader(packet, header);
  for (ExtensionReader::Element element; reader.next(element);) out.push_back(element);
  return out;
}

TEST(ExtensionReader, WalksOneByteElementsOverPadding) {
  const auto packet = packet_with(kOneByteProfile, {0x10, 0xAA, 0, 0, 0x22, 1, 2, 3});
  const auto elements = elements_of(packet);
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[0].id, 1);
  EXPECT_EQ(elements[0].data.size(), 1u);
  EXPECT_EQ(elements[1].id, 2);
  EXPECT_EQ(elements[1].data[2], 3);
}

TEST(ExtensionReader, WalksTwoByteElementsWithHighIdsAndEmptyValues) {
  const auto packet = packet_with(0x1003, {200, 2, 7, 8, 0, 15, 0, 14, 1, 9});
  const auto elements = elements_of(packet);
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_EQ(elements[0].id, 200);
  EXPECT_EQ(elements[0].data.size(), 2u);
  EXPECT_EQ(elements[1].id, 15);
  EXPECT_TRUE(elements[1].data.empty());
  EXPECT_EQ(elements[2].data[0], 9);
}

TEST(ExtensionReader, StopsAtId15AndAtAnElementThatDoesNotFit) {
  EXPECT_EQ(elements_of(packet_with(kOneByteProfile, {0x10, 1, 0xF0, 1, 0x20, 2})).size(), 1u);
  EXPECT_EQ(elements_of(packet_with(kOneByteProfile, {0x10, 1, 0x2F, 1})).size(), 1u);
  EXPECT_EQ(elements_of(packet_with(kTwoByteProfile, {1, 1, 5, 2, 200, 1, 1, 1})).size(), 1u);
  EXPECT_EQ(elements_of(packet_with(kTwoByteProfile, {1, 2, 5, 2})).size(), 1u);
}

// RFC 8285 section 4.2: id 0 with a length is not padding, and ends the block.
TEST(ExtensionReader, StopsAtId0ThatHasALength) {
  const auto packet = packet_with(kOneByteProfile, {0x10, 1, 0x02, 1, 2, 3, 0x20, 2});
  const auto elements = elements_of(packet);
  ASSERT_EQ(elements.size(), 1u);
  EXPECT_EQ(elements[0].id, 1);
}

TEST(ExtensionReader, FindsNothingInABlockOfNothingOrOfPadding) {
  for (const uint16_t profile : {kOneByteProfile, kTwoByteProfile}) {
    EXPECT_TRUE(elements_of(packet_with(profile, {})).empty());
    EXPECT_TRUE(elements_of(packet_with(profile, std::vector<uint8_t>(1000))).empty());
  }
}

TEST(ExtensionReader, FindsNothingUnderAnUnknownProfile) {
  EXPECT_TRUE(elements_of(packet_with(0xABCD, {0x10, 1, 0x20, 2})).empty());
}

TEST(ExtensionMap, TranslatesBothWays) {
  ExtensionMap map;
  EXPECT_TRUE(map.add(ExtensionKind::kMid, 4));
  EXPECT_TRUE(map.add(ExtensionKind::kDependencyDescriptor, 200));
  EXPECT_EQ(map.id(ExtensionKind::kMid), 4);
  EXPECT_EQ(map.kind(4), ExtensionKind::kMid);
  EXPECT_EQ(map.kind(200), ExtensionKind::kDependencyDescriptor);
  EXPECT_EQ(map.id(ExtensionKind::kRid), 0);
  EXPECT_FALSE(map.kind(5));
  EXPECT_FALSE(map.kind(0));
  EXPECT_FALSE(map.kind(201));
}

TEST(ExtensionMap, RefusesIdZeroAndAnIdInUse) {
  ExtensionMap map;
  EXPECT_FALSE(map.add(ExtensionKind::kMid, 0));
  EXPECT_TRUE(map.add(ExtensionKind::kMid, 3));
  EXPECT_FALSE(map.add(ExtensionKind::kRid, 3));
  EXPECT_TRUE(map.add(ExtensionKind::kMid, 5)) << "a kind may move";
  EXPECT_FALSE(map.kind(3));
  EXPECT_TRUE(map.add(ExtensionKind::kRid, 3));
}

TEST(ExtensionMap, KnowsEachUriOnce) {
  for (size_t i = 0; i < kExtensionKindCount; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    EXPECT_EQ(extension_kind(extension_uri(kind)), kind);
  }
  EXPECT_FALSE(extension_kind("urn:nobody:knows"));
}

TEST(ReadExtensions, FindsKnownOnesOnceAndReadsTheirValues) {
  ExtensionMap map;
  map.add(ExtensionKind::kMid, 1);
  map.add(ExtensionKind::kAudioLevel, 2);
  map.add(ExtensionKind::kTransportWideCc, 3);
  map.add(ExtensionKind::kAbsSendTime, 4);
  const auto packet = packet_with(
      kOneByteProfile, {0x11, 'v', '0', 0x20, 0x85, 0x31, 0x12, 0x34, 0x42, 1, 2, 3, 0x50, 9, 0x10, 'x'});
  Header header;
  ASSERT_EQ(parse_header(packet, header), DropReason::kNone);
  ExtensionTable table;
  read_extensions(packet, header, map, table);
  EXPECT_EQ(read_text(packet, table, ExtensionKind::kMid), "v0");
  ASSERT_TRUE(read_audio_level(packet, table));
  EXPECT_EQ(read_audio_level(packet, table)->level_dbov, 5);
  EXPECT_TRUE(read_audio_level(packet, table)->voice_activity);
  EXPECT_EQ(read_transport_sequence(packet, table), 0x1234);
  EXPECT_EQ(read_abs_send_time(packet, table), 0x010203u);
  EXPECT_FALSE(table.has(ExtensionKind::kRid));
  EXPECT_EQ(read_text(packet, table, ExtensionKind::kRid), "");
  EXPECT_EQ(find_extension(packet, header, 5)->size(), 1u);
  EXPECT_FALSE(find_extension(packet, header, 6));
}

TEST(ReadExtensions, RefusesValuesOfAWrongSize) {
  ExtensionMap map;
  map.add(ExtensionKind::kTransportWideCc, 3);
  map.add(ExtensionKind::kAbsSendTime, 4);
  const auto packet = packet_with(kOneByteProfile, {0x30, 0x12, 0x40, 1});
  Header header;
  ASSERT_EQ(parse_header(packet, header), DropReason::kNone);
  ExtensionTable table;
  read_extensions(packet, header, map, table);
  EXPECT_FALSE(read_transport_sequence(packet, table));
  EXPECT_FALSE(read_abs_send_time(packet, table));
  EXPECT_FALSE(read_audio_level(packet, table));
}

}  // namespace
}  // namespace chroom::rtp
