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
    send_faults.over = {};
  }
  // A worker may still be asking `over`: it stays until the next test.
  ~SendFaultsTest() override { send_faults.end(); }

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

// A picture of VP9 in two spatial layers of two packets each (RFC 9628): the upper one is predicted from the lower.
class FullBufferAndLayersTest : public SendFaultsTest {
 protected:
  static constexpr uint32_t kSsrc = 0x4000;
  static constexpr size_t kPacketsPerLayer = 2;

  void join_both_and_stream() {
    alice = &join("alice");
    receivers = {&join("bob")};
    Publish publish;
    publish.room = kRoom;
    publish.session = alice->session;
    publish.role = TransportRole::kPublisher;
    publish.track = "TR_layers";
    publish.kind = MediaKind::kVideo;
    publish.mid = "4";
    publish.codecs = {{98, "video/VP9", 90000, 0, "", 0, true, true, true}};
    publish.encodings = {{"", kSsrc, 0, 2}};
    ASSERT_TRUE(desk.call(publish).ok());
    Subscribe subscribe;
    subscribe.room = kRoom;
    subscribe.session = receivers[0]->session;
    subscribe.role = TransportRole::kPublisher;
    subscribe.track = "TR_layers";
    subscribe.mid = "1";
    subscribe.payloads = {{98, 102, 0}};
    subscribe.max_quality = 2;
    ASSERT_TRUE(desk.call(subscribe).ok());
    for (int i = 0; i < 100 && of_layer(1) == 0; ++i) {
      send_picture(true);
      ASSERT_TRUE(wait([&, turns = 0]() mutable { return of_layer(1) > 0 || ++turns > 3; }));
    }
    ASSERT_GT(of_layer(1), 0u);
    settle();
  }

  void send_picture(bool key = false) {
    for (uint8_t layer = 0; layer < 2; ++layer) {
      for (size_t i = 0; i < kPacketsPerLayer; ++i) {
        const bool first = i == 0, last = i + 1 == kPacketsPerLayer;
        std::vector<uint8_t> packet(12 + 600, layer);
        packet[0] = 0x80;
        packet[1] = static_cast<uint8_t>((last && layer == 1 ? 0x80 : 0) | 98);
        store_be16(packet.data() + 2, sequence_++);
        store_be32(packet.data() + 4, picture_ * 3000u);
        store_be32(packet.data() + 8, kSsrc);
        packet[12] = static_cast<uint8_t>(0xA0 | (key ? 0 : 0x40) | (first ? 0x08 : 0) | (last ? 0x04 : 0));
        packet[13] = picture_ & 0x7F;
        packet[14] = static_cast<uint8_t>(layer << 1 | layer);  // SID, and D: predicted from the layer below
        packet[15] = static_cast<uint8_t>(picture_);
        alice->participant.send_rtp(packet);
      }
    }
    ++picture_;
  }

  size_t of_layer(uint8_t layer) {
    const auto& rtp = receivers[0]->participant.rtp;
    return static_cast<size_t>(std::count_if(rtp.begin(), rtp.end(), [&](const auto& p) { return p.payload().back() == layer; }));
  }

 private:
  uint16_t sequence_ = 100;
  uint8_t picture_ = 1;
};

TEST_F(FullBufferAndLayersTest, DropsUpperSpatialLayersAndKeepsTheLowest) {
  join_both_and_stream();
  constexpr size_t kPictures = 3;
  // On a machine so busy that what was kept became too old, the attempt says nothing; then it is made again.
  bool in_time = false;
  for (int attempt = 0; attempt < 50 && !in_time; ++attempt) {
    receivers[0]->participant.rtp.clear();
    const uint64_t dropped_before = desk.dropped(DropReason::kSendBufferFull);
    const auto dropped = [this, dropped_before] { return desk.dropped(DropReason::kSendBufferFull) - dropped_before; };
    send_faults.over = [dropped] { return dropped() >= kPictures * kPacketsPerLayer; };
    send_faults.any = EAGAIN;
    for (size_t i = 0; i < kPictures; ++i) send_picture();
    ASSERT_TRUE(desk.wait_until([&] { return send_faults.any == 0; }));
    // Each packet arrives or is counted.
    ASSERT_TRUE(wait([&] { return of_layer(0) + dropped() >= 2 * kPictures * kPacketsPerLayer; }));
    ASSERT_EQ(of_layer(1), 0u);
    in_time = of_layer(0) == kPictures * kPacketsPerLayer;
  }
  EXPECT_TRUE(in_time);
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

TEST_P(RefusedSegmentationTest, KeepsTheRestOfARunThatMeetsAFullBuffer) {
  alice = &join("alice");
  publish_camera();
  // A path is asked once, and on a busy machine the rest may become too old meanwhile: then another receiver is.
  bool in_time = false;
  for (int attempt = 0; attempt < 20 && !in_time; ++attempt) {
    Member& carol = join("carol" + std::to_string(attempt));
    receivers = {&carol};
    ASSERT_TRUE(stream_to_all());
    settle();
    const uint64_t fallbacks = desk.counter(Counter::kSegmentationFallbacks);
    const uint64_t dropped_before = desk.dropped(DropReason::kSendBufferFull);
    send_faults.calls_failed = 0;
    send_faults.over = [] { return send_faults.calls_failed >= 2; };  // the run as one, and its second datagram
    send_faults.singles_before = 1;
    send_faults.single = EAGAIN;
    send_faults.segmented = GetParam();
    const size_t before = count(carol, 100);
    size_t sent = 0;
    for (; sent < 100 && desk.counter(Counter::kSegmentationFallbacks) == fallbacks; ++sent) {
      send_frame(8);
      settle();
    }
    ASSERT_TRUE(wait([&] { return send_faults.single == 0; })) << "of 100 frames none left as one run";
    const auto dropped = [&] { return desk.dropped(DropReason::kSendBufferFull) - dropped_before; };
    ASSERT_TRUE(wait([&] { return count(carol, 100) + dropped() >= before + 8 * sent; }));
    in_time = dropped() == 0;
    EXPECT_TRUE(desk.call(CloseSession{kRoom, carol.session}).ok());
    members.pop_back();
  }
  EXPECT_TRUE(in_time);
}

}  // namespace
}  // namespace chroom::engine
