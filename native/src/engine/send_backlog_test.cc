#include "engine/send_backlog.h"

#include <gtest/gtest.h>

namespace chroom::engine {
namespace {

using std::chrono::milliseconds;

struct SendBacklogTest : testing::Test {
  // Datagrams that are not kept.
  uint64_t refused(RunContent content, uint8_t value, size_t bytes) {
    const std::vector<uint8_t> memory(bytes, value);  // gone after the call, as run memory is
    return backlog.keep({{}, memory, static_cast<uint16_t>(bytes > 1200 ? 1200 : bytes)}, content, now);
  }
  bool keep(SendRank rank, uint8_t value, size_t bytes = 1200) { return refused({rank}, value, bytes) == 0; }
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
  EXPECT_EQ(refused({SendRank::kVideo, 0b11}, 4, 2400), 2u);
  EXPECT_EQ(backlog.next_deadline(), now + SendBacklog::kRetry);
  EXPECT_EQ(offer(), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(backlog.next_deadline(), kNever);
}

TEST_F(SendBacklogTest, TakesUpperLayersOutOfARun) {
  std::vector<uint8_t> bytes(3 * 1200 + 700);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i / 1200);
  const net::DatagramRun run{{}, bytes, 1200};
  EXPECT_EQ(backlog.keep(run, {SendRank::kVideo, 0b0100}, now), 1u) << "in between";
  EXPECT_EQ(backlog.keep(run, {SendRank::kAudio, 0b1001}, now), 2u) << "both ends";
  // What is left of a run that was sent in part: its last two.
  EXPECT_EQ(backlog.keep({{}, Bytes(bytes).subspan(2400), 1200}, {SendRank::kVideo, 0b1101}, now), 1u);
  std::vector<std::vector<int>> kept;
  std::vector<size_t> sizes;
  backlog.offer(now, [&](std::span<net::DatagramRun> runs) {
    for (const net::DatagramRun& one : runs) {
      sizes.push_back(one.bytes.size());
      kept.emplace_back();
      for (size_t at = 0; at < one.bytes.size(); at += one.segment_bytes) kept.back().push_back(one.bytes[at]);
    }
    return runs.size();
  });
  EXPECT_EQ(kept, (std::vector<std::vector<int>>{{0, 2, 3}, {1, 2}, {2}}));
  EXPECT_EQ(sizes, (std::vector<size_t>{2 * 1200 + 700, 2400, 1200}));
}

TEST_F(SendBacklogTest, KeepsTheRestOfARunThatWasTakenInPart) {
  ASSERT_TRUE(keep(SendRank::kAudio, 1, 100));
  ASSERT_TRUE(keep(SendRank::kAudio, 2, 3000));
  ASSERT_TRUE(keep(SendRank::kAudio, 3, 100));
  backlog.offer(now, [](std::span<net::DatagramRun> runs) {
    runs[1].bytes = runs[1].bytes.subspan(1200);
    runs[1].unsegmented = true;
    return size_t{1};
  });
  backlog.offer(now, [](std::span<net::DatagramRun> runs) {
    EXPECT_EQ(runs[0].bytes.size(), 1800u);
    EXPECT_TRUE(runs[0].unsegmented) << "the path refuses segments still";
    runs[0].bytes = runs[0].bytes.subspan(1200);
    return size_t{0};
  });
  ASSERT_TRUE(keep(SendRank::kAudio, 4, 100));
  EXPECT_EQ(offer(), (std::vector<uint8_t>{2, 3, 4}));
  EXPECT_EQ(expired, 0u);
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
