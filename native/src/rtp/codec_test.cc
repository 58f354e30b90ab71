#include "rtp/codec.h"

#include <gtest/gtest.h>

#include <vector>

#include "rtp/av1.h"
#include "rtp/h264.h"
#include "rtp/vp8.h"
#include "rtp/vp9.h"

namespace chroom::rtp {
namespace {

using Payload = std::vector<uint8_t>;

TEST(Vp8, ReadsTheFullDescriptor) {
  Vp8Descriptor descriptor;
  ASSERT_TRUE(parse_vp8(Payload{0x90, 0xF0, 0x81, 0x23, 0x45, 0xA7, 0x00, 1}, descriptor));
  EXPECT_EQ(descriptor.length, 6);
  EXPECT_EQ(descriptor.picture_id, 0x123);
  EXPECT_TRUE(descriptor.wide_picture_id);
  EXPECT_EQ(descriptor.tl0_picture_index, 0x45);
  EXPECT_EQ(descriptor.temporal_layer, 2);
  EXPECT_TRUE(descriptor.layer_sync);
  EXPECT_EQ(descriptor.key_index, 7);
  EXPECT_TRUE(descriptor.starts_frame);
  EXPECT_TRUE(descriptor.key_frame);
}

TEST(Vp8, ReadsTheShortForms) {
  Vp8Descriptor descriptor;
  ASSERT_TRUE(parse_vp8(Payload{0x10, 0x01}, descriptor));
  EXPECT_EQ(descriptor.length, 1);
  EXPECT_FALSE(descriptor.has_picture_id());
  EXPECT_FALSE(descriptor.key_frame);
  ASSERT_TRUE(parse_vp8(Payload{0x80, 0x80, 0x7F, 0}, descriptor));
  EXPECT_EQ(descriptor.picture_id, 0x7F);
  EXPECT_FALSE(descriptor.wide_picture_id);
  EXPECT_FALSE(descriptor.starts_frame);
}

TEST(Vp8, CallsOnlyTheFirstPartitionOfAnIntraFrameAKeyFrame) {
  EXPECT_TRUE(starts_key_frame(Codec::kVp8, Payload{0x10, 0x00}));
  EXPECT_FALSE(starts_key_frame(Codec::kVp8, Payload{0x10, 0x01})) << "predicted";
  EXPECT_FALSE(starts_key_frame(Codec::kVp8, Payload{0x11, 0x00})) << "another partition";
  EXPECT_FALSE(starts_key_frame(Codec::kVp8, Payload{0x00, 0x00})) << "middle of a partition";
}

TEST(Vp8, RefusesEveryTruncation) {
  const Payload whole = {0x90, 0xF0, 0x81, 0x23, 0x45, 0xA7, 0x00};
  Vp8Descriptor descriptor;
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_vp8(Bytes(whole).first(length), descriptor)) << length;
  }
}

TEST(Vp8, RewritesNumbersInACopy) {
  const Payload payload = {0x90, 0xF0, 0x81, 0x23, 0x45, 0xA7, 0x00};
  Vp8Descriptor descriptor;
  ASSERT_TRUE(parse_vp8(payload, descriptor));
  uint8_t out[kMaxVp8DescriptorBytes];
  ASSERT_EQ(rewrite_vp8(payload, descriptor, 0x7FFE, 9, 31, out), 6u);
  Payload changed(out, out + 6);
  changed.push_back(0);
  Vp8Descriptor again;
  ASSERT_TRUE(parse_vp8(changed, again));
  EXPECT_EQ(again.picture_id, 0x7FFE);
  EXPECT_TRUE(again.wide_picture_id);
  EXPECT_EQ(again.tl0_picture_index, 9);
  EXPECT_EQ(again.key_index, 31);
  EXPECT_EQ(again.temporal_layer, 2);
  EXPECT_TRUE(again.layer_sync);
  EXPECT_EQ(payload[3], 0x23);
}

TEST(Vp8, KeepsASevenBitPictureIdSevenBits) {
  const Payload payload = {0x90, 0x80, 0x7F, 0x00};
  Vp8Descriptor descriptor;
  ASSERT_TRUE(parse_vp8(payload, descriptor));
  uint8_t out[kMaxVp8DescriptorBytes];
  ASSERT_EQ(rewrite_vp8(payload, descriptor, 0x1234, 0, 0, out), 3u);
  EXPECT_EQ(out[2], 0x34);
}

TEST(Vp9, ReadsLayersInBothModes) {
  Vp9Descriptor descriptor;
  ASSERT_TRUE(parse_vp9(Payload{0xA8, 0x81, 0x23, 0x42, 0x09, 0xFF}, descriptor));
  EXPECT_EQ(descriptor.picture_id, 0x123);
  EXPECT_EQ(descriptor.temporal_layer, 2);
  EXPECT_EQ(descriptor.spatial_layer, 1);
  EXPECT_EQ(descriptor.tl0_picture_index, 9);
  EXPECT_EQ(descriptor.length, 5);
  ASSERT_TRUE(parse_vp9(Payload{0xF0, 0x05, 0x20, 0x03, 0x04, 0xFF}, descriptor));
  EXPECT_EQ(descriptor.length, 5) << "two reference indices in flexible mode";
}

TEST(Vp9, SkipsTheScalabilityStructure) {
  // Two spatial layers with sizes, one picture in the group with one reference.
  const Payload payload = {0x8A, 0x05, 0x38, 0, 1, 0, 1, 0, 2, 0, 2, 1, 0x04, 1, 0xAA};
  Vp9Descriptor descriptor;
  ASSERT_TRUE(parse_vp9(payload, descriptor));
  EXPECT_EQ(descriptor.length, payload.size() - 1);
  EXPECT_FALSE(parse_vp9(Bytes(payload).first(payload.size() - 1), descriptor));
}

TEST(Vp9, StartsAtTheLowestLayerWithoutPrediction) {
  EXPECT_TRUE(starts_key_frame(Codec::kVp9, Payload{0x88, 0x05, 0xFF}));
  EXPECT_FALSE(starts_key_frame(Codec::kVp9, Payload{0xC8, 0x05, 0xFF})) << "predicted from another picture";
  EXPECT_FALSE(starts_key_frame(Codec::kVp9, Payload{0x80, 0x05, 0xFF})) << "not the beginning";
  EXPECT_FALSE(starts_key_frame(Codec::kVp9, Payload{0xA8, 0x05, 0x03, 0x00, 0xFF})) << "upper layer";
}

TEST(Vp9, RefusesEndlessReferencesAndTruncation) {
  Vp9Descriptor descriptor;
  EXPECT_FALSE(parse_vp9(Payload{0x50, 1, 1, 1, 1, 1, 1}, descriptor));
  EXPECT_FALSE(parse_vp9({}, descriptor));
  EXPECT_FALSE(parse_vp9(Payload{0xA8, 0x81, 0x23}, descriptor));
}

TEST(H264, FindsTheStartInEachPacketization) {
  EXPECT_TRUE(h264_starts_key_frame(Payload{0x67, 0x42}));
  EXPECT_TRUE(h264_starts_key_frame(Payload{0x65, 0x88}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x61, 0x9A}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x68, 0xCE})) << "picture parameters alone";
  EXPECT_TRUE(h264_starts_key_frame(Payload{0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x78, 0, 2, 0x09, 0x10, 0, 2, 0x61, 0x42}));
  EXPECT_TRUE(h264_starts_key_frame(Payload{0x7C, 0x85, 0x88}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x7C, 0x05, 0x88})) << "not the first fragment";
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x7C, 0x81, 0x88})) << "fragment of a predicted slice";
}

TEST(H264, SurvivesBrokenAggregates) {
  EXPECT_FALSE(h264_starts_key_frame({}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x78, 0, 0, 0x67}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x78, 0xFF, 0xFF, 0x67}));
  EXPECT_FALSE(h264_starts_key_frame(Payload{0x78, 0}));
}

TEST(H264, TellsParameterSetsFromSlices) {
  EXPECT_TRUE(h264_has_parameter_set(Payload{0x67, 0x42}));
  EXPECT_FALSE(h264_has_parameter_set(Payload{0x65, 0x88}));
}

TEST(Av1, StartsWithANewSequenceWithoutDescriptor) {
  EXPECT_TRUE(starts_key_frame(Codec::kAv1, Payload{0x18, 0x0A}));
  EXPECT_FALSE(starts_key_frame(Codec::kAv1, Payload{0x10, 0x0A}));
  EXPECT_FALSE(starts_key_frame(Codec::kAv1, Payload{0x98, 0x0A})) << "continues an earlier packet";
  EXPECT_FALSE(starts_key_frame(Codec::kAv1, Payload{0x18}));
}

TEST(Av1, BelievesTheDependencyDescriptor) {
  const Payload new_sequence = {0x18, 0x0A};
  EXPECT_TRUE(starts_key_frame(Codec::kAv1, new_sequence, Payload{0x80, 0, 1, 0x80}));
  EXPECT_FALSE(starts_key_frame(Codec::kAv1, new_sequence, Payload{0x80, 0, 1}));
  EXPECT_FALSE(starts_key_frame(Codec::kAv1, new_sequence, Payload{0x00, 0, 1, 0x80}));
  DependencyDescriptorStart descriptor;
  ASSERT_TRUE(parse_dependency_descriptor(Payload{0xC5, 0x12, 0x34, 0x40}, descriptor));
  EXPECT_TRUE(descriptor.first_packet_in_frame);
  EXPECT_TRUE(descriptor.last_packet_in_frame);
  EXPECT_EQ(descriptor.template_id, 5);
  EXPECT_EQ(descriptor.frame_number, 0x1234);
  EXPECT_FALSE(descriptor.has_structure);
  EXPECT_TRUE(descriptor.has_active_decode_targets);
  EXPECT_FALSE(parse_dependency_descriptor(Payload{0x80, 0}, descriptor));
}

// A dependency descriptor with a structure: templates from first_id on, each by the layer step that leads to it.
Payload descriptor_with_structure(uint8_t first_id, const std::vector<uint8_t>& steps) {
  std::vector<bool> bits = {true, false, false, false, false};  // the five flags
  const auto add = [&](uint8_t value, int count) {
    while (count-- > 0) bits.push_back((value >> count & 1) != 0);
  };
  add(first_id, 6);
  add(0, 5);  // one decode target
  for (const uint8_t step : steps) add(step, 2);
  Payload out = {0x80, 0, 1};
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i % 8 == 0) out.push_back(0);
    out.back() = static_cast<uint8_t>(out.back() | bits[i] << (7 - i % 8));
  }
  return out;
}

std::vector<bool> upper_of(const LayerTemplates& templates, uint8_t first_id, size_t count) {
  std::vector<bool> upper;
  for (size_t i = 0; i < count; ++i) upper.push_back(templates.is_upper(static_cast<uint8_t>((first_id + i) & 0x3F)));
  return upper;
}

TEST(LayerTemplates, KnowUpperTemporalAndSpatialLayersAcrossTheWrapOfIds) {
  // L2T2: S0T0 twice, S0T1, S1T0 twice, S1T1.
  LayerTemplates templates;
  templates.learn(descriptor_with_structure(61, {0, 1, 2, 0, 1, 3}));
  EXPECT_EQ(upper_of(templates, 61, 7), (std::vector<bool>{false, false, true, true, true, true, false}));
  EXPECT_FALSE(templates.is_upper(60)) << "never told";
  templates.learn(descriptor_with_structure(3, {3}));
  EXPECT_EQ(upper_of(templates, 0, 64), std::vector<bool>(64, false)) << "a new structure replaces the former";
}

TEST(LayerTemplates, KeepWhatTheyKnowWhenAStructureIsCutOrEndless) {
  LayerTemplates templates;
  const Payload whole = descriptor_with_structure(0, {1, 2, 1, 3});
  templates.learn(whole);
  const std::vector<bool> known = {false, true, true, true};
  ASSERT_EQ(upper_of(templates, 0, 4), known);
  const Payload other = descriptor_with_structure(0, {0, 0, 0, 0, 0, 0, 0, 3});
  for (size_t length = 0; length < other.size(); ++length) templates.learn(Bytes(other).first(length));
  EXPECT_EQ(upper_of(templates, 0, 4), known);
  templates.learn(descriptor_with_structure(0, std::vector<uint8_t>(500, 0)));
  EXPECT_EQ(upper_of(templates, 0, 4), known);
  templates.learn(descriptor_with_structure(0, [] {
    std::vector<uint8_t> steps(63, 2);  // all 64 that there can be
    steps.push_back(3);
    return steps;
  }()));
  EXPECT_FALSE(templates.is_upper(0));
  EXPECT_TRUE(templates.is_upper(63));
}

TEST(StartsKeyFrame, IsAlwaysTrueForAudio) {
  EXPECT_TRUE(starts_key_frame(Codec::kOpus, {}));
  EXPECT_TRUE(starts_key_frame(Codec::kRed, Payload{1}));
  EXPECT_FALSE(starts_key_frame(Codec::kVp8, {}));
}

}  // namespace
}  // namespace chroom::rtp
