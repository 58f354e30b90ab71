#include "dtls/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "dtls/test_endpoint.h"

namespace chroom::dtls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ConnectionTest : public testing::Test {
 protected:
  static std::unique_ptr<const Identity> identity() { return std::move(Identity::generate(1'700'000'000).value()); }
  static std::unique_ptr<Context> context_of(const Identity& identity) {
    return std::move(Context::create(identity).value());
  }

  // Everything that is on its way arrives, in order, until both are silent.
  void exchange() {
    while (!client.sent.empty() || !server.sent.empty()) {
      for (const auto& datagram : client.take_sent()) server.receive(datagram, now);
      for (const auto& datagram : server.take_sent()) client.receive(datagram, now);
    }
  }
  void expect_each_other() {
    client.expect(server_identity->fingerprint());
    server.expect(client_identity->fingerprint());
  }
  void connect() {
    expect_each_other();
    client.start(now);
    exchange();
  }
  void advance(Duration step) {
    now += step;
    if (client.connection.next_deadline() <= now) client.on_timeout(now);
    if (server.connection.next_deadline() <= now) server.on_timeout(now);
  }

  Instant now{seconds(1000)};
  std::unique_ptr<const Identity> client_identity = identity();
  std::unique_ptr<const Identity> server_identity = identity();
  std::unique_ptr<Context> client_context = context_of(*client_identity);
  std::unique_ptr<Context> server_context = context_of(*server_identity);
  TestEndpoint client{*client_context, Role::kClient};
  TestEndpoint server{*server_context, Role::kServer};
};

TEST_F(ConnectionTest, agrees_on_gcm_keys_and_carries_data_both_ways) {
  connect();

  ASSERT_EQ(client.connection.state(), State::kConnected);
  ASSERT_EQ(server.connection.state(), State::kConnected);
  const SrtpKeys a = client.connection.take_srtp_keys().value();
  const SrtpKeys b = server.connection.take_srtp_keys().value();
  EXPECT_EQ(a.profile, SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(a.local.key, b.remote.key);
  EXPECT_EQ(a.local.salt, b.remote.salt);
  EXPECT_EQ(a.remote.key, b.local.key);
  EXPECT_NE(a.local.key, a.remote.key);
  EXPECT_EQ(a.local.salt_bytes, 12);

  client.send("to the server");
  server.send("to the client");
  exchange();
  EXPECT_THAT(server.received, ElementsAre("to the server"));
  EXPECT_THAT(client.received, ElementsAre("to the client"));
}

TEST_F(ConnectionTest, gives_its_srtp_keys_once) {
  connect();
  EXPECT_TRUE(server.connection.take_srtp_keys().has_value());
  EXPECT_FALSE(server.connection.take_srtp_keys().has_value());
}

TEST_F(ConnectionTest, waits_unconnected_until_signalling_names_the_peer) {
  client.expect(server_identity->fingerprint());
  client.start(now);
  exchange();
  ASSERT_EQ(server.connection.state(), State::kAwaitingFingerprint);
  EXPECT_FALSE(server.connection.take_srtp_keys().has_value());
  client.send("early");
  exchange();
  EXPECT_THAT(server.received, IsEmpty());

  server.expect(client_identity->fingerprint());

  EXPECT_EQ(server.connection.state(), State::kConnected);
  EXPECT_THAT(server.received, ElementsAre("early"));
}

TEST_F(ConnectionTest, gives_up_when_nobody_names_the_peer) {
  client.expect(server_identity->fingerprint());
  client.start(now);
  exchange();
  advance(Connection::kHandshakeLifetime);
  EXPECT_EQ(server.connection.state(), State::kFailed);
  EXPECT_EQ(server.connection.failure(), Failure::kTimeout);
}

TEST_F(ConnectionTest, refuses_a_certificate_that_was_not_signalled) {
  server.expect(server_identity->fingerprint());
  client.expect(server_identity->fingerprint());
  client.start(now);
  exchange();
  EXPECT_EQ(server.connection.failure(), Failure::kWrongCertificate);
  EXPECT_EQ(client.connection.state(), State::kFailed);
  EXPECT_FALSE(server.connection.take_srtp_keys().has_value());
}

TEST_F(ConnectionTest, refuses_a_certificate_that_signalling_contradicts_afterwards) {
  client.expect(server_identity->fingerprint());
  client.start(now);
  exchange();
  server.expect(server_identity->fingerprint());
  EXPECT_EQ(server.connection.failure(), Failure::kWrongCertificate);
  exchange();
  EXPECT_EQ(client.connection.state(), State::kFailed);
}

TEST_F(ConnectionTest, a_repeated_fingerprint_changes_nothing_and_another_one_fails) {
  connect();
  server.expect(client_identity->fingerprint());
  EXPECT_EQ(server.connection.state(), State::kConnected);
  server.expect(server_identity->fingerprint());
  EXPECT_EQ(server.connection.failure(), Failure::kWrongCertificate);
}

TEST_F(ConnectionTest, drops_replayed_altered_and_truncated_records) {
  connect();
  client.send("once");
  const auto record = client.take_sent().at(0);
  auto altered = record;
  altered.back() ^= 1;
  EXPECT_EQ(server.receive(altered, now), DropReason::kDtlsMalformed);
  auto truncated = record;
  truncated.pop_back();
  EXPECT_EQ(server.receive(truncated, now), DropReason::kDtlsMalformed);
  EXPECT_EQ(server.receive(record, now), DropReason::kNone);
  EXPECT_EQ(server.receive(record, now), DropReason::kDtlsUnexpected);
  EXPECT_THAT(server.received, ElementsAre("once"));
}

TEST_F(ConnectionTest, takes_reordered_records_inside_the_window_only) {
  connect();
  for (int i = 0; i < 80; ++i) client.send(std::to_string(i));
  const auto records = client.take_sent();
  EXPECT_EQ(server.receive(records[79], now), DropReason::kNone);
  EXPECT_EQ(server.receive(records[16], now), DropReason::kNone);
  EXPECT_EQ(server.receive(records[15], now), DropReason::kDtlsUnexpected);
}

TEST_F(ConnectionTest, close_notify_closes_the_other_side) {
  connect();
  client.close();
  exchange();
  EXPECT_EQ(client.connection.state(), State::kClosed);
  EXPECT_EQ(server.connection.state(), State::kClosed);
  server.send("too late");
  EXPECT_THAT(server.sent, IsEmpty());
}

TEST_F(ConnectionTest, an_unprotected_alert_does_not_end_a_connection) {
  connect();
  const std::vector<uint8_t> alert = {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 0};
  EXPECT_EQ(server.receive(alert, now), DropReason::kDtlsUnexpected);
  EXPECT_EQ(server.connection.state(), State::kConnected);
}

TEST_F(ConnectionTest, repeats_its_flight_at_the_injected_deadline_and_never_before) {
  client.start(now);
  ASSERT_EQ(client.take_sent().size(), 1u);
  EXPECT_EQ(client.connection.next_deadline(), now + Connection::kFirstRetransmission);
  advance(Connection::kFirstRetransmission - milliseconds(1));
  EXPECT_THAT(client.sent, IsEmpty());
  advance(milliseconds(1));
  EXPECT_EQ(client.take_sent().size(), 1u);
  EXPECT_EQ(client.connection.next_deadline(), now + 2 * Connection::kFirstRetransmission);
}

TEST_F(ConnectionTest, gives_up_after_a_bounded_number_of_repetitions) {
  client.start(now);
  size_t sent = 0;
  while (client.connection.state() == State::kHandshaking) {
    sent += client.take_sent().size();
    ASSERT_LT(sent, 20u);
    now = client.connection.next_deadline();
    client.on_timeout(now);
  }
  EXPECT_EQ(sent, 1 + Connection::kMaxRetransmissions);
  EXPECT_EQ(client.connection.failure(), Failure::kTimeout);
  EXPECT_EQ(client.connection.next_deadline(), kNever);
}

TEST_F(ConnectionTest, a_silent_server_that_nobody_talks_to_has_no_deadline) {
  EXPECT_EQ(server.connection.next_deadline(), kNever);
}

TEST_F(ConnectionTest, repeats_the_last_flight_when_the_client_did_not_get_it) {
  expect_each_other();
  client.start(now);
  while (server.connection.state() != State::kConnected) {
    for (const auto& datagram : client.take_sent()) server.receive(datagram, now);
    if (server.connection.state() == State::kConnected) break;
    for (const auto& datagram : server.take_sent()) client.receive(datagram, now);
  }
  server.take_sent();  // lost
  server.send("before the client is there");

  advance(Connection::kFirstRetransmission);
  exchange();

  EXPECT_EQ(client.connection.state(), State::kConnected);
  EXPECT_EQ(server.connection.retransmissions(), 1u);
  EXPECT_THAT(client.received, ElementsAre("before the client is there"));
  client.send("answer");
  exchange();
  EXPECT_THAT(server.received, ElementsAre("answer"));
}

TEST_F(ConnectionTest, keeps_a_bounded_amount_of_data_that_overtook_the_handshake) {
  expect_each_other();
  client.start(now);
  std::vector<std::vector<uint8_t>> final_flight;
  while (server.connection.state() != State::kConnected) {
    for (const auto& datagram : client.take_sent()) server.receive(datagram, now);
    final_flight = server.take_sent();
    if (server.connection.state() == State::kConnected) break;
    for (const auto& datagram : final_flight) client.receive(datagram, now);
  }
  for (size_t i = 0; i < Connection::kMaxEarlyRecords + 1; ++i) server.send(std::to_string(i));
  auto early = server.take_sent();
  const auto surplus = early.back();
  early.pop_back();
  for (const auto& datagram : early) EXPECT_EQ(client.receive(datagram, now), DropReason::kNone);
  EXPECT_EQ(client.receive(surplus, now), DropReason::kDtlsQueueFull);
  for (const auto& datagram : final_flight) client.receive(datagram, now);
  EXPECT_EQ(client.connection.state(), State::kConnected);
  EXPECT_EQ(client.received.size(), Connection::kMaxEarlyRecords);
}

// Both directions lose, repeat and swap datagrams; the seed stands in the test's name and in its trace.
class LossyHandshakeTest : public ConnectionTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(LossyHandshakeTest, connects_through_loss_duplication_and_reordering) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  std::mt19937 random(GetParam());
  expect_each_other();
  client.start(now);
  const auto carry = [&](TestEndpoint& from, TestEndpoint& to) {
    auto datagrams = from.take_sent();
    if (random() % 4 == 0) std::shuffle(datagrams.begin(), datagrams.end(), random);
    for (const auto& datagram : datagrams) {
      if (random() % 100 < 20) continue;
      to.receive(datagram, now);
      if (random() % 100 < 15) to.receive(datagram, now);
    }
  };
  const Instant begin = now;
  while (client.connection.state() != State::kConnected && now < begin + seconds(25)) {
    carry(client, server);
    carry(server, client);
    if (client.sent.empty() && server.sent.empty()) advance(milliseconds(50));
  }
  ASSERT_EQ(client.connection.state(), State::kConnected);
  ASSERT_EQ(server.connection.state(), State::kConnected);
  server.take_sent();
  client.send("through");
  for (const auto& datagram : client.take_sent()) server.receive(datagram, now);
  EXPECT_EQ(server.received.back(), "through");
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyHandshakeTest, testing::Range(1u, 41u));

TEST_F(ConnectionTest, random_bytes_end_in_a_drop_reason_and_nothing_else) {
  connect();
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::vector<uint8_t> datagram(1 + random() % 200);
    for (uint8_t& byte : datagram) byte = static_cast<uint8_t>(random());
    datagram[0] = static_cast<uint8_t>(20 + random() % 44);
    if (i % 2 == 0 && datagram.size() > 13) {
      datagram[1] = 0xFE;
      datagram[2] = 0xFD;
      store_be16(datagram.data() + 3, static_cast<uint16_t>(random() % 2));
      store_be16(datagram.data() + 11, static_cast<uint16_t>(datagram.size() - 13));
    }
    EXPECT_NE(server.receive(datagram, now), DropReason::kNone);
  }
  EXPECT_THAT(server.sent, IsEmpty());
  EXPECT_EQ(server.connection.state(), State::kConnected);
  client.send("still here");
  exchange();
  EXPECT_THAT(server.received, ElementsAre("still here"));
}

}  // namespace
}  // namespace chroom::dtls
