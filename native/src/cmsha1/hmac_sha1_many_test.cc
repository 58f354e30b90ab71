#include "cmsha1/hmac_sha1_many.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace chroom::cmsha1 {
namespace {

std::vector<uint8_t> random_bytes(std::mt19937& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

// As many messages of one size as the test asks for, each with its own key, content, alignment and word.
struct Batch {
  Batch(std::mt19937& random, size_t count, size_t size) : keys(count), buffers(count), tags(count) {
    for (size_t i = 0; i < count; i++) {
      keys[i] = digest::HmacSha1Key(random_bytes(random, 20));
      const size_t offset = random() % 64;
      buffers[i] = random_bytes(random, offset + size);
      tags[i].fill(0xee);
      messages.push_back({&keys[i], buffers[i].data() + offset, static_cast<uint32_t>(random()), tags[i].data()});
    }
  }

  std::array<uint8_t, digest::kSha1Bytes> want(size_t i, size_t size) const {
    uint8_t word[4];
    store_be32(word, messages[i].word);
    return keys[i].sign(Bytes(messages[i].message, size), word);
  }

  std::vector<digest::HmacSha1Key> keys;
  std::vector<std::vector<uint8_t>> buffers;
  std::vector<std::array<uint8_t, kTagBytes + 1>> tags;
  std::vector<SignedMessage> messages;
};

void expect_tags_of_openssl(const Batch& batch, size_t size) {
  for (size_t i = 0; i < batch.messages.size(); i++) {
    ASSERT_EQ(std::memcmp(batch.tags[i].data(), batch.want(i, size).data(), kTagBytes), 0)
        << "message " << i << " of " << batch.messages.size() << ", size " << size;
    ASSERT_EQ(batch.tags[i].back(), 0xee) << "wrote beyond the tag, size " << size;
  }
}

class HashKernels : public testing::TestWithParam<HashKernel> {
 protected:
  void SetUp() override {
    if (!hash_kernel_supported(GetParam())) GTEST_SKIP() << "this processor has no " << hash_kernel_name(GetParam());
  }
};

TEST_P(HashKernels, AgreeWithOpenSslOnEverySizeAndAlignment) {
  std::mt19937 random(1);
  for (size_t size = 0; size <= 1700; size++) {
    Batch batch(random, 16, size);
    sign_many(batch.messages, size, GetParam());
    expect_tags_of_openssl(batch, size);
  }
}

TEST_P(HashKernels, AgreeWithOpenSslForEveryNumberOfMessages) {
  std::mt19937 random(2);
  for (size_t count = 0; count <= 40; count++) {
    for (size_t size : {12, 51, 52, 64, 116, 1200}) {
      Batch batch(random, count, size);
      sign_many(batch.messages, size, GetParam());
      expect_tags_of_openssl(batch, size);
    }
  }
}

// RFC 2202 section 3, cases 1, 3 and 7, cut to 80 bits; the last four bytes are the word. Seventeen of a kind: every lane
// of every width, and what is left over.
TEST_P(HashKernels, GiveTheVectorsOfRfc2202) {
  struct Published {
    std::vector<uint8_t> key, data;
    std::array<uint8_t, kTagBytes> tag;
  };
  const std::string_view larger = "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data";
  const Published published[] = {
      {std::vector<uint8_t>(20, 0x0b), {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'},
       {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b}},
      {std::vector<uint8_t>(20, 0xaa), std::vector<uint8_t>(50, 0xdd),
       {0x12, 0x5d, 0x73, 0x42, 0xb9, 0xac, 0x11, 0xcd, 0x91, 0xa3}},
      {std::vector<uint8_t>(80, 0xaa), {larger.begin(), larger.end()},
       {0xe8, 0xe9, 0x9d, 0x0f, 0x45, 0x23, 0x7d, 0x78, 0x6d, 0x6b}},
  };
  for (const Published& one : published) {
    const digest::HmacSha1Key key(one.key);
    const size_t size = one.data.size() - 4;
    std::array<std::array<uint8_t, kTagBytes>, 17> tags{};
    std::vector<SignedMessage> messages;
    for (auto& tag : tags) messages.push_back({&key, one.data.data(), load_be32(one.data.data() + size), tag.data()});
    sign_many(messages, size, GetParam());
    for (const auto& tag : tags) EXPECT_EQ(tag, one.tag) << one.data.size() << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(All, HashKernels,
                         testing::Values(HashKernel::kAvx512, HashKernel::kAvx2, HashKernel::kShaNi, HashKernel::kArmv8,
                                         HashKernel::kOpenSsl),
                         [](const auto& parameter) { return hash_kernel_name(parameter.param); });

TEST(SignMany, AgreesWithOpenSslWhateverKernelsItChooses) {
  std::mt19937 random(3);
  for (size_t count = 0; count <= 40; count++) {
    const size_t size = random() % 1400;
    Batch batch(random, count, size);
    sign_many(batch.messages, size);
    expect_tags_of_openssl(batch, size);
  }
}

TEST(Verify, RefusesEveryFlippedBitAndAnotherWord) {
  std::mt19937 random(4);
  const digest::HmacSha1Key key(random_bytes(random, 20));
  auto message = random_bytes(random, 70);
  std::array<uint8_t, kTagBytes> tag;
  const SignedMessage one = {&key, message.data(), 7, tag.data()};
  sign_many({&one, 1}, message.size());
  EXPECT_TRUE(verify(key, message, 7, tag.data()));
  EXPECT_FALSE(verify(key, message, 8, tag.data()));
  EXPECT_FALSE(verify(key, Bytes(message).first(69), 7, tag.data()));
  for (size_t bit = 0; bit < kTagBytes * 8; bit++) {
    tag[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(verify(key, message, 7, tag.data())) << "bit " << bit << " of the tag";
    tag[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  for (size_t bit = 0; bit < message.size() * 8; bit++) {
    message[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(verify(key, message, 7, tag.data())) << "bit " << bit << " of the message";
    message[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace chroom::cmsha1
