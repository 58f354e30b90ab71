#include "sctp/association.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sctp/virtual_network.h"

namespace chroom::sctp {
namespace {

using namespace std::chrono_literals;

ChannelParameters reliable_channel() { return {.label = "_reliable"}; }
ChannelParameters lossy_channel() { return {.label = "_lossy", .ordered = false, .max_retransmits = 0}; }

class AssociationTest : public testing::Test {
 protected:
  VirtualNetwork network{client_config(), server_config(), {}, 7};
  Association& client = *network.client.association;
  Association& server = *network.server.association;
};

TEST_F(AssociationTest, EstablishesWhenOnlyOneSideConnects) {
  client.connect(network.now);
  EXPECT_TRUE(network.run_until([&] { return server.state() == AssociationState::kEstablished; }, 1s));
  EXPECT_TRUE(network.run_until([&] { return client.state() == AssociationState::kEstablished; }, 1s));
  EXPECT_EQ(network.client.count<Established>(), 1u);
  EXPECT_EQ(network.server.count<Established>(), 1u);
}

TEST_F(AssociationTest, EstablishesOnceWhenBothSidesConnectAtOnce) {
  ASSERT_TRUE(network.establish());
  network.run_for(5s);
  EXPECT_EQ(network.client.count<Established>(), 1u);
  EXPECT_EQ(network.server.count<Established>(), 1u);
}

TEST_F(AssociationTest, GivesUpWhenNobodyAnswers) {
  network.to_server.conditions().loss = 1;
  client.connect(network.now);
  ASSERT_TRUE(network.run_until([&] { return network.client.count<Aborted>() == 1; }, 60s));
  EXPECT_EQ(network.client.take<Aborted>()[0].reason, AbortReason::kHandshakeTimeout);
  EXPECT_EQ(network.to_server.sent_packets, 13u);
  EXPECT_EQ(client.next_deadline(), kNever);
}

TEST_F(AssociationTest, OpensChannelsFromBothSidesWithTheirParity) {
  const auto from_client = client.open_channel(reliable_channel(), network.now);  // Before the handshake.
  ASSERT_TRUE(network.establish());
  const auto from_server = server.open_channel(lossy_channel(), network.now);
  ASSERT_TRUE(network.run_until(
      [&] { return network.client.count<ChannelOpened>() == 2 && network.server.count<ChannelOpened>() == 2; }, 2s));
  EXPECT_EQ(from_client.value(), 0);
  EXPECT_EQ(from_server.value(), 1);
  const auto seen = network.client.take<ChannelOpened>();
  const auto& accepted = seen[0].opened_by_peer ? seen[0] : seen[1];
  EXPECT_EQ(accepted.stream_id, 1);
  EXPECT_EQ(accepted.parameters.label, "_lossy");
  EXPECT_FALSE(accepted.parameters.ordered);
  EXPECT_EQ(accepted.parameters.max_retransmits, 0u);
}

TEST_F(AssociationTest, CarriesStringsBinariesAndEmptyMessages) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  const uint8_t text[] = {'h', 'i'};
  ASSERT_TRUE(client.send(id, kPpidString, text, network.now).ok());
  ASSERT_TRUE(client.send(id, kPpidBinary, {}, network.now).ok());
  ASSERT_TRUE(client.send(id, kPpidString, {}, network.now).ok());
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 3; }, 2s));
  const auto messages = network.server.take<MessageReceived>();
  EXPECT_EQ(messages[0].ppid, kPpidString);
  EXPECT_THAT(messages[0].bytes, testing::ElementsAre('h', 'i'));
  EXPECT_EQ(messages[1].ppid, kPpidBinary);
  EXPECT_THAT(messages[1].bytes, testing::IsEmpty());
  EXPECT_EQ(messages[2].ppid, kPpidString);
  EXPECT_THAT(messages[2].bytes, testing::IsEmpty());
}

TEST_F(AssociationTest, CarriesTheLargestMessageAndRefusesALargerOne) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = server.open_channel(reliable_channel(), network.now).value();
  const auto largest = patterned_bytes(256 * 1024, 1);
  ASSERT_TRUE(server.send(id, kPpidBinary, largest, network.now).ok());
  const auto refused = server.send(id, kPpidBinary, std::vector<uint8_t>(256 * 1024 + 1), network.now);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(network.run_until([&] { return network.client.count<MessageReceived>() == 1; }, 30s));
  EXPECT_EQ(network.client.take<MessageReceived>()[0].bytes, largest);
}

TEST_F(AssociationTest, SharesOneBodyAmongSendersWithoutCopy) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  const auto body = std::make_shared<const std::vector<uint8_t>>(patterned_bytes(5000, 3));
  ASSERT_TRUE(client.send_shared(id, kPpidBinary, body, network.now).ok());
  EXPECT_EQ(body.use_count(), 2);
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 1; }, 2s));
  network.run_for(1s);
  EXPECT_EQ(body.use_count(), 1);
}

TEST_F(AssociationTest, BoundsTheSendBufferAndSaysWhenItDrained) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  client.set_buffered_low_threshold(id, 100'000);
  const std::vector<uint8_t> message(100'000);
  int accepted = 0;
  while (client.send(id, kPpidBinary, message, network.now).ok()) ++accepted;
  EXPECT_EQ(accepted, 20);  // 2 MiB.
  EXPECT_EQ(client.send(id, kPpidBinary, message, network.now).error().code, ErrorCode::kLimitExceeded);
  EXPECT_GT(client.buffered_bytes(id), 1'900'000u);
  ASSERT_TRUE(network.run_until([&] { return network.client.count<BufferedLow>() == 1; }, 60s));
  EXPECT_LE(client.buffered_bytes(id), 100'000u);
  EXPECT_TRUE(client.send(id, kPpidBinary, message, network.now).ok());
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 21; }, 60s));
}

TEST_F(AssociationTest, ClosesAChannelAfterItsMessagesAndReusesTheId) {
  ASSERT_TRUE(network.establish());
  for (int round = 0; round < 3; ++round) {
    const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
    EXPECT_EQ(id, 0);
    ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(40'000, 5), network.now).ok());
    ASSERT_TRUE(client.close_channel(id, network.now).ok());
    EXPECT_EQ(client.send(id, kPpidBinary, {}, network.now).error().code, ErrorCode::kClosed);
    ASSERT_TRUE(network.run_until(
        [&] { return network.client.count<ChannelClosed>() == 1 && network.server.count<ChannelClosed>() == 1; }, 5s));
    EXPECT_EQ(network.server.take<MessageReceived>().size(), 1u);
    EXPECT_EQ(network.server.take<ChannelOpened>().size(), 1u);
    network.client.events.clear();
    network.server.events.clear();
    EXPECT_EQ(client.send(id, kPpidBinary, {}, network.now).error().code, ErrorCode::kNotFound);
  }
}

TEST_F(AssociationTest, ClosesOnceWhenBothSidesCloseAtOnce) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  ASSERT_TRUE(network.run_until([&] { return network.server.count<ChannelOpened>() == 1; }, 1s));
  ASSERT_TRUE(client.close_channel(id, network.now).ok());
  ASSERT_TRUE(server.close_channel(id, network.now).ok());
  network.run_for(5s);
  EXPECT_EQ(network.client.count<ChannelClosed>(), 1u);
  EXPECT_EQ(network.server.count<ChannelClosed>(), 1u);
}

TEST_F(AssociationTest, NegotiatedChannelsNeedNoProtocol) {
  ASSERT_TRUE(network.establish());
  ChannelParameters parameters{.label = "agreed", .negotiated_stream_id = 100};
  ASSERT_TRUE(client.open_channel(parameters, network.now).ok());
  ASSERT_TRUE(server.open_channel(parameters, network.now).ok());
  EXPECT_EQ(client.open_channel(parameters, network.now).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(client.send(100, kPpidString, patterned_bytes(10, 1), network.now).ok());
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 1; }, 1s));
}

TEST_F(AssociationTest, RefusesChannelsBeyondTheLimitWithAReset) {
  Config small = server_config();
  small.max_channels = 2;
  VirtualNetwork limited(client_config(), small, {}, 3);
  ASSERT_TRUE(limited.establish());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(limited.client.association->open_channel(reliable_channel(), limited.now).ok());
  ASSERT_TRUE(limited.run_until([&] { return limited.client.count<ChannelClosed>() == 1; }, 5s));
  EXPECT_EQ(limited.server.count<ChannelOpened>(), 2u);
  EXPECT_EQ(limited.server.association->counters().dropped_channel_limit, 1u);
  EXPECT_EQ(limited.client.take<ChannelClosed>()[0].stream_id, 4);
  EXPECT_EQ(limited.server.association->open_channel(reliable_channel(), limited.now).error().code,
            ErrorCode::kLimitExceeded);
}

TEST_F(AssociationTest, ShutdownDeliversWhatIsQueuedFirst) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(60'000, 9), network.now).ok());
  client.shutdown(network.now);
  EXPECT_EQ(client.send(id, kPpidBinary, {}, network.now).error().code, ErrorCode::kClosed);
  ASSERT_TRUE(network.run_until(
      [&] { return network.client.count<ShutdownFinished>() == 1 && network.server.count<ShutdownFinished>() == 1; }, 5s));
  EXPECT_EQ(network.server.count<MessageReceived>(), 1u);
  EXPECT_EQ(network.server.count<ChannelClosed>(), 1u);
  EXPECT_EQ(client.next_deadline(), kNever);
  EXPECT_EQ(server.next_deadline(), kNever);
}

TEST_F(AssociationTest, ShutdownFromBothSidesAtOnceFinishes) {
  ASSERT_TRUE(network.establish());
  client.shutdown(network.now);
  server.shutdown(network.now);
  EXPECT_TRUE(network.run_until(
      [&] { return network.client.count<ShutdownFinished>() == 1 && network.server.count<ShutdownFinished>() == 1; }, 5s));
}

TEST_F(AssociationTest, AbortReachesThePeerAndFreesTimers) {
  ASSERT_TRUE(network.establish());
  client.abort("moved away", network.now);
  ASSERT_TRUE(network.run_until([&] { return network.server.count<Aborted>() == 1; }, 1s));
  EXPECT_EQ(network.server.take<Aborted>()[0].reason, AbortReason::kPeer);
  EXPECT_EQ(network.client.take<Aborted>()[0].reason, AbortReason::kLocal);
  EXPECT_EQ(client.next_deadline(), kNever);
  EXPECT_EQ(client.open_channel(reliable_channel(), network.now).error().code, ErrorCode::kClosed);
}

TEST_F(AssociationTest, HeartbeatsFindASilentPeerDead) {
  ASSERT_TRUE(network.establish());
  network.run_for(100s);
  EXPECT_EQ(client.state(), AssociationState::kEstablished);
  network.to_server.conditions().loss = 1;
  ASSERT_TRUE(network.run_until([&] { return network.client.count<Aborted>() == 1; }, 200s));
  EXPECT_EQ(network.client.take<Aborted>()[0].reason, AbortReason::kTooManyRetransmits);
}

TEST_F(AssociationTest, SendsNothingWhileIdleWhereSomethingElseWatchesThePath) {
  Config config = client_config();
  config.heartbeat_interval = Duration{0};
  VirtualNetwork quiet(config, server_config(), {}, 7);
  ASSERT_TRUE(quiet.establish());
  quiet.run_for(10s);
  EXPECT_EQ(quiet.client.association->next_deadline(), kNever);
  const uint64_t sent = quiet.to_server.sent_packets;
  quiet.run_for(100s);
  // Answers to the heartbeats of the other side, which has them.
  EXPECT_EQ(quiet.to_server.sent_packets - sent, 3u);
  EXPECT_EQ(quiet.server.association->state(), AssociationState::kEstablished);
}

TEST_F(AssociationTest, DataToADeadPeerEndsInABoundedTime) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  network.run_for(1s);
  network.to_server.conditions().loss = 1;
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(1000, 1), network.now).ok());
  const Instant began = network.now;
  ASSERT_TRUE(network.run_until([&] { return network.client.count<Aborted>() == 1; }, 200s));
  EXPECT_GT(network.now - began, 30s);
  EXPECT_LT(network.now - began, 70s);
}

TEST_F(AssociationTest, ResumesSoonAfterAnOutageOfTwentySeconds) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  network.run_for(1s);
  network.to_server.conditions().loss = 1;
  network.to_client.conditions().loss = 1;
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(1000, 1), network.now).ok());
  network.run_for(20s);
  network.to_server.conditions().loss = 0;
  network.to_client.conditions().loss = 0;
  EXPECT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 1; }, 3100ms));
}

TEST_F(AssociationTest, ASlowReaderShutsTheWindowAndLosesNothing) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel(reliable_channel(), network.now).value();
  network.run_for(1s);
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(60'000, 1), network.now).ok());
  std::vector<uint8_t> packet(1150);
  const auto pump_without_reading = [&](Duration time) {
    for (const Instant end = network.now + time; network.now < end; network.now += 1ms) {
      while (const size_t n = client.poll_transmit(packet, network.now)) server.receive({packet.data(), n}, network.now);
      while (const size_t n = server.poll_transmit(packet, network.now)) client.receive({packet.data(), n}, network.now);
      if (client.next_deadline() <= network.now) client.on_timeout(network.now);
      if (server.next_deadline() <= network.now) server.on_timeout(network.now);
    }
  };
  pump_without_reading(100s);  // Longer than a dead peer would be given.
  EXPECT_EQ(client.state(), AssociationState::kEstablished);
  EXPECT_GT(client.buffered_bytes(id), 800'000u);
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 25; }, 10s));
  EXPECT_EQ(network.client.count<Aborted>(), 0u);
}

}  // namespace
}  // namespace chroom::sctp
