// SSRCs that collide and numbers that jump: nothing of it reaches another track.
#include <gtest/gtest.h>

#include "router/router_harness.h"

namespace chroom::router {
namespace {

struct HostilePublisherTest : testing::Test, RouterHarness {
  MediaTransport& publisher = add_transport(1);
  MediaTransport& receiver = add_transport(2);
};

TEST_F(HostilePublisherTest, KeepsPublishersOfTheSameSsrcApart) {
  MediaTransport& rival = add_transport(3);
  MediaTransport& other = add_transport(4);
  PublishConfig config = video_config();
  config.encodings[0].ssrc = 0x1000;
  PublishedTrack& track = *router.publish(publisher, config).value();
  config.key = 8;
  PublishedTrack& rivals = *router.publish(rival, config).value();
  router.subscribe(track, receiver, subscribe_config(), now).value();
  router.subscribe(rivals, other, subscribe_config(), now).value();
  streams::SyntheticVideo video({.ssrc = 0x1000, .first_sequence = 10});
  streams::SyntheticVideo same({.ssrc = 0x1000, .first_sequence = 40'000});
  size_t sent = 0, sent_by_rival = 0;
  for (int i = 0; i < 20; ++i) {
    receive_frame(publisher, video, i == 0, 2);
    receive_frame(rival, same, i == 0, 3);
    auto out = flush();
    for (const auto* numbers : {&out[2], &out[4]}) {
      for (size_t n = 1; n < numbers->size(); ++n) {
        EXPECT_EQ((*numbers)[n], static_cast<uint16_t>((*numbers)[n - 1] + 1));
      }
    }
    sent += out[2].size();
    sent_by_rival += out[4].size();
  }
  EXPECT_EQ(sent, 40u);
  EXPECT_EQ(sent_by_rival, 60u);
  EXPECT_EQ(track.take_statistics(now).packets_lost + rivals.take_statistics(now).packets_lost, 0u);
}

// Whose an SSRC is was said first; another track's name on its packets does not move it.
TEST_F(HostilePublisherTest, DoesNotTakeAnSsrcFromTheTrackThatHasIt) {
  PublishConfig fixed = video_config();
  fixed.encodings[0].ssrc = 0x1000;
  PublishedTrack& track = *router.publish(publisher, fixed).value();
  PublishConfig learns = video_config();
  learns.key = 8;
  learns.mid = "1";
  learns.codecs[0].payload_type = 98;
  PublishedTrack& other = *router.publish(publisher, learns).value();
  streams::SyntheticVideo video({.ssrc = 0x1000});
  streams::SyntheticVideo thief({.ssrc = 0x1000, .payload_type = 98, .mid = "1"});
  receive_frame(publisher, video, true, 2);
  receive_frame(publisher, thief, true, 3);
  EXPECT_EQ(dropped(DropReason::kRtpUnknownPayloadType), 3u);
  EXPECT_EQ(track.take_statistics(now).packets, 2u);
  EXPECT_EQ(other.take_statistics(now).packets, 0u);
  EXPECT_EQ(other.encoding(0).config.ssrc, 0u);
}

TEST_F(HostilePublisherTest, ForwardsAJumpOfTheSequenceAsTheSameJump) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  router.subscribe(track, receiver, subscribe_config(), now).value();
  streams::SyntheticVideo video({.first_sequence = 10});
  streams::SyntheticVideo later({.first_sequence = 10 + 0x7FFF, .first_picture_id = 3});
  streams::SyntheticVideo beyond({.first_sequence = static_cast<uint16_t>(10 + 0x7FFF + 0x8000), .first_picture_id = 9});
  receive_frame(publisher, video, true, 1);
  receive_frame(publisher, later, false, 1);
  auto numbers = flush().at(2);
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(static_cast<uint16_t>(numbers[1] - numbers[0]), 0x7FFF);
  // Half the circle from there: nobody can say whether it is before or behind.
  receive_frame(publisher, beyond, false, 1);
  EXPECT_TRUE(flush().empty());
  EXPECT_EQ(dropped(DropReason::kRtpTooOld), 1u);
  receive_frame(publisher, later, false, 1);
  EXPECT_EQ(flush().at(2), std::vector<uint16_t>{static_cast<uint16_t>(numbers[1] + 1)});
}

}  // namespace
}  // namespace chroom::router
