#include "cmsha1/packet_protection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace chroom::cmsha1 {
namespace {

std::vector<uint8_t> from_hex(const std::string& text) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < text.size(); i += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::vector<uint8_t> random_bytes(std::mt19937& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

struct Receiver {
  explicit Receiver(std::mt19937& random)
      : encryption_bytes(random_bytes(random, 16)),
        authentication_bytes(random_bytes(random, 20)),
        key(encryption_bytes, authentication_bytes),
        rollover(static_cast<uint32_t>(random())) {
    const auto bytes = random_bytes(random, 14);
    std::copy(bytes.begin(), bytes.end(), iv.begin());
  }

  std::vector<uint8_t> encryption_bytes, authentication_bytes;
  CmSha1Key key;
  std::array<uint8_t, kIvBytes> iv{};
  uint32_t rollover;
};

// By OpenSSL alone: counter mode, then the code over the packet and the rollover counter.
std::vector<uint8_t> protect_by_openssl(const Receiver& receiver, Bytes header, Bytes payload) {
  std::vector<uint8_t> packet(header.begin(), header.end());
  packet.resize(header.size() + payload.size());
  AesCmKey(receiver.encryption_bytes, aead::Kernel::kOpenSsl).apply(receiver.iv.data(), payload, packet.data() + header.size());
  uint8_t word[4];
  store_be32(word, receiver.rollover);
  const auto code = receiver.key.authentication.sign(packet, word);
  packet.insert(packet.end(), code.begin(), code.begin() + kTagBytes);
  return packet;
}

TEST(ProtectMany, AgreesWithOpenSslForEveryNumberOfReceivers) {
  std::mt19937 random(1);
  std::vector<std::unique_ptr<Receiver>> receivers;
  for (size_t count = 0; count <= 40; count++) {
    const size_t header_bytes = 12 + 4 * (random() % 8), payload_bytes = random() % 1300;
    const auto payload = random_bytes(random, payload_bytes);
    std::vector<std::vector<uint8_t>> packets, want;
    std::vector<ClearPacket> jobs;
    for (size_t i = 0; i < count; i++) {
      const auto header = random_bytes(random, header_bytes);
      want.push_back(protect_by_openssl(*receivers[i], header, payload));
      packets.push_back(header);
      packets.back().resize(header_bytes + payload_bytes + kTagBytes);
    }
    for (size_t i = 0; i < count; i++) {
      jobs.push_back({&receivers[i]->key, receivers[i]->iv, payload.data(), packets[i].data(), receivers[i]->rollover});
    }
    protect_many(jobs, header_bytes, payload_bytes);
    ASSERT_EQ(packets, want) << count << " receivers";
    for (size_t i = 0; i < count; i++) {
      ASSERT_TRUE(unprotect(receivers[i]->key, receivers[i]->iv, packets[i], header_bytes, receivers[i]->rollover));
      ASSERT_EQ(std::memcmp(packets[i].data() + header_bytes, payload.data(), payload_bytes), 0);
    }
    receivers.push_back(std::make_unique<Receiver>(random));
  }
}

// The packet that interoperable stacks test with, under the session keys that RFC 3711 appendix B.3 derives.
TEST(ProtectMany, GivesThePublishedPacket) {
  const CmSha1Key key(from_hex("c61e7a93744f39ee10734afe3ff7a087"), from_hex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
  std::array<uint8_t, kIvBytes> iv{};
  const auto salt = from_hex("30cbbc08863d8c85d49db34a9ae1");
  std::copy(salt.begin(), salt.end(), iv.begin());
  auto packet = from_hex("800f1234decafbadcafebabe");
  const auto ssrc = from_hex("cafebabe");
  for (size_t i = 0; i < 4; i++) iv[4 + i] ^= ssrc[i];
  iv[12] ^= 0x12;  // the sequence number, behind a rollover counter of 0
  iv[13] ^= 0x34;
  packet.resize(12 + 16 + kTagBytes);
  const std::vector<uint8_t> payload(16, 0xab);
  const ClearPacket job = {&key, iv, payload.data(), packet.data(), 0};
  protect_many({&job, 1}, 12, payload.size());
  EXPECT_EQ(packet, from_hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"));
}

TEST(Unprotect, RefusesWhatIsNotAuthenticAndLeavesItUntouched) {
  std::mt19937 random(2);
  const Receiver receiver(random);
  const auto header = random_bytes(random, 12), payload = random_bytes(random, 33);
  const auto whole = protect_by_openssl(receiver, header, payload);
  for (size_t bit = 0; bit < whole.size() * 8; bit++) {
    auto packet = whole;
    packet[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto before = packet;
    ASSERT_FALSE(unprotect(receiver.key, receiver.iv, packet, 12, receiver.rollover)) << "bit " << bit;
    ASSERT_EQ(packet, before);
  }
  for (size_t size = 0; size < whole.size(); size++) {
    std::vector<uint8_t> packet(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_FALSE(unprotect(receiver.key, receiver.iv, packet, 12, receiver.rollover)) << "size " << size;
  }
  auto packet = whole;
  EXPECT_FALSE(unprotect(receiver.key, receiver.iv, packet, 12, receiver.rollover + 1));
  EXPECT_TRUE(unprotect(receiver.key, receiver.iv, packet, 12, receiver.rollover));
}

}  // namespace
}  // namespace chroom::cmsha1
