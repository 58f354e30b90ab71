#include "router/router.h"

#include <gtest/gtest.h>

#include <set>

#include "router/router_harness.h"

namespace chroom::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct RouterTest : testing::Test, RouterHarness {
  MediaTransport& publisher = add_transport(1);
  MediaTransport& receiver = add_transport(2);

  std::vector<RouterEvent::Kind> take_events() {
    std::vector<RouterEvent::Kind> kinds;
    for (const RouterEvent& event : router.events()) kinds.push_back(event.kind);
    router.clear_events();
    return kinds;
  }
};

TEST_F(RouterTest, ForwardsToEverySubscriberFromTheFirstKeyFrameOn) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  router.subscribe(track, receiver, subscribe_config(), now).value();
  MediaTransport& other = add_transport(3);
  router.subscribe(track, other, subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, false, 2);
  EXPECT_TRUE(flush().empty());
  EXPECT_EQ(dropped(DropReason::kWaitingForKeyFrame), 4u);
  receive_frame(publisher, video, true, 3);
  const auto sent = flush();
  EXPECT_EQ(sent.at(2).size(), 3u);
  EXPECT_EQ(sent.at(3).size(), 3u);
  EXPECT_EQ(take_events().front(), RouterEvent::Kind::kTrackStarted);
}

TEST_F(RouterTest, TellsNothingOfASubscriptionThatHasEnded) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  Subscription& ended = *router.subscribe(track, receiver, subscribe_config(), now).value();
  const Subscription* other = router.subscribe(track, add_transport(3), subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 1);
  router.unsubscribe(ended);
  std::vector<const Subscription*> told;
  for (const RouterEvent& event : router.events()) {
    if (event.kind == RouterEvent::Kind::kLayerChanged) told.push_back(event.subscription);
  }
  EXPECT_EQ(told, std::vector{other});
}

TEST_F(RouterTest, FlushesInSlicesWithoutLosingOrRepeatingAnybody) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  constexpr size_t kReceivers = 20;
  for (uint64_t i = 0; i < kReceivers; ++i) router.subscribe(track, add_transport(10 + i), subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 2);
  std::vector<uint64_t> order;
  std::vector<size_t> slices;
  size_t packets = 0;
  bool more = true;
  while (more && slices.size() < kReceivers) {
    size_t count = 0;
    more = router.flush_runs(
        Runs::kComplete, now, [](MediaTransport&, size_t) {}, [&] { return count == 8; },
        [&](MediaTransport& to, auto run) {
          order.push_back(to.key());
          packets += run.size();
          ++count;
        });
    slices.push_back(count);
    // What comes meanwhile waits behind those whose turn it was.
    if (slices.size() == 1) receive_frame(publisher, video, false, 1);
  }
  EXPECT_EQ(slices, (std::vector<size_t>{8, 8, 8, 4}));
  EXPECT_EQ(std::set<uint64_t>(order.begin(), order.begin() + kReceivers).size(), kReceivers);
  EXPECT_EQ(packets, kReceivers * 3);
  EXPECT_FALSE(router.has_runs());
}

TEST_F(RouterTest, BindsLayersByMidAndRid) {
  PublishedTrack& track = *router.publish(publisher, video_config(2)).value();
  streams::SyntheticVideo low({.ssrc = 10, .rid = "a"});
  streams::SyntheticVideo high({.ssrc = 11, .rid = "b"});
  receive_frame(publisher, low, true, 1);
  receive_frame(publisher, high, true, 1);
  EXPECT_EQ(track.encoding(0).config.ssrc, 10u);
  EXPECT_EQ(track.encoding(1).config.ssrc, 11u);
}

TEST_F(RouterTest, CountsPacketsOfEveryLayer) {
  PublishedTrack& track = *router.publish(publisher, video_config(2)).value();
  streams::SyntheticVideo low({.ssrc = 10, .rid = "a"});
  streams::SyntheticVideo high({.ssrc = 11, .rid = "b"});
  receive_frame(publisher, low, true, 2);
  receive_frame(publisher, high, true, 5);
  const PublishedStatistics s = track.take_statistics(now);
  ASSERT_EQ(s.encoding_count, 2u);
  EXPECT_EQ(s.encodings[0].packets, 2u);
  EXPECT_EQ(s.encodings[1].packets, 5u);
  EXPECT_LT(s.encodings[0].quality, s.encodings[1].quality);
  EXPECT_EQ(s.packets, 7u);
}

TEST_F(RouterTest, DropsAndCountsWhatNobodyAnnounced) {
  router.publish(publisher, video_config(2)).value();
  streams::SyntheticVideo other_mid({.ssrc = 10, .mid = "9"});
  streams::SyntheticVideo other_rid({.ssrc = 11, .rid = "z"});
  streams::SyntheticVideo no_name({.ssrc = 12, .mid = ""});
  streams::SyntheticVideo other_payload({.ssrc = 13, .payload_type = 55, .rid = "a"});
  for (auto* video : {&other_mid, &other_rid, &no_name, &other_payload}) receive_frame(publisher, *video, true, 1);
  EXPECT_EQ(dropped(DropReason::kRtpUnknownSsrc), 4u);
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

TEST_F(RouterTest, FollowsAPublisherThatChangesItsSsrcButNotForEver) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  router.subscribe(track, receiver, subscribe_config(), now).value();
  std::vector<uint16_t> sequences;
  for (uint32_t ssrc = 100; ssrc < 300; ++ssrc) {
    streams::SyntheticVideo video({.ssrc = ssrc});
    receive_frame(publisher, video, true, 1);
    const auto sent = flush();
    if (sent.contains(2)) sequences.push_back(sent.at(2).front());
  }
  EXPECT_EQ(sequences.size(), 65u) << "the first and 64 changes";
  for (size_t i = 1; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], static_cast<uint16_t>(sequences[i - 1] + 1));
  EXPECT_EQ(dropped(DropReason::kRtpStreamLimit), 135u);
}

TEST_F(RouterTest, AsksForOneKeyFrameForManySubscribersWhoJoin) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 1);
  timers();
  for (uint64_t i = 0; i < 20; ++i) router.subscribe(track, add_transport(10 + i), subscribe_config(), now).value();
  now += milliseconds(1);
  const auto sent = timers();
  int plis = 0;
  for (const auto& raw : sent.at(1)) {
    rtcp::CompoundReader reader(raw);
    for (rtcp::PacketView packet; reader.next(packet);) plis += rtcp::parse_pli(packet).has_value();
  }
  EXPECT_EQ(plis, 1);
}

TEST_F(RouterTest, WaitsForAReceiverToBeReadyAndThenBeginsWithAKeyFrame) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  router.set_ready(receiver, false, now);
  router.subscribe(track, receiver, subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 2);
  timers();
  EXPECT_TRUE(flush().empty());
  now += seconds(1);
  router.set_ready(receiver, true, now);
  EXPECT_FALSE(timers().at(1).empty()) << "the key frame that was missed is asked for";
  receive_frame(publisher, video, false, 2);
  EXPECT_TRUE(flush().empty());
  receive_frame(publisher, video, true, 2);
  EXPECT_EQ(flush().at(2).size(), 2u);
}

TEST_F(RouterTest, LeavesAFrameThatIsStillComingWhereItIsUntilItsEnd) {
  const auto flush_complete = [&] {
    size_t packets = 0;
    router.flush_runs(Runs::kComplete, now, [](MediaTransport&, size_t) {}, [] { return false; }, [&](MediaTransport&, auto run) { packets += run.size(); });
    return packets;
  };
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  router.subscribe(track, receiver, subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  const auto frame = video.frame(true, 3);
  receive(publisher, frame[0]);
  receive(publisher, frame[1]);
  EXPECT_EQ(flush_complete(), 0u);
  EXPECT_TRUE(router.has_runs());
  receive(publisher, frame[2]);
  EXPECT_EQ(flush_complete(), 3u);
  EXPECT_FALSE(router.has_runs());
  // As many as the kernel cuts leave without waiting for more.
  const auto large = video.frame(false, 20);
  for (size_t i = 0; i + 1 < kAwaitedPackets; ++i) receive(publisher, large[i]);
  EXPECT_EQ(flush_complete(), 0u);
  receive(publisher, large[kAwaitedPackets - 1]);
  EXPECT_EQ(flush_complete(), kAwaitedPackets);
  receive(publisher, large[kAwaitedPackets]);
  EXPECT_EQ(flush_complete(), 0u);
  EXPECT_EQ(flush().at(2).size(), 1u);
  // Whoever unsubscribes meanwhile leaves no empty run behind.
  receive(publisher, video.frame(false, 2)[0]);
  router.unsubscribe(*track.subscriptions().front());
  EXPECT_FALSE(router.has_runs());
  EXPECT_EQ(flush_complete(), 0u);
}

TEST_F(RouterTest, AnswersANackWithARetransmissionAndNothingElse) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  Subscription& subscription = *router.subscribe(track, receiver, subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 4);
  const auto sent = flush().at(2);
  uint8_t raw[64];
  rtcp::Writer writer({raw, sizeof raw});
  const uint16_t lost[] = {sent[1], static_cast<uint16_t>(sent[3] + 5)};
  writer.nack(1, subscription.ssrc(), lost);
  router.on_rtcp(receiver, writer.bytes(), now);
  router.flush_runs(now, [&](MediaTransport& to, std::span<streams::EgressPacket> run) {
    EXPECT_EQ(&to, &receiver);
    ASSERT_EQ(run.size(), 1u);
    EXPECT_TRUE(run[0].retransmission);
    EXPECT_EQ(run[0].fields.ssrc, subscription.rtx_ssrc());
    EXPECT_EQ(load_be16(run[0].payload_head().data()), sent[1]);
  });
  EXPECT_EQ(dropped(DropReason::kNackNotInHistory), 1u);
  router.on_rtcp(publisher, writer.bytes(), now);
  EXPECT_EQ(dropped(DropReason::kRtcpUnknownSsrc), 1u) << "a stream of another transport cannot be asked for";
}

TEST_F(RouterTest, ForwardsAudioAtOnceAndTellsWhoSpeaks) {
  PublishConfig config;
  config.key = 9;
  config.video = false;
  config.mid = "a";
  config.codecs = {{111, rtp::Codec::kOpus, 48000, 0, false, false}};
  config.encodings = {{"", 4242, 0, 0}};
  PublishedTrack& track = *router.publish(publisher, config).value();
  SubscribeConfig subscribe = subscribe_config();
  subscribe.payloads = {{111, 120, 0}};
  Subscription& subscription = *router.subscribe(track, receiver, subscribe, now).value();
  EXPECT_EQ(subscription.rtx_ssrc(), 0u);
  timers();
  router.clear_events();
  for (uint16_t i = 0; i < 25; ++i) {
    uint8_t raw[64] = {0x90, 111};
    store_be16(raw + 2, i);
    store_be32(raw + 4, 960u * i);
    store_be32(raw + 8, 4242);
    store_be16(raw + 12, 0xBEDE);
    store_be16(raw + 14, 1);
    raw[16] = streams::kTestAudioLevelId << 4;
    raw[17] = 0x80 | 12;
    receive(publisher, raw);
    now += milliseconds(20);
  }
  EXPECT_EQ(flush().at(2).size(), 25u);
  timers();
  const auto& events = router.events();
  const auto speaker = std::find_if(events.begin(), events.end(),
                                    [](const auto& e) { return e.kind == RouterEvent::Kind::kSpeaker; });
  ASSERT_NE(speaker, events.end());
  EXPECT_EQ(speaker->track, 9u);
  EXPECT_EQ(speaker->room, 1u);
  EXPECT_TRUE(speaker->active);
}

TEST_F(RouterTest, ForgetsEverythingOfATransportThatLeavesInTheMiddleOfARun) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  MediaTransport& other = add_transport(3);
  router.subscribe(track, receiver, subscribe_config(), now).value();
  router.subscribe(track, other, subscribe_config(), now).value();
  streams::SyntheticVideo video({});
  receive_frame(publisher, video, true, 3);
  router.remove_transport(receiver);
  const auto sent = flush();
  EXPECT_FALSE(sent.contains(2));
  EXPECT_EQ(sent.at(3).size(), 3u);
  receive_frame(publisher, video, false, 3);
  router.remove_transport(publisher);
  EXPECT_TRUE(flush().empty() || flush().at(3).empty());
  EXPECT_EQ(pool.slots_in_use(), 0u);
  EXPECT_EQ(room.tracks().size(), 0u);
  now += seconds(10);
  timers();
  router.close_room(room);
  EXPECT_EQ(router.next_deadline(), kNever);
}

TEST_F(RouterTest, RefusesWhatCannotWork) {
  PublishConfig nothing = video_config();
  nothing.codecs.clear();
  EXPECT_EQ(router.publish(publisher, nothing).error().code, ErrorCode::kInvalidArgument);
  PublishConfig fixed = video_config();
  fixed.encodings[0].ssrc = 5;
  PublishedTrack& track = *router.publish(publisher, fixed).value();
  EXPECT_EQ(router.publish(publisher, fixed).error().code, ErrorCode::kAlreadyExists);
  PublishConfig twice = video_config(2);
  twice.encodings[0].ssrc = twice.encodings[1].rtx_ssrc = 6;
  EXPECT_EQ(router.publish(publisher, twice).error().code, ErrorCode::kInvalidArgument);
  Room& elsewhere = router.open_room(2);
  MediaTransport& stranger = router.add_transport(elsewhere, {.key = 9});
  EXPECT_EQ(router.subscribe(track, stranger, subscribe_config(), now).error().code, ErrorCode::kInvalidArgument);
  SubscribeConfig no_payload = subscribe_config();
  no_payload.payloads.clear();
  EXPECT_EQ(router.subscribe(track, receiver, no_payload, now).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RouterTest, HalvesTheFrameRateWhereTheSubscriberAsksForIt) {
  PublishedTrack& track = *router.publish(publisher, video_config()).value();
  Subscription& subscription = *router.subscribe(track, receiver, subscribe_config(), now).value();
  streams::SyntheticVideo video({.temporal_layers = 2});
  const auto second_of_frames = [&](bool key) {
    size_t packets = 0;
    for (int i = 0; i < 30; ++i) {
      receive_frame(publisher, video, key && i == 0, 1);
      now += milliseconds(33);
      timers();
      for (const auto& [to, sent] : flush()) packets += sent.size();
    }
    return packets;
  };
  second_of_frames(true);
  EXPECT_EQ(second_of_frames(false), 30u);
  router.update_subscription(subscription, false, 2, 15, now);
  second_of_frames(false);
  EXPECT_EQ(second_of_frames(false), 15u);
  router.update_subscription(subscription, false, 2, 0, now);
  second_of_frames(false);
  EXPECT_EQ(second_of_frames(false), 30u);
}

TEST_F(RouterTest, ServesDeadlinesInOrder) {
  std::vector<MediaTransport*> transports;
  for (uint64_t i = 0; i < 200; ++i) {
    transports.push_back(&add_transport(1000 + i));
    router.publish(*transports.back(), video_config()).value();
    now += milliseconds(i % 7);
    timers();
  }
  for (size_t i = 0; i < 200; i += 3) router.remove_transport(*transports[i]);
  for (int step = 0; step < 500; ++step) {
    const Instant due = router.next_deadline();
    ASSERT_GT(due, now);
    ASSERT_LE(due, now + milliseconds(100)) << "every publisher is looked at every 100 ms";
    now = due;
    timers();
  }
}

}  // namespace
}  // namespace chroom::router
