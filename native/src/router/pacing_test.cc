// What pacing lets go when, and what a full queue refuses first.
#include <gtest/gtest.h>

#include <array>

#include "router/router_harness.h"

namespace chroom::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kPayloadBytes = 1000;

struct PacingTest : testing::Test, RouterHarness {
  PacingTest() {
    PublishConfig audio;
    audio.key = 8;
    audio.video = false;
    audio.mid = "1";
    audio.codecs = {{111, rtp::Codec::kOpus, 48000, 0, false, false}};
    audio.encodings = {{"", 0x2000, 0, 0}};
    SubscribeConfig to_audio = subscribe_config();
    to_audio.payloads = {{111, 120, 0}};
    router.subscribe(*router.publish(publisher, video_config()).value(), receiver, subscribe_config(), now).value();
    router.subscribe(*router.publish(publisher, audio).value(), receiver, to_audio, now).value();
  }

  void speak() {
    std::array<uint8_t, 12 + 80> packet{};
    packet[0] = 0x80;
    packet[1] = 111;
    store_be16(packet.data() + 2, ++audio_sequence);
    store_be32(packet.data() + 4, audio_sequence * 960u);
    store_be32(packet.data() + 8, 0x2000);
    receive(publisher, packet);
  }
  struct Left {
    size_t video = 0;
    size_t audio = 0;
    size_t together = 0;  // packets of the flush
  };
  Left leave() {
    Left left;
    timers();
    router.flush_runs(now, [&](MediaTransport&, std::span<streams::EgressPacket> run) {
      for (const auto& packet : run) ++(packet.audio ? left.audio : left.video);
      left.together += run.size();
    });
    return left;
  }

  MediaTransport& publisher = add_transport(1);
  MediaTransport& receiver = add_transport(2);
  streams::SyntheticVideo video{{.payload_bytes = kPayloadBytes}};
  streams::SyntheticVideo layered{{.payload_bytes = kPayloadBytes, .temporal_layers = 2}};
  uint16_t audio_sequence = 0;
};

TEST_F(PacingTest, LetsEverythingLeaveTogetherUntilARateIsSet) {
  receive_frame(publisher, video, true, 200);
  EXPECT_EQ(leave().video, 200u);
  EXPECT_FALSE(router.has_runs());
}

TEST_F(PacingTest, LetsAFrameInsideTheBudgetLeaveInOneRun) {
  router.set_pacing(receiver, 4'000'000, now);  // 40 ms: 20 kB
  receive_frame(publisher, video, true, 16);
  EXPECT_EQ(leave().together, 16u);
  EXPECT_FALSE(router.has_runs());
}

TEST_F(PacingTest, SpacesTheRestOfAKeyFrameInRunsOfAtMostSixteen) {
  router.set_pacing(receiver, 20'000'000, now);  // 40 ms: 100 kB; 5 ms: 12.5 kB
  receive_frame(publisher, video, true, 300);
  const Instant began = now;
  const size_t burst = leave().video;
  EXPECT_NEAR(static_cast<double>(burst), 100'000.0 / (kPayloadBytes + 40), 1);
  size_t sent = burst;
  size_t runs = 0;
  while (sent < 300) {
    const Instant next = router.next_deadline();
    ASSERT_NE(next, kNever);
    now = std::max(next, now + Duration(1));
    const Left left = leave();
    EXPECT_LE(left.video, Pacer::kMaxSpacedPackets);
    sent += left.video;
    runs += left.video > 0;
    const auto allowed = 100'000 + 20.0 / 8 * static_cast<double>((now - began).count());
    EXPECT_LE(static_cast<double>(sent * (kPayloadBytes + 40)), allowed + kPayloadBytes + 40);
  }
  // 208 kB at 2.5 kB a millisecond, spaced by 5 ms.
  EXPECT_NEAR(static_cast<double>((now - began).count()), 84'000, 6'000);
  EXPECT_LE(runs, 22u);
}

TEST_F(PacingTest, NeverLetsAudioWaitBehindVideo) {
  router.set_pacing(receiver, 500'000, now);
  receive_frame(publisher, video, true, 100);
  leave();
  for (int i = 0; i < 15; ++i) {
    now += milliseconds(20);
    speak();
    const Left left = leave();
    EXPECT_EQ(left.audio, 1u);
    EXPECT_LE(left.video, 3u);
  }
}

TEST_F(PacingTest, GivesUpVideoThatWaitedTooLong) {
  router.set_pacing(receiver, 500'000, now);
  receive_frame(publisher, video, true, 100);
  size_t sent = leave().video;
  for (int i = 0; i < 100; ++i) {
    now += milliseconds(10);
    sent += leave().video;
  }
  EXPECT_EQ(sent + dropped(DropReason::kPacerExpired), 100u);
  EXPECT_LE(sent, 30u);  // 400 ms and a burst
}

TEST_F(PacingTest, RefusesUpperLayersFirstThenVideoAndAudioLast) {
  router.set_pacing(receiver, 30'000, now);
  receive_frame(publisher, layered, true, 1);
  for (int i = 0; i < 1000; ++i) {
    receive_frame(publisher, layered, false, 1);  // by turns of the upper and the lowest layer
    if (i == 700) leave();                        // starts the wheel
  }
  // Until the upper layer's bound both come; from there on every second packet alone.
  const uint64_t refused = dropped(DropReason::kPacerQueueFull);
  EXPECT_EQ(receiver.run().size(), kMaxVideoRunPackets);
  EXPECT_GE(refused, 1001u - kMaxVideoRunPackets - 2);
  size_t upper = 0;
  size_t lowest = 0;
  for (const auto& packet : receiver.run()) {
    ++(packet.packet.descriptor<streams::PacketDescriptor>().upper_layer ? upper : lowest);
  }
  EXPECT_LE(upper, kMaxUpperLayerRunPackets / 2 + 1);
  EXPECT_GE(lowest, kMaxVideoRunPackets - kMaxUpperLayerRunPackets / 2 - 1);
  for (int i = 0; i < 40; ++i) speak();
  EXPECT_EQ(leave().audio, kMaxRunPackets - kMaxVideoRunPackets);
  speak();
  EXPECT_EQ(leave().audio, 1u);
}

TEST_F(PacingTest, ForgetsAReceiverWhosePacketsWait) {
  router.set_pacing(receiver, 500'000, now);
  receive_frame(publisher, video, true, 100);
  leave();
  router.remove_transport(receiver);
  for (int i = 0; i < 100; ++i) {
    now += milliseconds(10);
    EXPECT_EQ(leave().together, 0u);
  }
  now += seconds(2);
  timers();
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

TEST_F(PacingTest, GoesOnAtOnceWhenTheRateIsTakenAway) {
  router.set_pacing(receiver, 100'000, now);
  receive_frame(publisher, video, true, 50);
  size_t sent = leave().video;
  router.set_pacing(receiver, Pacer::kUnpacedBps, now);
  now += milliseconds(70);
  sent += leave().video;
  EXPECT_EQ(sent, 50u);
}

}  // namespace
}  // namespace chroom::router
