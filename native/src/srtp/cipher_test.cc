#include "srtp/cipher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "srtp/test_vectors.h"

namespace chroom::srtp {
namespace {

// RFC 3711 appendix B.2: the key stream over 65282 blocks, crossing every carry of the 16-bit block counter.
TEST(Cipher, GivesTheKeyStreamOfRfc3711) {
  Cipher cipher(Profile::kAes128CmSha1_80, unhex("2B7E151628AED2A6ABF7158809CF4F3C"));
  std::array<uint8_t, 16> iv{};
  const auto salt = unhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  std::copy(salt.begin(), salt.end(), iv.begin());
  std::vector<uint8_t> stream(0xFF02 * 16, 0);
  cipher.apply_keystream(iv, stream, stream.data());
  const auto block = [&stream](size_t at) { return hex(Bytes(stream).subspan(at * 16, 16)); };
  EXPECT_EQ(block(0), "e03ead0935c95e80e166b16dd92b4eb4");
  EXPECT_EQ(block(1), "d23513162b02d0f72a43a2fe4a5f97ab");
  EXPECT_EQ(block(2), "41e95b3bb0a2e8dd477901e4fca894c0");
  EXPECT_EQ(block(0xFEFF), "ec8cdf7398607cb0f2d21675ea9ea1e4");
  EXPECT_EQ(block(0xFF00), "362b7c3c6773516318a077d7fc5073ae");
  EXPECT_EQ(block(0xFF01), "6a2cc3787889374fbeb4c81b17ba6c44");
}

class GcmCipher : public testing::TestWithParam<Profile> {
 protected:
  const std::vector<uint8_t> key = std::vector<uint8_t>(key_bytes(GetParam()), 7);
  const std::vector<uint8_t> header = std::vector<uint8_t>(12, 1);
  const std::array<uint8_t, 12> iv = {1, 2, 3};
  Cipher cipher{GetParam(), key};
};

TEST_P(GcmCipher, SealsInPlaceAndOutOfPlaceAlike) {
  const std::vector<uint8_t> plain(333, 9);
  std::vector<uint8_t> out(plain.size() + 16), in_place = plain;
  in_place.resize(out.size());
  cipher.seal(iv, header, plain, out.data());
  cipher.seal(iv, header, Bytes(in_place).first(plain.size()), in_place.data());
  EXPECT_EQ(out, in_place);
}

TEST_P(GcmCipher, OpensOnlyWhatIsAuthentic) {
  const std::vector<uint8_t> plain(50, 9);
  std::vector<uint8_t> sealed(plain.size() + 16);
  cipher.seal(iv, header, plain, sealed.data());
  auto copy = sealed;
  ASSERT_TRUE(cipher.open(iv, header, copy));
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), copy.begin()));
  copy = sealed;
  copy.back() ^= 1;
  EXPECT_FALSE(cipher.open(iv, header, copy));
  copy = sealed;
  EXPECT_TRUE(cipher.open(iv, header, copy)) << "a refused packet leaves the cipher usable";
}

TEST_P(GcmCipher, SealsAnEmptyPayload) {
  std::vector<uint8_t> sealed(16);
  cipher.seal(iv, header, {}, sealed.data());
  EXPECT_TRUE(cipher.open(iv, header, sealed));
}

INSTANTIATE_TEST_SUITE_P(BothKeySizes, GcmCipher, testing::Values(Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm));

TEST(Cipher, MovesWithItsKey) {
  const std::vector<uint8_t> key(16, 7), plain(20, 3);
  Cipher first(Profile::kAes128CmSha1_80, key);
  std::vector<uint8_t> before(plain.size()), after(plain.size());
  first.apply_keystream({}, plain, before.data());
  Cipher second = std::move(first);
  second.apply_keystream({}, plain, after.data());
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace chroom::srtp
