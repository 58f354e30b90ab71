#include "streams/receive_stream.h"

#include <gtest/gtest.h>

#include "streams/ntp_time.h"
#include "streams/synthetic_video.h"

namespace chroom::streams {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct ReceiveStreamTest : testing::Test {
  ReceiveStream::Intake receive(const SyntheticVideo::Packet& raw, bool retransmission = false) {
    buffer::PacketRef packet = pool.acquire();
    std::copy(raw.begin(), raw.end(), packet.storage().begin());
    packet.set_length(raw.size());
    packet.set_arrival(now);
    auto& descriptor = packet.emplace_descriptor<PacketDescriptor>();
    EXPECT_EQ(rtp::parse_packet(packet.bytes(), descriptor.header), DropReason::kNone);
    EXPECT_TRUE(describe_payload(packet.bytes(), rtp::Codec::kVp8, templates, descriptor));
    descriptor.retransmission = retransmission;
    return stream.on_packet(packet, now);
  }
  // The next packet of a picture, under a number of the test's choice.
  SyntheticVideo::Packet renumbered(uint16_t sequence) {
    auto raw = video.frame(false, 1)[0];
    store_be16(raw.data() + 2, sequence);
    return raw;
  }
  std::vector<rtcp::PacketView> feedback() {
    rtcp::Writer writer({buffer, sizeof buffer});
    EXPECT_TRUE(stream.write_feedback(writer, 1, now, milliseconds(50)).complete);
    std::vector<rtcp::PacketView> packets;
    rtcp::CompoundReader reader(writer.bytes());
    for (rtcp::PacketView view; reader.next(view);) packets.push_back(view);
    EXPECT_FALSE(reader.malformed());
    return packets;
  }

  Instant now{seconds(1)};
  uint8_t buffer[1180];
  buffer::PacketPool pool{2048};
  rtp::LayerTemplates templates;
  SyntheticVideo video{{.ssrc = 77}};
  ReceiveStream stream{{.ssrc = 77}};
};

TEST_F(ReceiveStreamTest, AsksForALostPacketAndTakesItsRetransmissionOnce) {
  const auto frame = video.frame(true, 5);
  for (const size_t i : {0, 2, 3, 4}) receive(frame[i]);
  const auto packets = feedback();
  ASSERT_EQ(packets.size(), 1u);
  const auto nack = rtcp::parse_nack(packets[0]);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->media_ssrc, 77u);
  std::vector<uint16_t> asked;
  nack->for_each([&](uint16_t s) { asked.push_back(s); return true; });
  EXPECT_EQ(asked, std::vector<uint16_t>{load_be16(frame[1].data() + 2)});

  now += milliseconds(30);
  const auto repaired = receive(frame[1], true);
  EXPECT_EQ(repaired.drop, DropReason::kNone);
  EXPECT_TRUE(repaired.recovered);
  EXPECT_EQ(stream.nack_round_trip(), milliseconds(30));
  EXPECT_EQ(receive(frame[1], true).drop, DropReason::kRtpDuplicate);
  const auto s = stream.take_statistics(now);
  EXPECT_EQ(s.packets_lost, 1u) << "the network lost it, whatever was repaired";
  EXPECT_EQ(s.packets_recovered, 1u);
  EXPECT_EQ(s.loss_ppm, 200'000u);
}

TEST_F(ReceiveStreamTest, CountsFramesAndKeyFramesOnce) {
  for (int i = 0; i < 30; ++i) {
    for (const auto& raw : video.frame(i % 10 == 0, 3)) receive(raw);
    now += milliseconds(33);
  }
  const auto s = stream.take_statistics(now);
  EXPECT_EQ(s.frames, 30u);
  EXPECT_EQ(s.key_frames, 3u);
  EXPECT_NEAR(s.frames_per_second, 30, 3);
  EXPECT_EQ(s.packets, 90u);
}

TEST_F(ReceiveStreamTest, AsksForAKeyFrameUntilOneBegins) {
  receive(video.frame(true, 1)[0]);
  stream.request_key_frame(now);
  auto packets = feedback();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(rtcp::parse_pli(packets[0])->media_ssrc, 77u);
  now += milliseconds(100);
  receive(video.frame(false, 1)[0]);
  EXPECT_TRUE(feedback().empty());
  now += milliseconds(400);
  EXPECT_EQ(feedback().size(), 1u);
  receive(video.frame(true, 1)[0]);
  now += seconds(20);
  EXPECT_TRUE(feedback().empty());
}

TEST_F(ReceiveStreamTest, AsksForNothingWhilePaused) {
  receive(video.frame(true, 1)[0]);
  receive(video.frame(false, 4)[3]);
  stream.request_key_frame(now);
  stream.set_paused(true);
  now += milliseconds(200);
  EXPECT_TRUE(feedback().empty());
  stream.request_key_frame(now);
  EXPECT_TRUE(feedback().empty());
  receive(video.frame(false, 4)[3]);
  stream.set_paused(false);
  receive(video.frame(false, 4)[3]);
  now += milliseconds(200);
  EXPECT_TRUE(feedback().empty()) << "the pause's packets are not missing";
}

TEST_F(ReceiveStreamTest, IsActiveForASecondAfterItsLastPacket) {
  EXPECT_FALSE(stream.is_active(now));
  EXPECT_TRUE(receive(video.frame(true, 1)[0]).became_active);
  EXPECT_FALSE(receive(video.frame(false, 1)[0]).became_active);
  EXPECT_TRUE(stream.is_active(now + seconds(1)));
  EXPECT_FALSE(stream.is_active(now + milliseconds(1001)));
  now += seconds(2);
  EXPECT_TRUE(receive(video.frame(false, 1)[0]).became_active);
}

TEST_F(ReceiveStreamTest, ReportsTheLastSenderReportAndItsAge) {
  receive(video.frame(true, 1)[0]);
  rtcp::SenderReport report{};
  report.ntp_time = 0x1122'3344'5566'7788;
  stream.on_sender_report(report, now);
  now += milliseconds(250);
  const auto block = stream.take_report_block(now);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->ssrc, 77u);
  EXPECT_EQ(block->last_sender_report, 0x3344'5566u);
  EXPECT_NEAR(block->delay_since_last_report, 65536 / 4, 2);
  EXPECT_FALSE(stream.take_report_block(now + seconds(5)));
}

TEST_F(ReceiveStreamTest, WritesNothingIntoABufferThatIsTooSmallAndKeepsTheRequest) {
  receive(video.frame(true, 1)[0]);
  stream.request_key_frame(now);
  uint8_t small[16];
  rtcp::Writer writer({small, sizeof small});
  EXPECT_FALSE(stream.write_feedback(writer, 1, now, milliseconds(50)).complete);
  EXPECT_EQ(writer.length(), 0u);
  EXPECT_EQ(feedback().size(), 1u);
}

TEST_F(ReceiveStreamTest, GivesHistoryBackToThePoolWhenItIsOld) {
  for (int i = 0; i < 100; ++i) receive(video.frame(i == 0, 1)[0]);
  EXPECT_EQ(pool.slots_in_use(), 100u);
  now += milliseconds(1000);
  for (int i = 0; i < 50; ++i) receive(video.frame(false, 1)[0]);
  now += milliseconds(600);
  stream.poll(now);
  EXPECT_EQ(pool.slots_in_use(), 50u);
  now += seconds(2);
  stream.poll(now);
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

TEST_F(ReceiveStreamTest, TakesAJumpOfLessThanHalfTheNumbersAndAsksForAKeyFrameInsteadOfEachOfThem) {
  receive(renumbered(5000));
  EXPECT_EQ(receive(renumbered(5000 + 0x7FFF)).drop, DropReason::kNone);
  now += milliseconds(100);
  const auto packets = feedback();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(rtcp::parse_pli(packets[0])) << "and no NACK";
  EXPECT_EQ(stream.take_statistics(now).packets_lost, 0x7FFEu);
  EXPECT_EQ(receive(renumbered(5001)).drop, DropReason::kRtpTooOld);
  EXPECT_EQ(receive(renumbered(static_cast<uint16_t>(5001 + 0x7FFF))).drop, DropReason::kNone);
}

TEST_F(ReceiveStreamTest, TakesAJumpOfHalfTheNumbersOrMoreForAnOldPacketAndGoesOn) {
  receive(renumbered(5000));
  for (const uint16_t jump : {0x8000, 0x8001, 0xC000, 0xF000}) {
    EXPECT_EQ(receive(renumbered(static_cast<uint16_t>(5000 + jump))).drop, DropReason::kRtpTooOld) << jump;
  }
  now += milliseconds(100);
  EXPECT_TRUE(feedback().empty());
  EXPECT_EQ(receive(renumbered(5001)).drop, DropReason::kNone);
  EXPECT_EQ(pool.slots_in_use(), 2u);
}

TEST_F(ReceiveStreamTest, DoesBoundedWorkForASenderThatJumpsAllTheTime) {
  size_t asked = 0;
  uint16_t sequence = 0;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(receive(renumbered(sequence += 0x7FFF)).drop, DropReason::kNone);
    now += milliseconds(1);
    for (const auto& packet : feedback()) {
      ASSERT_TRUE(rtcp::parse_pli(packet)) << "nothing that could be sent again";
      ++asked;
    }
    ASSERT_LE(pool.slots_in_use(), stream.config().history_packets);
  }
  EXPECT_GE(asked, 1u);
  EXPECT_LE(asked, 11u) << "in five seconds, one each 500 ms at most";
  const auto block = stream.take_report_block(now);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->cumulative_lost, 0x7FFFFF) << "as much as the field holds";
  EXPECT_EQ(block->fraction_lost, 255);
}

TEST_F(ReceiveStreamTest, KeepsAtMostItsCapacityOfHistory) {
  for (int i = 0; i < 1500; ++i) receive(video.frame(i == 0, 1)[0]);
  EXPECT_EQ(pool.slots_in_use(), stream.config().history_packets);
}

}  // namespace
}  // namespace chroom::streams
