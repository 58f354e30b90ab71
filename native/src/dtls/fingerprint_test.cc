#include "dtls/fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chroom::dtls {
namespace {

// FIPS 180-2, appendix B.1: SHA-256("abc").
constexpr const char* kAbc =
    "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
constexpr std::array<uint8_t, 3> kAbcBytes = {'a', 'b', 'c'};

TEST(FingerprintTest, hashes_and_prints_like_sdp) {
  const Fingerprint made = Fingerprint::of(HashAlgorithm::kSha256, kAbcBytes);
  EXPECT_EQ(made.value(), kAbc);
  EXPECT_STREQ(made.algorithm_name(), "sha-256");
}

TEST(FingerprintTest, reads_what_it_prints_in_any_case) {
  for (const HashAlgorithm algorithm : {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    const Fingerprint made = Fingerprint::of(algorithm, kAbcBytes);
    std::string value = made.value();
    for (char& c : value) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(Fingerprint::parse(made.algorithm_name(), value).value(), made);
  }
  EXPECT_TRUE(Fingerprint::parse("SHA-256", kAbc).ok());
}

TEST(FingerprintTest, refuses_weak_hashes_by_name) {
  const auto parsed = Fingerprint::parse("sha-1", "AA:BB");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(parsed.error().detail, testing::HasSubstr("sha-1"));
}

TEST(FingerprintTest, refuses_wrong_length_digits_and_separators) {
  const std::string good = kAbc;
  for (const std::string& bad : {std::string(), good.substr(3), good + ":00", "G" + good.substr(1),
                                 good.substr(0, 2) + ";" + good.substr(3)}) {
    const auto parsed = Fingerprint::parse("sha-256", bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace chroom::dtls
