#include "router/speaker_observer.h"

#include <gtest/gtest.h>

namespace chroom::router {
namespace {

struct SpeakerObserverTest : testing::Test {
  // One interval of 20 ms packets at one level; level < 0: no packets.
  std::vector<SpeakerChange> interval(int slot, int level_dbov) {
    for (int i = 0; i < 20 && level_dbov >= 0; ++i) observer.observe(slot, static_cast<uint8_t>(level_dbov));
    std::vector<SpeakerChange> changes;
    observer.end_interval(changes);
    return changes;
  }
  SpeakerObserver observer;
};

TEST_F(SpeakerObserverTest, TellsStartOnceAndStopAfterTwoSilentIntervals) {
  const int slot = observer.add(42);
  auto changes = interval(slot, 10);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].track_key, 42u);
  EXPECT_TRUE(changes[0].active);
  EXPECT_GT(changes[0].level, 0.1f);
  while (!changes.empty()) changes = interval(slot, 10);  // Until the smoothed level has settled.
  EXPECT_TRUE(interval(slot, 127).size() <= 1);
  changes = interval(slot, 127);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].active);
  EXPECT_EQ(changes[0].level, 0);
  EXPECT_TRUE(interval(slot, 127).empty());
}

TEST_F(SpeakerObserverTest, StaysActiveThroughAShortPause) {
  const int slot = observer.add(1);
  interval(slot, 5);
  for (const auto& change : interval(slot, 127)) EXPECT_TRUE(change.active);
  for (const auto& change : interval(slot, 5)) EXPECT_TRUE(change.active);
}

TEST_F(SpeakerObserverTest, IgnoresNoiseAndSinglePeaks) {
  const int slot = observer.add(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(interval(slot, 50).empty());
  for (int i = 0; i < 7; ++i) observer.observe(slot, 5);
  for (int i = 0; i < 13; ++i) observer.observe(slot, 60);
  std::vector<SpeakerChange> changes;
  observer.end_interval(changes);
  EXPECT_TRUE(changes.empty());
}

TEST_F(SpeakerObserverTest, TellsALevelThatMovedALot) {
  const int slot = observer.add(1);
  for (int i = 0; i < 10; ++i) interval(slot, 20);
  const auto changes = interval(slot, 0);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].active);
  EXPECT_LE(changes[0].level, 1.0f);
}

TEST_F(SpeakerObserverTest, EndsAnActiveSpeakerWhoseTrackIsGoneAndReusesItsPlace) {
  const int slot = observer.add(1);
  interval(slot, 5);
  observer.remove(slot);
  std::vector<SpeakerChange> changes;
  observer.end_interval(changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].active);
  EXPECT_TRUE(observer.empty());
  EXPECT_EQ(observer.add(2), slot);
  changes.clear();
  observer.end_interval(changes);
  EXPECT_TRUE(changes.empty());
}

}  // namespace
}  // namespace chroom::router
