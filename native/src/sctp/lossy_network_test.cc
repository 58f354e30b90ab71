#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sctp/virtual_network.h"

namespace chroom::sctp {
namespace {

using namespace std::chrono_literals;

PathConditions bad_path() { return {.loss = 0.05, .duplication = 0.02, .delay = 20ms, .jitter = 15ms}; }

class LossyNetworkTest : public testing::TestWithParam<uint64_t> {
 protected:
  VirtualNetwork network{client_config(), server_config(), bad_path(), GetParam()};
  Association& client = *network.client.association;
  Association& server = *network.server.association;
};

TEST_P(LossyNetworkTest, EstablishesOnceThroughLossReorderAndDuplication) {
  network.to_server.conditions().loss = 0.4;
  network.to_client.conditions().loss = 0.4;
  ASSERT_TRUE(network.establish());
  network.run_for(20s);
  EXPECT_EQ(network.client.count<Established>(), 1u);
  EXPECT_EQ(network.server.count<Established>(), 1u);
  EXPECT_EQ(client.state(), AssociationState::kEstablished);
}

TEST_P(LossyNetworkTest, LargeMessagesArriveIntactAndInOrderBothWays) {
  ASSERT_TRUE(network.establish());
  const uint16_t up = client.open_channel({.label = "_reliable"}, network.now).value();
  const uint16_t down = server.open_channel({.label = "_reliable"}, network.now).value();
  constexpr uint32_t kMessages = 20;
  for (uint32_t i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(client.send(up, kPpidBinary, patterned_bytes(65'536 - i, i), network.now).ok());
    ASSERT_TRUE(server.send(down, kPpidBinary, patterned_bytes(65'536 - i, 100 + i), network.now).ok());
  }
  ASSERT_TRUE(network.run_until(
      [&] {
        return network.client.count<MessageReceived>() == kMessages && network.server.count<MessageReceived>() == kMessages;
      },
      120s));
  const auto at_server = network.server.take<MessageReceived>();
  const auto at_client = network.client.take<MessageReceived>();
  for (uint32_t i = 0; i < kMessages; ++i) {
    EXPECT_EQ(at_server[i].bytes, patterned_bytes(65'536 - i, i)) << i;
    EXPECT_EQ(at_client[i].bytes, patterned_bytes(65'536 - i, 100 + i)) << i;
  }
  EXPECT_GT(client.counters().chunks_retransmitted, 0u);
  EXPECT_GT(server.counters().duplicate_tsns, 0u);
}

TEST_P(LossyNetworkTest, UnorderedReliableMessagesArriveExactlyOnce) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel({.label = "x", .ordered = false}, network.now).value();
  for (uint32_t i = 0; i < 500; ++i) ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(900 + i, i), network.now).ok());
  ASSERT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 500; }, 60s));
  network.run_for(10s);
  std::set<size_t> sizes;
  for (const auto& message : network.server.take<MessageReceived>()) {
    EXPECT_EQ(message.bytes, patterned_bytes(message.bytes.size(), static_cast<uint32_t>(message.bytes.size() - 900)));
    EXPECT_TRUE(sizes.insert(message.bytes.size()).second);
  }
  EXPECT_EQ(sizes.size(), 500u);
}

// 20 s of a call: a lossy message each 10 ms, a reliable one each 100 ms. Loss of lossy messages must neither stop the
// lossy stream nor delay the reliable one by more than its own repair.
TEST_P(LossyNetworkTest, ALossyChannelNeverBlocksAReliableOne) {
  ASSERT_TRUE(network.establish());
  const uint16_t lossy = client.open_channel({.label = "_lossy", .ordered = false, .max_retransmits = 0}, network.now).value();
  const uint16_t reliable = client.open_channel({.label = "_reliable"}, network.now).value();
  network.run_for(2s);
  network.server.events.clear();
  size_t lossy_count = 0;
  std::vector<Duration> reliable_delays;
  const auto collect = [&] {
    for (const auto& message : network.server.take<MessageReceived>()) {
      if (message.stream_id == lossy) {
        ++lossy_count;
      } else {
        const Instant sent_at{Duration(static_cast<int64_t>(load_be64(message.bytes.data())))};
        reliable_delays.push_back(network.now - sent_at);
      }
    }
  };
  for (int tick = 0; tick < 2000; ++tick) {
    ASSERT_TRUE(client.send(lossy, kPpidBinary, patterned_bytes(300, 1), network.now).ok());
    if (tick % 10 == 0) {
      std::vector<uint8_t> stamp(200);
      store_be64(stamp.data(), static_cast<uint64_t>(network.now.time_since_epoch().count()));
      ASSERT_TRUE(client.send(reliable, kPpidBinary, stamp, network.now).ok());
    }
    network.run_for(10ms);
    collect();
  }
  network.run_for(5s);
  collect();
  ASSERT_EQ(reliable_delays.size(), 200u);
  std::sort(reliable_delays.begin(), reliable_delays.end());
  EXPECT_LT(reliable_delays[100], 50ms);
  EXPECT_LT(reliable_delays[190], 250ms);
  EXPECT_LT(reliable_delays.back(), 2500ms);
  EXPECT_GT(lossy_count, 1800u);  // 5 % are lost, and 40 ms of jitter make a few late ones look lost.
  EXPECT_LT(lossy_count, 1960u);
  EXPECT_GT(client.counters().messages_abandoned, 50u);
  EXPECT_EQ(client.buffered_bytes(lossy), 0u);
}

// The application sends more than the path takes: the lossy channel meets its own limit and leaves room for the other.
TEST_P(LossyNetworkTest, AnOverloadedLossyChannelLeavesRoomForAReliableOne) {
  ASSERT_TRUE(network.establish());
  const uint16_t lossy = client.open_channel({.label = "_lossy", .ordered = false, .max_retransmits = 0}, network.now).value();
  const uint16_t reliable = client.open_channel({.label = "_reliable"}, network.now).value();
  network.run_for(2s);
  size_t refused = 0;
  for (int tick = 0; tick < 1000; ++tick) {
    refused += client.send(lossy, kPpidBinary, patterned_bytes(15'000, 1), network.now).ok() ? 0 : 1;
    if (tick % 10 == 0) {
      ASSERT_TRUE(client.send(reliable, kPpidBinary, patterned_bytes(200, 2), network.now).ok());
    }
    network.run_for(10ms);
  }
  EXPECT_GT(refused, 0u);
  EXPECT_TRUE(network.run_until(
      [&] {
        size_t arrived = 0;
        for (const Event& event : network.server.events) {
          const auto* message = std::get_if<MessageReceived>(&event);
          arrived += message != nullptr && message->stream_id == reliable ? 1 : 0;
        }
        return arrived == 100;
      },
      2500ms));
}

TEST_P(LossyNetworkTest, OrderedPartiallyReliableMessagesKeepTheirOrder) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel({.label = "o", .max_retransmits = 0}, network.now).value();
  network.run_for(2s);
  for (uint32_t i = 0; i < 1000; ++i) {
    std::vector<uint8_t> message(1500);
    store_be32(message.data(), i);
    ASSERT_TRUE(client.send(id, kPpidBinary, message, network.now).ok());
    network.run_for(30ms);
  }
  network.run_for(10s);
  const auto messages = network.server.take<MessageReceived>();
  EXPECT_GT(messages.size(), 800u);  // Two packets each at 5 % loss: about 90 % arrive.
  EXPECT_LT(messages.size(), 1000u);
  for (size_t i = 1; i < messages.size(); ++i) {
    EXPECT_GT(load_be32(messages[i].bytes.data()), load_be32(messages[i - 1].bytes.data()));
  }
  // The hole is closed: a message sent now arrives although many before it were given up.
  network.to_server.conditions().loss = 0;
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(4000, 1), network.now).ok());
  EXPECT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == 1; }, 1s));
}

TEST_P(LossyNetworkTest, MessagesPastTheirLifetimeAreNotSentAnyMore) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel({.label = "t", .ordered = false, .max_lifetime_ms = 300}, network.now).value();
  network.run_for(2s);
  network.to_server.conditions().bits_per_second = 1'000'000;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(50'000, 1), network.now).ok());
  network.run_for(20s);
  EXPECT_LT(network.server.count<MessageReceived>(), 5u);
  EXPECT_EQ(client.buffered_bytes(id), 0u);
  network.to_server.conditions() = {};
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(100, 1), network.now).ok());
  const size_t before = network.server.count<MessageReceived>();
  EXPECT_TRUE(network.run_until([&] { return network.server.count<MessageReceived>() == before + 1; }, 1s));
}

TEST_P(LossyNetworkTest, ChannelsOpenAndCloseManyTimes) {
  ASSERT_TRUE(network.establish());
  for (int round = 0; round < 30; ++round) {
    Association& opener = round % 2 == 0 ? client : server;
    Peer& other = round % 2 == 0 ? network.server : network.client;
    Peer& own = round % 2 == 0 ? network.client : network.server;
    const uint16_t id = opener.open_channel({.label = "short lived"}, network.now).value();
    ASSERT_TRUE(opener.send(id, kPpidBinary, patterned_bytes(3000, 1), network.now).ok());
    ASSERT_TRUE(network.run_until([&] { return other.count<MessageReceived>() == 1; }, 30s)) << round;
    ASSERT_TRUE((round % 3 == 0 ? other.association : own.association)->close_channel(id, network.now).ok());
    ASSERT_TRUE(network.run_until([&] { return own.count<ChannelClosed>() == 1; }, 60s)) << round;
    own.events.clear();
    ASSERT_TRUE(network.run_until([&] { return other.count<ChannelClosed>() == 1; }, 60s)) << round;
    other.events.clear();
  }
}

TEST_P(LossyNetworkTest, ShutsDownThroughLoss) {
  ASSERT_TRUE(network.establish());
  const uint16_t id = client.open_channel({.label = "last"}, network.now).value();
  ASSERT_TRUE(client.send(id, kPpidBinary, patterned_bytes(65'536, 1), network.now).ok());
  client.shutdown(network.now);
  ASSERT_TRUE(network.run_until([&] { return network.client.count<ShutdownFinished>() == 1; }, 60s));
  EXPECT_EQ(network.server.count<MessageReceived>(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyNetworkTest, testing::Range(uint64_t{1}, uint64_t{9}));

double megabits_per_second(PathConditions conditions, Duration time) {
  VirtualNetwork network(client_config(), server_config(), conditions, 42);
  if (!network.establish()) return 0;
  const uint16_t id = network.client.association->open_channel({.label = "bulk"}, network.now).value();
  const auto body = std::make_shared<const std::vector<uint8_t>>(patterned_bytes(65'536, 1));
  const Instant end = network.now + time;
  size_t received = 0;
  while (network.now < end) {
    while (network.client.association->send_shared(id, kPpidBinary, body, network.now).ok()) {
    }
    network.run_for(10ms);
    for (const auto& message : network.server.take<MessageReceived>()) received += message.bytes.size();
    network.client.events.clear();
  }
  return static_cast<double>(received) * 8 / static_cast<double>(time.count());
}

TEST(ThroughputTest, FillsTwentyMegabitsWithoutLoss) {
  const double rate = megabits_per_second({.delay = 20ms, .bits_per_second = 20'000'000}, 20s);
  RecordProperty("megabits_per_second", std::to_string(rate));
  EXPECT_GT(rate, 16.0);
}

TEST(ThroughputTest, KeepsMovingAtFivePercentLossWithReorder) {
  const double rate = megabits_per_second({.loss = 0.05, .delay = 20ms, .jitter = 5ms, .bits_per_second = 20'000'000}, 20s);
  RecordProperty("megabits_per_second", std::to_string(rate));
  EXPECT_GT(rate, 0.8);  // The square root rule of loss gives 1.2 Mbit/s at 45 ms and 5 %.
}

}  // namespace
}  // namespace chroom::sctp
