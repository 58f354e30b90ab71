#include "dtls/openssl_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dtls/test_endpoint.h"

namespace chroom::dtls {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Our Connection against OpenSSL's own record layer.
class OpensslPeerTest : public testing::Test {
 protected:
  void exchange(OpensslPeer& peer, TestEndpoint& ours) {
    for (int round = 0; round < 20; ++round) {
      const auto from_peer = peer.take_sent();
      for (const auto& datagram : from_peer) ours.receive(datagram, now);
      const auto from_ours = ours.take_sent();
      for (const auto& datagram : from_ours) peer.receive(datagram);
      if (from_peer.empty() && from_ours.empty()) return;
    }
    FAIL() << "the two never stop talking";
  }

  Instant now{seconds(1000)};
  std::unique_ptr<const Identity> our_identity = std::move(Identity::generate(1'700'000'000).value());
  std::unique_ptr<const Identity> peer_identity = std::move(Identity::generate(1'700'000'000).value());
  std::unique_ptr<Context> context = std::move(Context::create(*our_identity).value());
};

TEST_F(OpensslPeerTest, server_picks_gcm_though_the_client_lists_it_last) {
  TestEndpoint server(*context, Role::kServer);
  OpensslPeer peer(*peer_identity);
  server.expect(peer_identity->fingerprint());
  peer.handshake();
  exchange(peer, server);

  ASSERT_EQ(server.connection.state(), State::kConnected);
  ASSERT_TRUE(peer.finished());
  EXPECT_STREQ(peer.srtp_profile(), "SRTP_AEAD_AES_128_GCM");
  const SrtpKeys keys = server.connection.take_srtp_keys().value();
  const std::vector<uint8_t> material = peer.export_srtp(56);
  EXPECT_TRUE(std::equal(keys.remote.key.begin(), keys.remote.key.end(), material.begin()));
  EXPECT_TRUE(std::equal(keys.local.key.begin(), keys.local.key.end(), material.begin() + 16));
  EXPECT_TRUE(std::equal(keys.remote.salt.begin(), keys.remote.salt.begin() + 12, material.begin() + 32));
  EXPECT_TRUE(std::equal(keys.local.salt.begin(), keys.local.salt.begin() + 12, material.begin() + 44));

  peer.send("from OpenSSL");
  server.send("to OpenSSL");
  exchange(peer, server);
  EXPECT_THAT(server.received, ElementsAre("from OpenSSL"));
  EXPECT_THAT(peer.take_received(), ElementsAre("to OpenSSL"));
}

TEST_F(OpensslPeerTest, falls_back_to_counter_mode_with_sha1) {
  TestEndpoint server(*context, Role::kServer);
  OpensslPeer peer(*peer_identity, {.srtp_profiles = "SRTP_AES128_CM_SHA1_80"});
  server.expect(peer_identity->fingerprint());
  peer.handshake();
  exchange(peer, server);
  const SrtpKeys keys = server.connection.take_srtp_keys().value();
  EXPECT_EQ(keys.profile, SrtpProfile::kAes128CmHmacSha1_80);
  EXPECT_EQ(keys.local.salt_bytes, 14);
  const std::vector<uint8_t> material = peer.export_srtp(60);
  EXPECT_TRUE(std::equal(keys.local.salt.begin(), keys.local.salt.end(), material.begin() + 46));
}

TEST_F(OpensslPeerTest, client_role_connects_to_an_openssl_server) {
  TestEndpoint client(*context, Role::kClient);
  OpensslPeer peer(*peer_identity, {.role = Role::kServer});
  client.expect(peer_identity->fingerprint());
  client.start(now);
  exchange(peer, client);
  ASSERT_EQ(client.connection.state(), State::kConnected);
  peer.send("from OpenSSL");
  client.send("to OpenSSL");
  exchange(peer, client);
  EXPECT_THAT(client.received, ElementsAre("from OpenSSL"));
  EXPECT_THAT(peer.take_received(), ElementsAre("to OpenSSL"));
}

TEST_F(OpensslPeerTest, fails_without_an_srtp_profile_in_common) {
  TestEndpoint server(*context, Role::kServer);
  OpensslPeer peer(*peer_identity, {.srtp_profiles = nullptr});
  server.expect(peer_identity->fingerprint());
  peer.handshake();
  exchange(peer, server);
  EXPECT_EQ(server.connection.failure(), Failure::kNoSrtpProfile);
}

TEST_F(OpensslPeerTest, fails_a_client_without_a_certificate) {
  TestEndpoint server(*context, Role::kServer);
  OpensslPeer peer(*peer_identity, {.with_certificate = false});
  peer.handshake();
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kFailed);
  EXPECT_EQ(server.connection.failure(), Failure::kHandshake);
}

// Chromium's hello: 1413 bytes with a large key share, in two datagrams.
class BrowserHelloTest : public OpensslPeerTest {
 protected:
  BrowserHelloTest() {
    server.expect(peer_identity->fingerprint());
    peer.handshake();
    hello = peer.take_sent();
  }

  TestEndpoint server{*context, Role::kServer};
  OpensslPeer peer{*peer_identity, {.hello_padding_bytes = 1185}};
  std::vector<Datagram> hello;
};

TEST_F(BrowserHelloTest, is_built_like_the_browsers) {
  ASSERT_EQ(hello.size(), 2u);
  // The message length stands in the handshake header behind the record header.
  EXPECT_NEAR(load_be24(hello[0].data() + 14), 1413, 40);
}

TEST_F(BrowserHelloTest, is_put_together_in_order) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kConnected);
}

TEST_F(BrowserHelloTest, is_put_together_out_of_order_and_from_copies) {
  for (const size_t i : {1u, 1u, 0u, 0u, 1u}) server.receive(hello[i], now);
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kConnected);
}

TEST_F(BrowserHelloTest, is_put_together_across_a_retransmission) {
  server.receive(hello[1], now);
  EXPECT_THAT(server.sent, IsEmpty());
  peer.expire();
  hello = peer.take_sent();
  ASSERT_EQ(hello.size(), 2u);
  server.receive(hello[0], now);
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kConnected);
}

TEST_F(BrowserHelloTest, answers_the_first_fragment_with_nothing) {
  server.receive(hello[0], now);
  EXPECT_THAT(server.sent, IsEmpty());
}

TEST_F(BrowserHelloTest, survives_the_loss_of_our_last_flight) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  for (const Datagram& datagram : server.take_sent()) peer.receive(datagram);
  for (const Datagram& datagram : peer.take_sent()) server.receive(datagram, now);
  ASSERT_EQ(server.connection.state(), State::kConnected);
  server.take_sent();  // lost
  server.send("sent before the peer could read it");

  peer.expire();
  exchange(peer, server);
  ASSERT_TRUE(peer.finished());
  server.send("after");
  exchange(peer, server);
  EXPECT_THAT(peer.take_received(), testing::Contains("after"));
}

TEST_F(BrowserHelloTest, repeats_its_own_flight_after_100_ms_with_fresh_record_numbers) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  const auto lost = server.take_sent();
  ASSERT_FALSE(lost.empty());
  now = server.connection.next_deadline();
  server.on_timeout(now);
  ASSERT_FALSE(server.sent.empty());
  EXPECT_GT(load_be64(server.sent[0].data() + 3), load_be64(lost[0].data() + 3));
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kConnected);
}

TEST_F(BrowserHelloTest, refuses_renegotiation_and_goes_on) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  exchange(peer, server);
  ASSERT_TRUE(peer.renegotiate());
  const auto asked = peer.take_sent();
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(server.receive(asked[0], now), DropReason::kDtlsUnexpected);
  EXPECT_EQ(server.connection.state(), State::kConnected);
  EXPECT_EQ(server.take_sent().size(), 1u);  // no_renegotiation
}

TEST_F(BrowserHelloTest, close_notify_is_understood_both_ways) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  exchange(peer, server);
  peer.shutdown();
  exchange(peer, server);
  EXPECT_EQ(server.connection.state(), State::kClosed);
}

TEST_F(BrowserHelloTest, our_close_notify_reaches_openssl) {
  for (const Datagram& fragment : hello) server.receive(fragment, now);
  exchange(peer, server);
  server.close();
  exchange(peer, server);
  EXPECT_TRUE(peer.closed());
}

}  // namespace
}  // namespace chroom::dtls
