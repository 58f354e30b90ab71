#include "srtp/unsigned_packets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

#include "srtp/send_context.h"

namespace chroom::srtp {
namespace {

constexpr size_t kHeaderBytes = 12;

SendContext context(Profile profile, uint8_t seed) {
  const std::vector<uint8_t> key(key_bytes(profile), seed);
  const std::vector<uint8_t> salt(salt_bytes(profile), static_cast<uint8_t>(seed + 1));
  return std::move(SendContext::create(profile, key, salt).value());
}

// `packets` packets of three receivers, each once with its tag at once and once with the tag made at the end.
void expect_the_same_bytes(Profile profile, size_t packets, const std::function<size_t(size_t)>& payload_bytes) {
  std::vector<SendContext> receivers;
  for (uint8_t seed = 1; seed <= 3; ++seed) receivers.push_back(context(profile, seed));
  UnsignedPackets unsigned_packets;
  std::vector<std::vector<uint8_t>> at_once(packets), at_the_end(packets);
  for (size_t i = 0; i < packets; ++i) {
    SendContext& receiver = receivers[i % receivers.size()];
    const std::vector<uint8_t> payload(payload_bytes(i), static_cast<uint8_t>(i));
    std::vector<uint8_t> packet(kHeaderBytes + payload.size() + receiver.rtp_overhead_bytes());
    packet[0] = 0x80;
    store_be16(packet.data() + 2, static_cast<uint16_t>(i));
    at_once[i] = at_the_end[i] = packet;
    const PayloadParts parts{.body = payload};
    ASSERT_EQ(receiver.protect_rtp(at_once[i], kHeaderBytes, parts, 7), packet.size());
    ASSERT_EQ(receiver.protect_rtp(at_the_end[i], kHeaderBytes, parts, 7, &unsigned_packets), packet.size());
  }
  unsigned_packets.sign_all();
  for (size_t i = 0; i < packets; ++i) ASSERT_EQ(at_once[i], at_the_end[i]) << i;
}

TEST(UnsignedPackets, GetTheTagsThatTheyWouldHaveHadAtOnce) {
  for (const size_t packets : {1u, 2u, 7u, 8u, 16u, 17u, 59u}) {
    expect_the_same_bytes(Profile::kAes128CmSha1_80, packets, [](size_t) { return 1188; });
  }
}

TEST(UnsignedPackets, MayHaveManySizes) {
  std::mt19937 random(4);
  expect_the_same_bytes(Profile::kAes128CmSha1_80, 300, [&](size_t) { return random() % 5 == 0 ? random() % 1400 : 900; });
}

TEST(UnsignedPackets, PastTheBoundAreSignedAtOnce) {
  expect_the_same_bytes(Profile::kAes128CmSha1_80, UnsignedPackets::kMost + 20, [](size_t i) { return 40 + i % 3; });
}

TEST(UnsignedPackets, OfAeadProfilesAreCompleteAlready) {
  expect_the_same_bytes(Profile::kAeadAes128Gcm, 20, [](size_t) { return 500; });
}

TEST(UnsignedPackets, AreForgottenOnceSigned) {
  SendContext receiver = context(Profile::kAes128CmSha1_80, 1);
  UnsignedPackets unsigned_packets;
  std::vector<uint8_t> packet(kHeaderBytes + 20 + receiver.rtp_overhead_bytes());
  receiver.protect_rtp(packet, kHeaderBytes, PayloadParts{.body = Bytes(packet).first(20)}, 0, &unsigned_packets);
  unsigned_packets.sign_all();
  std::fill(packet.begin(), packet.end(), uint8_t{0});
  unsigned_packets.sign_all();
  EXPECT_EQ(packet, std::vector<uint8_t>(packet.size()));
}

}  // namespace
}  // namespace chroom::srtp
