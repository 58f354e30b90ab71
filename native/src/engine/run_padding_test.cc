// Packets of one frame whose sizes differ a little leave as one run of equal size, by RTP padding (RFC 3550 section 5.1).
#include <gtest/gtest.h>

#include <deque>

#include "engine/test_room.h"

namespace chroom::engine {
namespace {

constexpr size_t kMaxPadding = 8;

class RunPaddingTest : public testing::TestWithParam<const char*>, protected TestRoom {
 protected:
  RunPaddingTest() {
    srtp_profiles = GetParam();
    alice = &join("alice");
    receivers = {&join("bob")};
    publish_camera();
  }

  void send_frame_of(const std::vector<size_t>& payload_bytes) {
    auto frame = camera.frame(payload_bytes.size(), asked_for_key_frame(camera.ssrc));
    for (size_t i = 0; i < frame.size(); ++i) {
      frame[i].resize(12 + payload_bytes[i], static_cast<uint8_t>(i));
      alice->participant.send_rtp(frame[i]);
      sent.push_back(std::move(frame[i]));
    }
  }

  // What bob has got is what was sent, whatever was added to it on the way.
  void expect_all_intact() {
    std::deque<TestParticipant::ReceivedRtp>& received = receivers[0]->participant.rtp;
    ASSERT_EQ(received.size(), sent.size());
    for (size_t i = 0; i < sent.size(); ++i) {
      SCOPED_TRACE(i);
      const Bytes payload = received[i].payload();
      ASSERT_EQ(payload.size(), sent[i].size() - 12);
      // Behind the picture id, which is the receiver's own.
      EXPECT_TRUE(std::equal(payload.begin() + 4, payload.end(), sent[i].begin() + 12 + 4));
      EXPECT_LE(received[i].header.padding_length, kMaxPadding);
      EXPECT_EQ(received[i].header.has_padding, received[i].header.padding_length > 0);
      padded += received[i].header.padding_length;
    }
  }

  std::vector<std::vector<uint8_t>> sent;
  size_t padded = 0;  // bytes
};

TEST_P(RunPaddingTest, MakesSizesUpToEightBytesApartEqualAndLeavesTheRest) {
  Member& bob = *receivers[0];
  ASSERT_TRUE(stream_to_all());
  bob.participant.rtp.clear();
  const uint64_t segments_before = desk.counter(Counter::kSegmentsSent);
  const uint64_t padding_before = desk.counter(Counter::kRunPaddingBytes);
  // A worker that looks in the middle of a burst sends it in parts: over many frames, whole ones are seen too.
  bool whole = false;
  for (int turn = 0; turn < 200 && !whole; ++turn) {
    const size_t first = sent.size();
    send_frame_of({800, 801, 807, 808});
    send_frame_of({809, 800});
    ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == sent.size(); }));
    const auto& got = bob.participant.rtp;
    whole = got[first].header.padding_length == 8 && got[first + 1].header.padding_length == 7 &&
            got[first + 2].header.padding_length == 1 && got[first + 3].header.padding_length == 0;
    if (whole) {
      for (size_t i = 1; i < 4; ++i) EXPECT_EQ(got[first + i].bytes.size(), got[first].bytes.size());
    }
    EXPECT_EQ(got[first + 5].header.padding_length, 0) << "nine bytes are not added";
  }
  ASSERT_TRUE(whole) << "of 200 frames none left as one run";
  expect_all_intact();
  EXPECT_TRUE(wait([&] { return desk.counter(Counter::kRunPaddingBytes) == padding_before + padded; }));
  EXPECT_GE(desk.counter(Counter::kSegmentsSent), segments_before + 4);
}

INSTANTIATE_TEST_SUITE_P(Ciphers, RunPaddingTest,
                         testing::Values("SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80"),
                         [](const auto& info) { return std::string(info.param).find("GCM") != std::string::npos ? "Gcm" : "CmSha1"; });

}  // namespace
}  // namespace chroom::engine
