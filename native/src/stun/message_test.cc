#include "stun/message.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "stun/crc32.h"
#include "stun/writer.h"

namespace chroom::stun {
namespace {

Bytes text(std::string_view value) { return {reinterpret_cast<const uint8_t*>(value.data()), value.size()}; }
std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::vector<uint8_t> unhex(std::string_view digits) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<uint8_t>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// RFC 5769 sections 2.1 to 2.3.
const auto kSampleRequest = unhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1"
    "51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");
const auto kSampleIpv4Response = unhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599"
    "fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96");
const auto kSampleIpv6Response = unhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5"
    "bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c");
const IntegrityKey kSampleKey(text("VOkJxbRl1RmTxUk/WvJxBt"));

constexpr TransactionId kId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(StunMessage, ReadsTheRequestOfRfc5769) {
  Message message;
  ASSERT_EQ(parse(kSampleRequest, message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kRequest);
  EXPECT_EQ(message.method, kBindingMethod);
  EXPECT_EQ(as_text(message.username), "evtj:h6vY");
  EXPECT_EQ(message.priority, 0x6e0001ffu);
  EXPECT_EQ(message.ice_controlled, 0x932ff9b151263b36u);
  EXPECT_FALSE(message.ice_controlling);
  EXPECT_FALSE(message.use_candidate);
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, kSampleKey));
  EXPECT_FALSE(verify_integrity(message, IntegrityKey(text("VOkJxbRl1RmTxUk/WvJxBT"))));
}

TEST(StunMessage, ReadsTheIpv4ResponseOfRfc5769) {
  Message message;
  ASSERT_EQ(parse(kSampleIpv4Response, message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kSuccess);
  EXPECT_EQ(message.xor_mapped_address,
            (TransportAddress{.ip = {192, 0, 2, 1}, .port = 32853, .is_ipv6 = false}));
  EXPECT_TRUE(verify_integrity(message, kSampleKey));
}

TEST(StunMessage, ReadsTheIpv6ResponseOfRfc5769) {
  Message message;
  ASSERT_EQ(parse(kSampleIpv6Response, message), DropReason::kNone);
  const TransportAddress expected = {
      .ip = {0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
      .port = 32853,
      .is_ipv6 = true};
  EXPECT_EQ(message.xor_mapped_address, expected);
  EXPECT_TRUE(verify_integrity(message, kSampleKey));
}

// The last eight bytes are FINGERPRINT itself: with another type it is an ignored attribute behind the integrity.
TEST(StunMessage, RefusesAChangedByteAnywhereBeforeTheFingerprint) {
  for (size_t at = 0; at < kSampleRequest.size() - 8; ++at) {
    auto changed = kSampleRequest;
    changed[at] ^= 0x10;
    Message message;
    EXPECT_NE(parse(changed, message), DropReason::kNone) << "byte " << at;
  }
}

TEST(StunMessage, RefusesEveryTruncation) {
  for (size_t length = 0; length < kSampleRequest.size(); ++length) {
    Message message;
    EXPECT_EQ(parse(Bytes(kSampleRequest).first(length), message), DropReason::kStunMalformed) << length;
  }
}

TEST(StunMessage, TellsAWrongFingerprintFromAMalformedMessage) {
  auto changed = kSampleRequest;
  changed.back() ^= 1;
  Message message;
  EXPECT_EQ(parse(changed, message), DropReason::kStunBadFingerprint);
}

TEST(StunMessage, RefusesMoreAttributesThanItsBound) {
  std::vector<uint8_t> flood = {0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  for (size_t i = 0; i <= kMaxAttributes; ++i) flood.insert(flood.end(), {0x80, 0x77, 0, 0});
  store_be16(flood.data() + 2, static_cast<uint16_t>(flood.size() - kHeaderBytes));
  Message message;
  EXPECT_EQ(parse(flood, message), DropReason::kStunMalformed);
}

TEST(StunMessage, ReportsTheFirstUnknownRequiredAttribute) {
  std::vector<uint8_t> bytes = {0x00, 0x01, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                0x7F, 0x01, 0, 0, 0xC0, 0x57, 0, 0};
  Message message;
  ASSERT_EQ(parse(bytes, message), DropReason::kNone);
  EXPECT_EQ(message.unknown_required, 0x7F01);
}

TEST(StunMessage, IgnoresAttributesBehindTheIntegrity) {
  uint8_t out[256];
  const size_t signed_length = Writer(out, MessageClass::kRequest, kId).priority(1).finish(&kSampleKey);
  // In place of FINGERPRINT: USE-CANDIDATE, which the code does not cover.
  std::vector<uint8_t> bytes(out, out + signed_length - 8);
  bytes.insert(bytes.end(), {0x00, 0x25, 0, 0});
  store_be16(bytes.data() + 2, static_cast<uint16_t>(bytes.size() - kHeaderBytes));
  Message message;
  ASSERT_EQ(parse(bytes, message), DropReason::kNone);
  EXPECT_TRUE(verify_integrity(message, kSampleKey));
  EXPECT_FALSE(message.use_candidate);
}

TEST(StunMessage, DoesNotVerifyWithoutIntegrity) {
  uint8_t out[64];
  const size_t length = Writer(out, MessageClass::kRequest, kId).finish(nullptr);
  Message message;
  ASSERT_EQ(parse(Bytes(out, length), message), DropReason::kNone);
  EXPECT_EQ(message.integrity_offset, 0);
  EXPECT_FALSE(verify_integrity(message, kSampleKey));
}

TEST(StunMessage, LooksLikeStunOnlyWithTheCookie) {
  EXPECT_TRUE(looks_like_stun(kSampleRequest));
  auto other = kSampleRequest;
  other[4] = 0;
  EXPECT_FALSE(looks_like_stun(other));
  other = kSampleRequest;
  other[0] = 0x80;
  EXPECT_FALSE(looks_like_stun(other));
  EXPECT_FALSE(looks_like_stun({}));
}

TEST(StunWriter, WritesWhatTheParserReads) {
  uint8_t out[256];
  const size_t length = Writer(out, MessageClass::kRequest, kId)
                            .username(text("abcd:efgh"))
                            .priority(7)
                            .ice_controlling(99)
                            .use_candidate()
                            .finish(&kSampleKey);
  ASSERT_NE(length, 0u);
  Message message;
  ASSERT_EQ(parse(Bytes(out, length), message), DropReason::kNone);
  EXPECT_EQ(message.transaction_id, kId);
  EXPECT_EQ(as_text(message.username), "abcd:efgh");
  EXPECT_EQ(message.priority, 7u);
  EXPECT_EQ(message.ice_controlling, 99u);
  EXPECT_TRUE(message.use_candidate);
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, kSampleKey));
}

TEST(StunWriter, WritesTheRfc5769ResponseAddressBitForBit) {
  Message sample;
  ASSERT_EQ(parse(kSampleIpv6Response, sample), DropReason::kNone);
  uint8_t out[128];
  const size_t length = Writer(out, MessageClass::kSuccess, sample.transaction_id)
                            .xor_mapped_address(*sample.xor_mapped_address)
                            .finish(nullptr);
  ASSERT_EQ(length, kHeaderBytes + 24 + 8);
  EXPECT_TRUE(std::equal(out + 20, out + 44, kSampleIpv6Response.begin() + 36));
}

TEST(StunWriter, WritesErrorsWithTheirReason) {
  for (const uint16_t code : {kErrorBadRequest, kErrorUnauthenticated, kErrorUnknownAttribute, kErrorRoleConflict}) {
    uint8_t out[128];
    const size_t length = Writer(out, MessageClass::kError, kId).error_code(code).finish(&kSampleKey);
    Message message;
    ASSERT_EQ(parse(Bytes(out, length), message), DropReason::kNone);
    EXPECT_EQ(message.message_class, MessageClass::kError);
    EXPECT_EQ(message.error_code, code);
  }
}

TEST(StunWriter, SaysWhenTheBufferIsTooSmall) {
  const size_t needed = kHeaderBytes + 12 + 24 + 8;
  for (size_t size = 0; size < needed; ++size) {
    std::vector<uint8_t> out(size);
    const TransportAddress address = {.ip = {1, 2, 3, 4}, .port = 5};
    EXPECT_EQ(Writer(out, MessageClass::kSuccess, kId).xor_mapped_address(address).finish(&kSampleKey), 0u) << size;
  }
}

TEST(SplitUsername, SplitsAtTheFirstColon) {
  Bytes local, remote;
  ASSERT_TRUE(split_username(text("mine:theirs:x"), local, remote));
  EXPECT_EQ(as_text(local), "mine");
  EXPECT_EQ(as_text(remote), "theirs:x");
  EXPECT_FALSE(split_username(text("nothing"), local, remote));
}

TEST(Crc32, MatchesTheCheckValue) {
  EXPECT_EQ(crc32(text("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32({}), 0u);
}

}  // namespace
}  // namespace chroom::stun
