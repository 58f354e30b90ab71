#include "session/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/test_link.h"

namespace chroom::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using enum TransportState;

// A 12-byte RTP header and `payload`, protected by one side and opened by the other.
std::string carried_by_srtp(Transport& from, Transport& to, uint16_t sequence, const std::string& payload) {
  std::vector<uint8_t> packet(12 + payload.size() + srtp::kMaxRtpOverheadBytes);
  packet[0] = 0x80;
  packet[1] = 96;
  store_be16(&packet[2], sequence);
  store_be32(&packet[8], 0xCAFE);
  packet.resize(from.srtp_send()->protect_rtp(packet, 12, ice::text_bytes(payload), 0));
  const srtp::Unprotected opened = to.srtp_receive()->unprotect_rtp(packet, 12);
  if (!opened) return metering::drop_reason_name(opened.drop);
  return {packet.begin() + 12, packet.begin() + opened.length};
}

TEST(TransportTest, connects_and_keys_media_both_ways) {
  TestLink link;
  EXPECT_EQ(link.server.transport->srtp_send(), nullptr);
  EXPECT_EQ(link.server.transport->media_path(), nullptr);

  ASSERT_TRUE(link.connect());

  EXPECT_THAT(link.server.take_states(), ElementsAre(kConnected));
  EXPECT_EQ(link.server.last_reason, TransportReason::kEstablished);
  EXPECT_EQ(link.server.transport->media_path()->remote, link.client.address);
  Transport& server = *link.server.transport;
  Transport& client = *link.client.transport;
  EXPECT_EQ(server.srtp_send()->profile(), srtp::Profile::kAeadAes128Gcm);
  EXPECT_EQ(carried_by_srtp(client, server, 1, "up"), "up");
  EXPECT_EQ(carried_by_srtp(server, client, 1, "down"), "down");
  EXPECT_EQ(link.server.counters.get(metering::Counter::kDtlsHandshakes), 1u);
}

TEST(TransportTest, connects_within_a_few_round_trips) {
  TestLink link({.delay = milliseconds(25)});
  const Instant begin = link.now;
  ASSERT_TRUE(link.connect());
  // One for ICE, two for DTLS.
  EXPECT_LE(link.now - begin, milliseconds(3 * 50 + 5));
}

TEST(TransportTest, carries_data_messages_both_ways) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const uint16_t stream = link.client.transport->open_channel({.label = "_reliable"}, link.now).value();
  ASSERT_TRUE(link.run_until([&] { return !link.server.channels.empty(); }, seconds(5)));
  ASSERT_TRUE(link.client.transport->send_data(stream, sctp::kPpidBinary, ice::text_bytes("up"), link.now).ok());
  ASSERT_TRUE(link.server.transport->send_data(stream, sctp::kPpidBinary, ice::text_bytes("down"), link.now).ok());
  ASSERT_TRUE(link.run_until([&] { return !link.server.messages.empty() && !link.client.messages.empty(); }, seconds(5)));
  EXPECT_THAT(link.server.messages, ElementsAre("up"));
  EXPECT_THAT(link.client.messages, ElementsAre("down"));
  EXPECT_EQ(link.server.counters.get(metering::Counter::kDataMessagesReceived), 1u);
}

TEST(TransportTest, counts_messages_that_cannot_be_sent_by_their_reason) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  Transport& server = *link.server.transport;
  const uint16_t stream = link.client.transport->open_channel({.label = "_reliable"}, link.now).value();
  ASSERT_TRUE(link.run_until([&] { return !link.server.channels.empty(); }, seconds(5)));
  const std::string too_long(256 * 1024 + 1, 'x');
  EXPECT_EQ(server.send_data(stream, sctp::kPpidBinary, ice::text_bytes(too_long), link.now).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(server.send_data(stream + 2, sctp::kPpidBinary, ice::text_bytes("x"), link.now).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(link.server.counters.dropped(DropReason::kDataMessageTooLong), 1u);
  EXPECT_EQ(link.server.counters.dropped(DropReason::kDataChannelNotOpen), 1u);
  EXPECT_EQ(link.server.counters.dropped(DropReason::kSctpSendBufferFull), 0u);
}

TEST(TransportTest, refuses_data_before_it_is_connected) {
  TestLink link;
  const auto refused = link.server.transport->send_data(0, sctp::kPpidBinary, ice::text_bytes("x"), link.now);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kClosed);
}

class LossyLinkTest : public testing::TestWithParam<uint32_t> {};

TEST_P(LossyLinkTest, connects_and_delivers_a_large_message) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  TestLink link({.seed = GetParam(),
                 .loss_percent = 10,
                 .duplicate_percent = 5,
                 .delay = milliseconds(20),
                 .jitter = milliseconds(15)});
  ASSERT_TRUE(link.connect());
  const uint16_t stream = link.server.transport->open_channel({.label = "_reliable"}, link.now).value();
  const std::string large(64'000, 'x');
  ASSERT_TRUE(link.server.transport->send_data(stream, sctp::kPpidBinary, ice::text_bytes(large), link.now).ok());
  ASSERT_TRUE(link.run_until([&] { return !link.client.messages.empty(); }, seconds(60)));
  EXPECT_EQ(link.client.messages[0], large);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyLinkTest, testing::Range(1u, 21u));

TEST(TransportTest, silence_disconnects_then_fails_and_stops_media) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.server.take_states();
  link.cut = true;
  // The client's last check may be as old as its interval.
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kDisconnected; }, seconds(10)));
  EXPECT_NE(link.server.transport->media_path(), nullptr);
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kFailed; }, seconds(5)));
  EXPECT_THAT(link.server.take_states(), ElementsAre(kDisconnected, kFailed));
  EXPECT_EQ(link.server.last_reason, TransportReason::kConsentExpired);
  EXPECT_EQ(link.server.transport->media_path(), nullptr);
}

TEST(TransportTest, returns_from_disconnected_by_itself) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.server.take_states();
  link.cut = true;
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kDisconnected; }, seconds(10)));
  link.cut = false;
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kConnected; }, seconds(4)));
  EXPECT_EQ((link.server.take_states(), link.server.last_reason), TransportReason::kConsentReturned);
}

TEST(TransportTest, an_ice_restart_revives_a_failed_transport_with_its_keys_and_channels) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const uint16_t stream = link.client.transport->open_channel({.label = "_reliable"}, link.now).value();
  ASSERT_TRUE(link.run_until([&] { return !link.server.channels.empty(); }, seconds(5)));
  EXPECT_EQ(carried_by_srtp(*link.client.transport, *link.server.transport, 1, "before"), "before");
  link.cut = true;
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kFailed; }, seconds(20)));
  link.cut = false;

  link.client.address = ice::ipv4(3, 5555);  // another network
  link.client.transport->restart_ice();
  link.server.transport->restart_ice();
  link.connect_server();
  link.connect_client();

  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kConnected; }, seconds(2)));
  EXPECT_EQ(link.server.transport->media_path()->remote, link.client.address);
  EXPECT_EQ(carried_by_srtp(*link.client.transport, *link.server.transport, 2, "after"), "after");
  ASSERT_TRUE(link.client.transport->send_data(stream, sctp::kPpidString, ice::text_bytes("on"), link.now).ok());
  ASSERT_TRUE(link.run_until([&] { return !link.server.messages.empty(); }, seconds(5)));
  EXPECT_EQ(link.server.counters.get(metering::Counter::kDtlsHandshakes), 1u);
}

TEST(TransportTest, begins_dtls_before_signalling_and_waits_for_the_fingerprint) {
  TestLink link;
  link.connect_client();
  link.run_for(milliseconds(300));
  EXPECT_EQ(link.server.transport->state(), kNew);
  EXPECT_EQ(link.server.transport->srtp_receive(), nullptr);
  link.connect_server();
  EXPECT_EQ(link.server.transport->state(), kConnected);
  ASSERT_TRUE(link.run_until([&] { return link.both(kConnected); }, seconds(1)));
}

TEST(TransportTest, fails_on_a_certificate_that_was_not_signalled) {
  TestLink link;
  ConnectParameters wrong = link.towards(link.client, dtls::Role::kServer);
  wrong.remote_fingerprints[0].digest[0] ^= 1;
  ASSERT_TRUE(link.server.transport->connect(wrong, link.now).ok());
  link.connect_client();
  ASSERT_TRUE(link.run_until([&] { return link.server.transport->state() == kFailed; }, seconds(5)));
  EXPECT_EQ((link.server.take_states(), link.server.last_reason), TransportReason::kWrongCertificate);
  EXPECT_EQ(link.server.dropped(DropReason::kDtlsBadCertificate), 1u);
  EXPECT_EQ(link.server.transport->srtp_receive(), nullptr);
  link.run_for(seconds(20));
  EXPECT_EQ(link.server.transport->state(), kFailed);
}

TEST(TransportTest, fails_when_nobody_comes) {
  TestLink link;
  link.connect_server();
  EXPECT_EQ(link.server.transport->next_deadline(), link.now + Transport::kSetupTimeout);
  link.run_for(Transport::kSetupTimeout);
  EXPECT_EQ(link.server.transport->state(), kFailed);
  EXPECT_EQ((link.server.take_states(), link.server.last_reason), TransportReason::kSetupTimeout);
}

TEST(TransportTest, closing_tells_the_peer_and_may_be_repeated) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.server.take_states();
  link.server.transport->close(link.now);
  link.server.transport->close(link.now);
  EXPECT_THAT(link.server.take_states(), ElementsAre(kClosed));
  ASSERT_TRUE(link.run_until([&] { return link.client.transport->state() == kClosed; }, seconds(1)));
  EXPECT_EQ((link.client.take_states(), link.client.last_reason), TransportReason::kPeerClosed);
  EXPECT_EQ(link.server.transport->next_deadline(), kNever);
  EXPECT_FALSE(link.server.transport->connect(link.towards(link.client, dtls::Role::kServer), link.now).ok());
}

TEST(TransportTest, explains_what_is_wrong_with_parameters) {
  TestLink link;
  const ConnectParameters good = link.towards(link.client, dtls::Role::kServer);
  ConnectParameters no_fingerprint = good;
  no_fingerprint.remote_fingerprints.clear();
  ConnectParameters short_password = good;
  short_password.remote_ice.password = "short";
  for (const ConnectParameters& bad : {no_fingerprint, short_password}) {
    const Result<void> refused = link.server.transport->connect(bad, link.now);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("expected"));
  }
  ASSERT_TRUE(link.server.transport->connect(good, link.now).ok());
  ASSERT_TRUE(link.server.transport->connect(good, link.now).ok());
  ConnectParameters other_role = good;
  other_role.local_dtls_role = dtls::Role::kClient;
  EXPECT_FALSE(link.server.transport->connect(other_role, link.now).ok());
}

TEST(TransportTest, works_as_dtls_client_towards_a_dtls_server) {
  TestLink link;
  ASSERT_TRUE(link.server.transport->connect(link.towards(link.client, dtls::Role::kClient), link.now).ok());
  ASSERT_TRUE(link.client.transport->connect(link.towards(link.server, dtls::Role::kServer), link.now).ok());
  ASSERT_TRUE(link.run_until([&] { return link.both(kConnected); }, seconds(5)));
  EXPECT_EQ(carried_by_srtp(*link.server.transport, *link.client.transport, 9, "x"), "x");
}

TEST(TransportTest, asks_to_be_called_again_when_the_outbox_is_full) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  const uint16_t stream = link.server.transport->open_channel({.label = "_reliable"}, link.now).value();
  link.run_for(seconds(1));
  while (!link.server.outbox.full()) link.server.outbox.commit({}, 0);
  const std::string large(20'000, 'x');
  ASSERT_TRUE(link.server.transport->send_data(stream, sctp::kPpidBinary, ice::text_bytes(large), link.now).ok());
  EXPECT_LE(link.server.transport->next_deadline(), link.now);
  link.server.outbox.clear();
  ASSERT_TRUE(link.run_until([&] { return !link.client.messages.empty(); }, seconds(5)));
}

TEST(TransportStateTest, allows_exactly_the_moves_of_the_contract) {
  const std::vector<std::pair<TransportState, TransportState>> allowed = {
      {kNew, kConnected},          {kNew, kFailed},           {kNew, kClosed},
      {kConnected, kDisconnected}, {kConnected, kFailed},     {kConnected, kClosed},
      {kDisconnected, kConnected}, {kDisconnected, kFailed},  {kDisconnected, kClosed},
      {kFailed, kConnected},       {kFailed, kClosed},
  };
  for (const TransportState from : {kNew, kConnected, kDisconnected, kFailed, kClosed}) {
    for (const TransportState to : {kNew, kConnected, kDisconnected, kFailed, kClosed}) {
      EXPECT_EQ(move_allowed(from, to), std::count(allowed.begin(), allowed.end(), std::pair(from, to)) == 1)
          << transport_state_name(from) << " to " << transport_state_name(to);
    }
  }
}

}  // namespace
}  // namespace chroom::session
