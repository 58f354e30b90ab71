#include "engine/send_backlog.h"

#include <gtest/gtest.h>

namespace chroom::engine {
namespace {

using std::chrono::milliseconds;

struct SendBacklogTest : testing::Test {
  bool keep(SendRank rank, uint8_t value, size_t bytes = 1200) {
    const std::vector<uint8_t> memory(bytes, value);  // gone after the call, as run memory is
    return backlog.keep({{}, memory, static_cast<uint16_t>(bytes > 1200 ? 1200 : bytes)}, rank, now);
  }
  // What a kernel that takes `most` runs is offered; the first byte of each that it took.
  std::vector<uint8_t> offer(size_t most = SIZE_MAX) {
    std::vector<uint8_t> taken;
    expired += backlog.offer(now, [&](std::span<net::DatagramRun> runs) {
      for (const auto& run : runs.first(std::min(most, runs.size()))) {
        taken.push_back(run.bytes[0]);
        for (const uint8_t byte : run.bytes) EXPECT_EQ(byte, run.bytes[0]);
      }
      return taken.size();
    });
    return taken;
  }
  SendBacklog backlog;
  Instant now{std::chrono::seconds(1)};
  uint64_t expired = 0;
};

TEST_F(SendBacklogTest, KeepsControlAudioAndLowerVideoButNoUpperLayers) {
  EXPECT_TRUE(keep(SendRank::kVideo, 1));
  EXPECT_TRUE(keep(SendRank::kAudio, 2, 120));
  EXPECT_TRUE(keep(SendRank::kControl, 3, 90));
  EXPECT_FALSE(keep(SendRank::kUpperVideo, 4));
  EXPECT_EQ(backlog.next_deadline(), now + SendBacklog::kRetry);
  EXPECT_EQ(offer(), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(backlog.next_deadline(), kNever);
}

TEST_F(SendBacklogTest, LeavesRoomForAudioWhenVideoHasUsedItsShare) {
  while (keep(SendRank::kVideo, 1)) {
  }
  EXPECT_FALSE(keep(SendRank::kVideo, 1));
  EXPECT_TRUE(keep(SendRank::kAudio, 2, 120));
  size_t audio = 1;
  while (keep(SendRank::kAudio, 2, 1200)) ++audio;
  EXPECT_GE(audio * 1200, SendBacklog::kMaxVideoBytes - 1200);
  EXPECT_LE(offer().size(), SendBacklog::kMaxRuns);
}

TEST_F(SendBacklogTest, KeepsWhatTheKernelDidNotTakeInOrder) {
  for (uint8_t i = 1; i <= 5; ++i) ASSERT_TRUE(keep(SendRank::kAudio, i, 100u + i));
  EXPECT_EQ(offer(2), (std::vector<uint8_t>{1, 2}));
  ASSERT_TRUE(keep(SendRank::kAudio, 6));
  EXPECT_EQ(offer(0), std::vector<uint8_t>{});
  EXPECT_EQ(offer(), (std::vector<uint8_t>{3, 4, 5, 6}));
  EXPECT_EQ(expired, 0u);
}

TEST_F(SendBacklogTest, LetsGoOfWhatIsTooOldVideoFirst) {
  ASSERT_TRUE(keep(SendRank::kVideo, 1, 3600));
  ASSERT_TRUE(keep(SendRank::kAudio, 2));
  now += SendBacklog::kMaxVideoAge + milliseconds(1);
  EXPECT_EQ(offer(0), std::vector<uint8_t>{});
  EXPECT_EQ(expired, 3u);
  now += SendBacklog::kMaxAge;
  EXPECT_EQ(offer(), std::vector<uint8_t>{});
  EXPECT_EQ(expired, 4u);
  EXPECT_TRUE(backlog.empty());
}

}  // namespace
}  // namespace chroom::engine
