#include "metering/counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace chroom::metering {
namespace {

TEST(Counters, CountsEachWordOnItsOwn) {
  Counters counters;
  counters.add(Counter::kRtpPacketsSent);
  counters.add(Counter::kRtpBytesSent, 1200);
  counters.drop(DropReason::kSrtpReplayed, 3);
  EXPECT_EQ(counters.get(Counter::kRtpPacketsSent), 1u);
  EXPECT_EQ(counters.get(Counter::kRtpBytesSent), 1200u);
  EXPECT_EQ(counters.get(Counter::kRtpPacketsReceived), 0u);
  EXPECT_EQ(counters.dropped(DropReason::kSrtpReplayed), 3u);
  EXPECT_EQ(counters.dropped(DropReason::kSrtpTooOld), 0u);
  EXPECT_EQ(counters.dropped_total(), 3u);
}

TEST(Counters, PublishesTheNamedLayout) {
  Counters counters;
  counters.add(Counter::kDatagramsReceived, 7);
  const auto last_reason = static_cast<DropReason>(kDropReasonCount - 1);
  counters.drop(last_reason, 9);
  std::vector<uint64_t> shared(kCounterWords, 99);
  counters.publish(shared);
  EXPECT_STREQ(counter_word_name(0), "datagrams_received");
  EXPECT_EQ(shared[0], 7u);
  EXPECT_EQ(counter_word_name(kCounterWords - 1), std::string("drop.") + drop_reason_name(last_reason));
  EXPECT_EQ(shared[kCounterWords - 1], 9u);
  EXPECT_EQ(shared[1], 0u);
}

TEST(Counters, NamesEveryWordOnce) {
  std::set<std::string> names;
  for (size_t word = 0; word < kCounterWords; ++word) names.insert(counter_word_name(word));
  EXPECT_EQ(names.size(), kCounterWords);
  EXPECT_EQ(counter_word_name(kCounterWords), nullptr);
}

TEST(DropReason, HasAStableName) {
  EXPECT_STREQ(drop_reason_name(DropReason::kNone), "none");
  EXPECT_STREQ(drop_reason_name(DropReason::kSrtpAuthFailed), "srtp_auth_failed");
  EXPECT_STREQ(drop_reason_name(static_cast<DropReason>(250)), "unknown");
}

TEST(DropReason, NamesAreSnakeCase) {
  for (size_t i = 0; i < kDropReasonCount; ++i) {
    const std::string name = drop_reason_name(static_cast<DropReason>(i));
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace chroom::metering
