// One room over two and three workers, on loopback sockets: every receiver is on another worker than the publisher.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "engine/test_room.h"

namespace chroom::engine {
namespace {

constexpr uint32_t kSpeakersEvent = 15;

class SpreadRoomTest : public testing::TestWithParam<size_t>, protected TestRoom {
 protected:
  SpreadRoomTest() : TestRoom(config()) {}

  static EngineConfig config() {
    EngineConfig out;
    out.workers = GetParam();
    out.limits.large_room_sessions = 1;
    return out;
  }

  // Alice publishes; one receiver on each other worker.
  void join_all() {
    static constexpr std::array kNames = {"bob", "carol"};
    alice = &join("alice");
    for (size_t i = 1; i < GetParam(); ++i) receivers.push_back(&join(kNames[i - 1]));
    std::vector<uint16_t> ports;
    for (const auto& member : members) ports.push_back(member->port);
    std::sort(ports.begin(), ports.end());
    std::vector<uint16_t> all = desk.engine->udp_ports();
    std::sort(all.begin(), all.end());
    ASSERT_EQ(ports, all) << "every participant is on a worker of its own, and its candidate says so";
  }
};

INSTANTIATE_TEST_SUITE_P(Workers, SpreadRoomTest, testing::Values(2, 3));

TEST_P(SpreadRoomTest, ForwardsVideoWithoutGapToReceiversOnOtherWorkers) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  for (Member* receiver : receivers) {
    const auto& rtp = receiver->participant.rtp;
    for (size_t i = 0; i < rtp.size(); ++i) {
      EXPECT_EQ(rtp[i].header.ssrc, receiver->ssrc);
      EXPECT_EQ(rtp[i].header.sequence, static_cast<uint16_t>(rtp[0].header.sequence + i));
      EXPECT_EQ(rtp[i].payload().size(), 800u);
      EXPECT_EQ(rtp[i].header.marker, i % 4 == 3);
    }
    EXPECT_EQ(rtp[0].payload()[4] & 1, 0) << "begins with a key frame, which was asked for through the other worker";
  }
  EXPECT_TRUE(wait([&] { return desk.counter(Counter::kLinkPacketsReceived) >= 8 * receivers.size(); }));
  EXPECT_EQ(desk.dropped(DropReason::kWorkerRingFull), 0u);
}

TEST_P(SpreadRoomTest, CarriesAudioAndSaysWhoSpeaks) {
  join_all();
  publish_voice();
  for (Member* receiver : receivers) ASSERT_TRUE(subscribe(*receiver, "TR_voice").ok());
  const auto heard = [&] {
    return std::all_of(receivers.begin(), receivers.end(), [](Member* r) { return count(*r, 120) >= 20; }) &&
           !desk.events_of(kSpeakersEvent).empty();
  };
  // Speakers are told of by the clock, so packets go on until then.
  ASSERT_TRUE(wait([&] {
    send_voice();
    return heard();
  }));
  EXPECT_EQ(desk.events_of(kSpeakersEvent)[0].text(2), kRoom);
}

TEST_P(SpreadRoomTest, AnswersNacksAndPassesKeyFrameRequestsOn) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  for (Member* receiver : receivers) {
    const auto lost = receiver->participant.rtp[5];
    const uint16_t sequence = lost.header.sequence;
    uint8_t compound[100];
    rtcp::Writer writer(compound);
    ASSERT_TRUE(writer.receiver_report(1, {}));
    ASSERT_TRUE(writer.nack(1, receiver->ssrc, {&sequence, 1}));
    receiver->participant.send_rtcp(writer.bytes());
    ASSERT_TRUE(wait([&] { return count(*receiver, 101) == 1; }));
    const auto& again = receiver->participant.rtp.back();
    EXPECT_EQ(load_be16(again.payload().data()), sequence);
    EXPECT_TRUE(std::equal(lost.payload().begin(), lost.payload().end(), again.payload().begin() + 2));
  }
  alice->participant.rtcp.clear();
  uint8_t compound[100];
  rtcp::Writer writer(compound);
  ASSERT_TRUE(writer.receiver_report(1, {}));
  ASSERT_TRUE(writer.pli(1, receivers.back()->ssrc));
  receivers.back()->participant.send_rtcp(writer.bytes());
  EXPECT_TRUE(wait([&] { return asked_for_key_frame(kHighSsrc); }));
}

TEST_P(SpreadRoomTest, ChoosesLayersPerReceiverAndPassesOnlyWantedOnes) {
  join_all();
  publish_camera(true);
  Camera low{.ssrc = kLowSsrc};
  const auto send_both = [&] {
    for (Camera* one : {&low, &camera}) {
      for (const auto& packet : one->frame(2, asked_for_key_frame(one->ssrc))) alice->participant.send_rtp(packet);
    }
  };
  const auto stream = [&](const std::function<bool()>& condition) {
    for (int i = 0; i < 400 && !condition(); ++i) {
      send_both();
      (void)wait([&, turns = 0]() mutable { return condition() || ++turns > 3; });
    }
    return condition();
  };
  Member& receiver = *receivers[0];
  ASSERT_TRUE(subscribe(receiver, "TR_camera", 0).ok());
  ASSERT_TRUE(stream([&] { return count(receiver, 100) >= 10; }));
  const uint64_t passed_before = desk.counter(Counter::kLinkPacketsSent);
  const uint16_t high_before = camera.sequence;
  ASSERT_TRUE(stream([&] { return count(receiver, 100) >= 40; }));
  ASSERT_TRUE(wait([&] { return desk.counter(Counter::kLinkPacketsSent) > passed_before; }));
  const uint64_t sent_of_each = static_cast<uint16_t>(camera.sequence - high_before);
  EXPECT_LE(desk.counter(Counter::kLinkPacketsSent) - passed_before, sent_of_each + 24) << "the upper layer stays at home";

  UpdateSubscription update;
  update.room = kRoom;
  update.session = receiver.session;
  update.track = "TR_camera";
  update.max_quality = 2;
  ASSERT_TRUE(desk.call(update).ok());
  const size_t before = receiver.participant.rtp.size();
  // Both cameras fill their payloads with the sequence number; pictures tell them apart by what alice sent last.
  ASSERT_TRUE(stream([&] { return desk.counter(Counter::kLayerSwitches) >= 2 && receiver.participant.rtp.size() > before + 8; }));
  const auto& rtp = receiver.participant.rtp;
  for (size_t i = 1; i < rtp.size(); ++i) {
    ASSERT_EQ(rtp[i].header.sequence, static_cast<uint16_t>(rtp[i - 1].header.sequence + 1)) << "no gap at the switch";
  }
}

TEST_P(SpreadRoomTest, CarriesDataBetweenAllWorkersOnce) {
  join_all();
  open_channels();
  const std::vector<uint8_t> packet{0x12, 0x04, 0x12, 0x02, 'h', 'i'};
  for (const char* label : {"_reliable", "_lossy"}) {
    alice->participant.send_data(label, packet);
    for (Member* receiver : receivers) {
      ASSERT_TRUE(wait([&] { return receiver->participant.messages.size() == 1; })) << label;
      const Fields received{Bytes(receiver->participant.messages[0])};
      EXPECT_EQ(received.message(2).text(2), "hi");
      EXPECT_EQ(received.text(17), "PA_alice");
    }
    settle();
    EXPECT_TRUE(alice->participant.messages.empty());
    for (Member* receiver : receivers) {
      EXPECT_EQ(receiver->participant.messages.size(), 1u);
      receiver->participant.messages.clear();
    }
  }
  // To one of them by identity (DataPacket.destination_identities): the others' workers must not hand it out.
  std::vector<uint8_t> addressed = packet;
  const std::vector<uint8_t> to_bob{0x2a, 0x03, 'b', 'o', 'b'};
  addressed.insert(addressed.end(), to_bob.begin(), to_bob.end());
  alice->participant.send_data("_reliable", addressed);
  ASSERT_TRUE(wait([&] { return receivers[0]->participant.messages.size() == 1; }));
  receivers[0]->participant.messages.clear();
  // From the server, to everybody and to one.
  SendData send;
  send.room = kRoom;
  send.packet = packet;
  send.reliable = true;
  ASSERT_TRUE(desk.call(send).ok());
  ASSERT_TRUE(wait([&] {
    return std::all_of(members.begin(), members.end(), [](const auto& m) { return m->participant.messages.size() == 1; });
  }));
  send.destination_sessions = {"PA_alice"};
  ASSERT_TRUE(desk.call(send).ok());
  ASSERT_TRUE(wait([&] { return alice->participant.messages.size() == 2; }));
  settle();
  for (Member* receiver : receivers) EXPECT_EQ(receiver->participant.messages.size(), 1u);
}

TEST_P(SpreadRoomTest, StopsWhileMutedAndGoesOnWithAKeyFrame) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  UpdatePublication mute{kRoom, alice->session, "TR_camera", true};
  ASSERT_TRUE(desk.call(mute).ok());
  settle();
  std::vector<size_t> before;
  for (Member* receiver : receivers) before.push_back(receiver->participant.rtp.size());
  send_frame();
  settle();
  for (size_t i = 0; i < receivers.size(); ++i) EXPECT_EQ(receivers[i]->participant.rtp.size(), before[i]);
  mute.muted = false;
  ASSERT_TRUE(desk.call(mute).ok());
  EXPECT_TRUE(stream_until([&] {
    for (size_t i = 0; i < receivers.size(); ++i) {
      if (receivers[i]->participant.rtp.size() < before[i] + 4) return false;
    }
    return true;
  }));
}

TEST_P(SpreadRoomTest, EndsSubscriptionsWhenTheTrackEndsAndTakesItAgain) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  ASSERT_TRUE(desk.call(Unpublish{kRoom, alice->session, "TR_camera"}).ok());
  EXPECT_EQ(subscribe(*receivers[0]).error, ErrorCode::kNotFound);
  for (Member* receiver : receivers) {
    EXPECT_FALSE(desk.call(DescribeSession{kRoom, receiver->session}).response.has(5)) << "at once, not some time later";
  }
  // The same name again at once, as after a client's full reconnect.
  publish_camera();
  for (Member* receiver : receivers) receiver->participant.rtp.clear();
  EXPECT_TRUE(stream_to_all());
  ASSERT_TRUE(desk.call(Unpublish{kRoom, alice->session, "TR_camera"}).ok());
  publish_camera();
  for (Member* receiver : receivers) receiver->participant.rtp.clear();
  EXPECT_TRUE(stream_to_all());
}

TEST_P(SpreadRoomTest, DescribesAndMeasuresSessionsOnAllWorkersAndClosesTheRoomWhole) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  for (const auto& member : members) {
    const Answer described = desk.call(DescribeSession{kRoom, member->session});
    EXPECT_EQ(described.response.message(1).text(2), member->session);
  }
  for (Member* receiver : receivers) {
    const Answer measured = desk.call(SessionStatisticsQuery{kRoom, receiver->session});
    EXPECT_GE(measured.response.number(5), 8u);  // tx_packets
    EXPECT_EQ(measured.response.message(8).text(1), "TR_camera");
  }
  const Answer closed = desk.call(CloseRoom{kRoom});
  EXPECT_EQ(closed.response.all(1).size(), members.size());
  EXPECT_EQ(desk.call(DescribeSession{kRoom, alice->session}).error, ErrorCode::kNotFound);
  // The name is free again, and the room begins small.
  CreateSession again;
  again.room = kRoom;
  again.session = "PA_again";
  again.identity = "again";
  EXPECT_TRUE(desk.call(again).ok());
}

TEST_P(SpreadRoomTest, LeavesInEveryOrderWhileMediaFlows) {
  // 0: the publisher leaves, 1: it unpublishes, 2...: a receiver leaves.
  std::vector<size_t> order(1 + GetParam());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    members.clear();
    receivers.clear();
    camera = {};
    join_all();
    publish_camera();
    ASSERT_TRUE(stream_to_all());
    for (const size_t step : order) {
      send_frame(8);
      if (step == 0) desk.submit(CloseSession{kRoom, alice->session});
      if (step == 1) desk.submit(Unpublish{kRoom, alice->session, "TR_camera"});
      if (step >= 2) desk.submit(CloseSession{kRoom, receivers[step - 2]->session});
    }
    EXPECT_TRUE(desk.call(CloseRoom{kRoom}).ok());
    EXPECT_TRUE(wait([&] { return desk.counter(Counter::kSessionsOpened) == desk.counter(Counter::kSessionsClosed); }));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(SpreadRoomTest, IsClosedAndDestroyedWhilePacketsAreUnderWay) {
  join_all();
  publish_camera();
  ASSERT_TRUE(stream_to_all());
  for (int i = 0; i < 200; ++i) {
    send_frame(4);
    if (i % 50 == 0) desk.submit(DescribeSession{kRoom, alice->session});
  }
  desk.engine->close();
  desk.engine.reset();
}

}  // namespace
}  // namespace chroom::engine
