#include "digest/hmac_sha1.h"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>
#include <string_view>
#include <vector>

namespace chroom::digest {
namespace {

Bytes text(std::string_view value) { return {reinterpret_cast<const uint8_t*>(value.data()), value.size()}; }

std::string hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// RFC 2202 section 3.
TEST(HmacSha1Key, MatchesThePublishedCases) {
  EXPECT_EQ(hex(HmacSha1Key(std::vector<uint8_t>(20, 0x0b)).sign(text("Hi There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hex(HmacSha1Key(text("Jefe")).sign(text("what do ya want for nothing?"))),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(HmacSha1Key(std::vector<uint8_t>(80, 0xaa))
                    .sign(text("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(HmacSha1Key, EqualsTheLibraryOnRandomInput) {
  std::mt19937 random(20250101);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> key(1 + random() % 100), message(random() % 1500);
    for (auto& byte : key) byte = static_cast<uint8_t>(random());
    for (auto& byte : message) byte = static_cast<uint8_t>(random());
    const size_t cut = message.empty() ? 0 : random() % message.size();
    uint8_t expected[kSha1Bytes];
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), expected, nullptr);
    const auto code = HmacSha1Key(key).sign(Bytes(message).first(cut), Bytes(message).subspan(cut));
    ASSERT_EQ(hex(code), hex(expected)) << "round " << round;
  }
}

TEST(HmacSha1Key, VerifiesWholeAndTruncatedTagsAndRefusesOthers) {
  const HmacSha1Key key(text("secret"));
  auto tag = key.sign(text("message"));
  EXPECT_TRUE(key.verify(tag, text("message")));
  EXPECT_TRUE(key.verify(tag, text("mes"), text("sa"), text("ge")));
  EXPECT_TRUE(key.verify(Bytes(tag).first(10), text("message")));
  EXPECT_FALSE(key.verify(tag, text("massage")));
  EXPECT_FALSE(key.verify({}, text("message")));
  tag[9] ^= 1;
  EXPECT_FALSE(key.verify(Bytes(tag).first(10), text("message")));
  const std::vector<uint8_t> too_long(21, 0);
  EXPECT_FALSE(key.verify(too_long, text("message")));
}

TEST(EqualInConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_TRUE(equal_in_constant_time(text("ab"), text("ab")));
  EXPECT_FALSE(equal_in_constant_time(text("ab"), text("ac")));
  EXPECT_FALSE(equal_in_constant_time(text("ab"), text("abc")));
}

}  // namespace
}  // namespace chroom::digest
