// Receivers that vanish, do not read, or flood: bounded work and memory, and nothing of it is felt by the others.
#include <gtest/gtest.h>

#include "engine/test_room.h"
#include "streams/resend_budget.h"

namespace chroom::engine {
namespace {

class HostileReceiverTest : public testing::TestWithParam<size_t>, protected TestRoom {
 protected:
  HostileReceiverTest() : TestRoom(config()) {}

  static EngineConfig config() {
    EngineConfig out;
    out.workers = GetParam();
    out.limits.large_room_sessions = 1;
    out.limits.packets_per_worker = 2048;  // a leak would show
    return out;
  }

  void join_all() {
    alice = &join("alice");
    mallory = &join("mallory");
    bob = &join("bob");
    receivers = {mallory, bob};
    publish_camera();
    ASSERT_TRUE(stream_to_all());
  }

  // 1500 packets, of which Bob must get each, in order.
  void expect_that_bob_gets_everything(const std::function<void()>& meanwhile = {}) {
    bob->participant.rtp.clear();
    const size_t before = 0;
    for (int frame = 0; frame < 150; ++frame) {
      if (meanwhile) meanwhile();
      send_frame(10);
      ASSERT_TRUE(wait([&] { return count(*bob, 100) >= before + 10 * static_cast<size_t>(frame + 1); })) << frame;
    }
    const auto& rtp = bob->participant.rtp;
    for (size_t i = 1; i < rtp.size(); ++i) {
      ASSERT_EQ(rtp[i].header.sequence, static_cast<uint16_t>(rtp[i - 1].header.sequence + 1));
    }
    EXPECT_EQ(desk.dropped(DropReason::kPoolExhausted), 0u);
    EXPECT_EQ(desk.dropped(DropReason::kWorkerRingFull), 0u);
  }

  Member* mallory = nullptr;
  Member* bob = nullptr;
};

// All on one worker, and everybody on their own.
INSTANTIATE_TEST_SUITE_P(Workers, HostileReceiverTest, testing::Values(1, 3));

TEST_P(HostileReceiverTest, MayVanish) {
  join_all();
  // Her socket is gone: what is sent there comes back as "port unreachable".
  std::erase_if(members, [&](const auto& member) { return member.get() == mallory; });
  expect_that_bob_gets_everything();
  EXPECT_TRUE(desk.call(CloseSession{kRoom, "PA_mallory"}).ok());
  expect_that_bob_gets_everything();
}

TEST_P(HostileReceiverTest, MayStopReadingWhileMediaAndDataComeForHer) {
  join_all();
  open_channels();
  auto unread = std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.get() == mallory; });
  const std::unique_ptr<Member> held = std::move(*unread);
  members.erase(unread);
  const std::vector<uint8_t> packet = [] {
    // DataPacket{user{payload}} of 60 kB.
    std::vector<uint8_t> out{0x12, 0xe5, 0xd4, 0x03, 0x12, 0xe1, 0xd4, 0x03};
    out.resize(out.size() + 60'001);
    return out;
  }();
  SendData flood;
  flood.room = kRoom;
  flood.packet = packet;
  flood.reliable = true;
  flood.destination_sessions = {"PA_mallory"};
  size_t sent = 0;
  expect_that_bob_gets_everything([&] {
    if (++sent <= 150) desk.submit(flood);
  });
  // 9 MB for somebody who reads nothing: what is over her bound is dropped, and counted.
  EXPECT_TRUE(wait([&] { return desk.dropped(DropReason::kSctpSendBufferFull) > 0; }));
}

TEST_P(HostileReceiverTest, MayFloodRequestsForWhatWasSentAndForKeyFrames) {
  join_all();
  const uint64_t resent_before = desk.counter(Counter::kRtxPacketsSent);
  const uint64_t asked_before = desk.counter(Counter::kPlisSent);
  const Instant began = monotonic_now();
  expect_that_bob_gets_everything([&] {
    // The last 272 packets again and again, and a key frame each time.
    for (int i = 0; i < 10; ++i) {
      uint8_t compound[600];
      rtcp::Writer writer(compound);
      ASSERT_TRUE(writer.receiver_report(1, {}));
      const uint16_t newest = mallory->participant.rtp.back().header.sequence;
      std::array<uint16_t, 272> sequences;
      for (size_t s = 0; s < sequences.size(); ++s) sequences[s] = static_cast<uint16_t>(newest - sequences.size() + s + 1);
      ASSERT_TRUE(writer.nack(1, mallory->ssrc, sequences));
      ASSERT_TRUE(writer.pli(1, mallory->ssrc));
      mallory->participant.send_rtcp(writer.bytes());
    }
  });
  EXPECT_TRUE(wait([&] { return desk.dropped(DropReason::kNackLimited) > 0; }));
  EXPECT_GT(desk.dropped(DropReason::kKeyFrameRequestThrottled), 0u);
  const auto seconds = static_cast<uint64_t>((monotonic_now() - began) / std::chrono::seconds(1)) + 1;
  const uint64_t resent = desk.counter(Counter::kRtxPacketsSent) - resent_before;
  // Half of what was sent anyway, and one burst; and each request cost at most a look-up.
  EXPECT_LE(resent * 800, 1500u * 850 / 2 + streams::ResendBudget::kBurstBytes);
  EXPECT_GT(resent, 0u);
  EXPECT_LE(desk.counter(Counter::kPlisSent) - asked_before, 2 * seconds + 2) << "a request every 500 ms at most";
}

}  // namespace
}  // namespace chroom::engine
