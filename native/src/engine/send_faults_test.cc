// What receivers get when the socket's buffer is full for a while, and when the path refuses segmentation.
#include <gtest/gtest.h>

#include "engine/send_backlog.h"
#include "engine/test_room.h"
#include "net/test_send_faults.h"

namespace chroom::engine {
namespace {

using net::send_faults;

class SendFaultsTest : public testing::Test, protected TestRoom {
 protected:
  SendFaultsTest() {
    net::SendFaults::exempt = true;  // this thread: the participants
    send_faults.calls_failed = 0;
  }
  ~SendFaultsTest() override { send_faults.any = send_faults.segmented = 0; }

  void join_both() {
    alice = &join("alice");
    receivers = {&join("bob")};
    publish_camera();
    publish_voice();
    ASSERT_TRUE(stream_to_all());
    Member& bob = *receivers[0];
    const uint32_t camera_ssrc = bob.ssrc;
    ASSERT_TRUE(subscribe(bob, "TR_voice", 2, "9").ok());
    bob.ssrc = camera_ssrc;
    send_voice();
    ASSERT_TRUE(wait([&] { return count(bob, 120) == 1; }));
    bob.participant.rtp.clear();
  }
};

TEST_F(SendFaultsTest, KeepsAudioForAMomentAndDropsVideoWhileTheBufferIsFull) {
  join_both();
  Member& bob = *receivers[0];
  // On a machine so busy that the audio became too old, the attempt says nothing; then it is made again.
  bool in_time = false;
  for (int attempt = 0; attempt < 20 && !in_time; ++attempt) {
    bob.participant.rtp.clear();
    const uint64_t dropped_before = desk.dropped(DropReason::kSendBufferFull);
    send_faults.any = EAGAIN;
    const Instant began = monotonic_now();
    for (int i = 0; i < 5; ++i) send_voice();
    for (int i = 0; i < 60; ++i) send_frame(4);  // more than may be kept
    ASSERT_TRUE(desk.wait_until([&] { return desk.dropped(DropReason::kSendBufferFull) > dropped_before + 60; }));
    send_faults.any = 0;
    in_time = monotonic_now() - began < SendBacklog::kMaxAge * 3 / 4;
    if (!in_time) continue;
    EXPECT_TRUE(wait([&] { return count(bob, 120) == 5; })) << "no audio was lost";
    EXPECT_LT(count(bob, 100), 240u);
  }
  ASSERT_TRUE(in_time);
  const size_t voices = count(bob, 120);
  // Afterwards everything goes on: what was dropped are holes in the numbers, which the receiver asks for.
  const size_t before = count(bob, 100);
  send_frame(4);
  send_voice();
  EXPECT_TRUE(wait([&] { return count(bob, 100) >= before + 4 && count(bob, 120) == voices + 1; }));
}

class RefusedSegmentationTest : public SendFaultsTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Errors, RefusedSegmentationTest, testing::Values(EMSGSIZE, EINVAL, EIO));

TEST_P(RefusedSegmentationTest, LosesNothing) {
  join_both();
  Member& bob = *receivers[0];
  send_faults.segmented = GetParam();
  // A worker that looks after each packet sends no runs; over many frames there are some.
  const size_t before = count(bob, 100);
  for (size_t i = 1; i <= 200 && (i <= 5 || send_faults.calls_failed == 0); ++i) {
    send_frame(8);
    ASSERT_TRUE(wait([&] { return count(bob, 100) == before + 8 * i; }));
  }
  EXPECT_GE(send_faults.calls_failed.load(), 1);
  std::vector<uint16_t> numbers;
  for (const auto& packet : bob.participant.rtp) {
    if (packet.header.payload_type == 100) numbers.push_back(packet.header.sequence);
  }
  for (size_t i = 1; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], static_cast<uint16_t>(numbers[i - 1] + 1));
  // The path's first refusal is the last: single datagrams go there from then on.
  EXPECT_TRUE(wait([&] { return desk.counter(Counter::kSegmentationFallbacks) >= 1; }));
  EXPECT_LE(send_faults.calls_failed.load(), 2);
  EXPECT_EQ(desk.dropped(DropReason::kSendRefused), 0u);
}

}  // namespace
}  // namespace chroom::engine
