#include "srtp/cipher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "srtp/test_vectors.h"

namespace chroom::srtp {
namespace {

// RFC 3711 appendix B.2: the key stream over 65282 blocks, crossing every carry of the 16-bit block counter.
TEST(Cipher, GivesTheKeyStreamOfRfc3711) {
  Cipher cipher(Profile::kAes128CmSha1_80, Direction::kEncrypt, unhex("2B7E151628AED2A6ABF7158809CF4F3C"));
  std::array<uint8_t, 16> iv{};
  const auto salt = unhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  std::copy(salt.begin(), salt.end(), iv.begin());
  std::vector<uint8_t> stream(0xFF02 * 16, 0);
  ASSERT_TRUE(cipher.apply_keystream(iv, stream, stream.data()));
  const auto block = [&stream](size_t at) { return hex(Bytes(stream).subspan(at * 16, 16)); };
  EXPECT_EQ(block(0), "e03ead0935c95e80e166b16dd92b4eb4");
  EXPECT_EQ(block(1), "d23513162b02d0f72a43a2fe4a5f97ab");
  EXPECT_EQ(block(2), "41e95b3bb0a2e8dd477901e4fca894c0");
  EXPECT_EQ(block(0xFEFF), "ec8cdf7398607cb0f2d21675ea9ea1e4");
  EXPECT_EQ(block(0xFF00), "362b7c3c6773516318a077d7fc5073ae");
  EXPECT_EQ(block(0xFF01), "6a2cc3787889374fbeb4c81b17ba6c44");
}

TEST(Cipher, SealsInPlaceAndOutOfPlaceAlike) {
  const std::vector<uint8_t> key(32, 7), plain(333, 9), header(12, 1);
  const std::array<uint8_t, 12> iv = {1, 2, 3};
  Cipher cipher(Profile::kAeadAes256Gcm, Direction::kEncrypt, key);
  std::vector<uint8_t> out(plain.size()), in_place = plain;
  uint8_t tag[16], other_tag[16];
  ASSERT_TRUE(cipher.seal(iv, header, plain, out.data(), tag));
  ASSERT_TRUE(cipher.seal(iv, header, in_place, in_place.data(), other_tag));
  EXPECT_EQ(out, in_place);
  EXPECT_EQ(hex(tag), hex(other_tag));
}

TEST(Cipher, OpensOnlyWhatIsAuthentic) {
  const std::vector<uint8_t> key(16, 7), plain(50, 9), header(12, 1);
  const std::array<uint8_t, 12> iv = {1, 2, 3};
  Cipher sealer(Profile::kAeadAes128Gcm, Direction::kEncrypt, key), opener(Profile::kAeadAes128Gcm, Direction::kDecrypt, key);
  std::vector<uint8_t> sealed(plain.size());
  uint8_t tag[16];
  ASSERT_TRUE(sealer.seal(iv, header, plain, sealed.data(), tag));
  auto copy = sealed;
  ASSERT_TRUE(opener.open(iv, header, copy, tag));
  EXPECT_EQ(copy, plain);
  tag[15] ^= 1;
  copy = sealed;
  EXPECT_FALSE(opener.open(iv, header, copy, tag));
  tag[15] ^= 1;
  copy = sealed;
  EXPECT_TRUE(opener.open(iv, header, copy, tag)) << "a refused packet leaves the cipher usable";
}

TEST(Cipher, SealsAnEmptyPayload) {
  const std::vector<uint8_t> key(16, 7), header(12, 1);
  Cipher sealer(Profile::kAeadAes128Gcm, Direction::kEncrypt, key), opener(Profile::kAeadAes128Gcm, Direction::kDecrypt, key);
  uint8_t tag[16];
  ASSERT_TRUE(sealer.seal({}, header, {}, nullptr, tag));
  EXPECT_TRUE(opener.open({}, header, {}, tag));
}

TEST(Cipher, MovesWithItsKey) {
  const std::vector<uint8_t> key(16, 7), plain(20, 3);
  Cipher first(Profile::kAes128CmSha1_80, Direction::kEncrypt, key);
  std::vector<uint8_t> before(plain.size()), after(plain.size());
  ASSERT_TRUE(first.apply_keystream({}, plain, before.data()));
  Cipher second = std::move(first);
  ASSERT_TRUE(second.apply_keystream({}, plain, after.data()));
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace chroom::srtp
