#include "cmsha1/aes_cm.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace chroom::cmsha1 {
namespace {

using aead::Kernel;

std::vector<uint8_t> random_bytes(std::mt19937& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::vector<uint8_t> random_iv(std::mt19937& random) {
  auto iv = random_bytes(random, kIvBytes);
  iv[14] = iv[15] = 0;
  return iv;
}

std::vector<uint8_t> from_hex(const char* text) {
  std::vector<uint8_t> bytes;
  for (; text[0] != 0; text += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text, 2), nullptr, 16)));
  return bytes;
}

class AesCmKernel : public testing::TestWithParam<Kernel> {
 protected:
  void SetUp() override {
    if (!aead::kernel_supported(GetParam())) GTEST_SKIP() << "this processor has no " << aead::kernel_name(GetParam());
  }
};

TEST_P(AesCmKernel, AgreesWithOpenSslOnEverySizeAndAlignment) {
  std::mt19937 random(1);
  for (size_t key_size : {16, 32}) {
    const auto key_bytes = random_bytes(random, key_size);
    const AesCmKey ours(key_bytes, GetParam());
    const AesCmKey reference(key_bytes, Kernel::kOpenSsl);
    for (size_t size = 0; size <= 1700; size++) {
      const size_t offset = random() % 64;
      const auto clear = random_bytes(random, size + offset);
      const auto iv = random_iv(random);
      std::vector<uint8_t> got(size + offset + 1, 0xee), want(size + 1, 0xee);
      ours.apply(iv.data(), Bytes(clear).subspan(offset), got.data() + offset);
      reference.apply(iv.data(), Bytes(clear).subspan(offset), want.data());
      ASSERT_EQ(std::memcmp(got.data() + offset, want.data(), size + 1), 0) << "key " << key_size << " size " << size;
    }
  }
}

TEST_P(AesCmKernel, WorksInPlaceAndTwiceGivesTheClearText) {
  std::mt19937 random(2);
  const AesCmKey key(random_bytes(random, 16), GetParam());
  for (size_t size : {1, 15, 16, 17, 63, 64, 65, 511, 512, 513, 1188}) {
    const auto clear = random_bytes(random, size);
    const auto iv = random_iv(random);
    std::vector<uint8_t> apart(size), together = clear;
    key.apply(iv.data(), clear, apart.data());
    key.apply(iv.data(), together, together.data());
    ASSERT_EQ(apart, together) << "size " << size;
    key.apply(iv.data(), together, together.data());
    ASSERT_EQ(together, clear) << "size " << size;
  }
}

struct KeyStream {
  const char* key;
  std::vector<std::pair<size_t, const char*>> blocks;
};

// RFC 3711 appendix B.2 and RFC 6188 section 7.1: over 65282 blocks, across every carry of the block counter.
TEST_P(AesCmKernel, GivesThePublishedKeyStreams) {
  const KeyStream published[] = {
      {"2b7e151628aed2a6abf7158809cf4f3c",
       {{0, "e03ead0935c95e80e166b16dd92b4eb4"},
        {1, "d23513162b02d0f72a43a2fe4a5f97ab"},
        {2, "41e95b3bb0a2e8dd477901e4fca894c0"},
        {0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"},
        {0xff00, "362b7c3c6773516318a077d7fc5073ae"},
        {0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"}}},
      {"57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
       {{0, "92bdd28a93c3f52511c677d08b5515a4"},
        {1, "9da71b2378a854f67050756ded165bac"},
        {2, "63c4868b7096d88421b563b8c94c9a31"},
        {0xfeff, "cea518c90fd91ced9cbb18c078a54711"},
        {0xff00, "3dbc4814f4da5f00a08772b63c6a046d"}}},
  };
  const auto iv = from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
  for (const KeyStream& one : published) {
    std::vector<uint8_t> stream(0xff02 * 16, 0);
    AesCmKey(from_hex(one.key), GetParam()).apply(iv.data(), stream, stream.data());
    for (const auto& [block, want] : one.blocks) {
      const std::vector<uint8_t> got(stream.begin() + static_cast<ptrdiff_t>(block) * 16,
                                     stream.begin() + static_cast<ptrdiff_t>(block + 1) * 16);
      EXPECT_EQ(got, from_hex(want)) << "key " << one.key << " block " << block;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AesCmKernel,
                         testing::Values(Kernel::kVaes512, Kernel::kVaes256, Kernel::kAesNi, Kernel::kArmv8, Kernel::kOpenSsl),
                         [](const auto& parameter) { return aead::kernel_name(parameter.param); });

}  // namespace
}  // namespace chroom::cmsha1
