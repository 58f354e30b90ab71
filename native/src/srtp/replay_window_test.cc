#include "srtp/replay_window.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace chroom::srtp {
namespace {

using Verdict = ReplayWindow::Verdict;

TEST(ReplayWindow, AcceptsReorderedAndRefusesRepeated) {
  ReplayWindow window(100);
  EXPECT_EQ(window.check(100), Verdict::kReplayed);
  EXPECT_EQ(window.check(99), Verdict::kFresh);
  window.accept(99);
  EXPECT_EQ(window.check(99), Verdict::kReplayed);
  window.accept(105);
  EXPECT_EQ(window.check(103), Verdict::kFresh);
  EXPECT_EQ(window.highest(), 105u);
}

TEST(ReplayWindow, IsExactlyAsWideAsItSays) {
  ReplayWindow window(5000);
  EXPECT_EQ(window.check(5000 - kReplayWindowPackets + 1), Verdict::kFresh);
  EXPECT_EQ(window.check(5000 - kReplayWindowPackets), Verdict::kTooOld);
}

TEST(ReplayWindow, ForgetsWhatAJumpSkips) {
  ReplayWindow window(10);
  window.accept(10 + 10 * kReplayWindowPackets);
  EXPECT_EQ(window.check(10 + 10 * kReplayWindowPackets - 1), Verdict::kFresh);
  EXPECT_EQ(window.check(10 + 9 * kReplayWindowPackets + 1), Verdict::kFresh);
}

TEST(ReplayWindow, AgreesWithASetOnRandomArrivals) {
  std::mt19937 random(4711);
  uint64_t highest = 2000;
  ReplayWindow window(highest);
  std::set<uint64_t> seen = {highest};
  for (int round = 0; round < 20000; ++round) {
    const uint64_t index = highest - 1200 + random() % 1300;
    const Verdict expected = index + kReplayWindowPackets <= highest ? Verdict::kTooOld
                             : seen.contains(index)                  ? Verdict::kReplayed
                                                                     : Verdict::kFresh;
    ASSERT_EQ(window.check(index), expected) << "round " << round << " index " << index;
    if (expected != Verdict::kFresh) continue;
    window.accept(index);
    seen.insert(index);
    highest = std::max(highest, index);
  }
}

TEST(EstimateIndex, FollowsTheSequenceThroughRollover) {
  EXPECT_EQ(estimate_index(65535, 0), 65536u);
  EXPECT_EQ(estimate_index(65536, 65535), 65535u);
  EXPECT_EQ(estimate_index(3 * 65536 + 40000, 40001), 3 * 65536u + 40001);
  EXPECT_EQ(estimate_index(3 * 65536 + 5, 65530), 2 * 65536u + 65530);
}

TEST(EstimateIndex, NeverGoesBeforeTheFirstRollover) { EXPECT_EQ(estimate_index(5, 65000), 65000u); }

}  // namespace
}  // namespace chroom::srtp
