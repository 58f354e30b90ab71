#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/test_link.h"

namespace chroom::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TransportAddress kStranger = ice::ipv4(66, 6666);

std::vector<uint8_t> random_datagram(std::mt19937& random, uint8_t first) {
  std::vector<uint8_t> datagram(1 + random() % 1400);
  for (uint8_t& byte : datagram) byte = static_cast<uint8_t>(random());
  datagram[0] = first;
  return datagram;
}

TEST(HostilePeerTest, an_unproven_address_gets_no_answer_to_anything) {
  TestLink link;
  link.connect_server();
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<uint8_t> stun = random_datagram(random, static_cast<uint8_t>(i % 4));
    link.server.transport->handle_stun(stun, link.server.address, kStranger, link.now);
    std::vector<uint8_t> dtls = random_datagram(random, static_cast<uint8_t>(20 + i % 44));
    EXPECT_EQ(link.server.transport->handle_dtls(dtls, kStranger, link.now), DropReason::kDatagramUnknownSource);
  }
  EXPECT_TRUE(link.server.outbox.entries().empty());
  EXPECT_EQ(link.server.dropped(DropReason::kDatagramUnknownSource), 2000u);
  EXPECT_GT(link.server.dropped(DropReason::kStunMalformed), 1900u);
  ASSERT_TRUE(link.connect()) << "and the real peer still comes in";
}

TEST(HostilePeerTest, a_check_with_a_wrong_password_is_counted_and_not_answered) {
  TestLink link;
  ice::Credentials guessed = link.server.transport->local_ice();
  guessed.password = "guessedguessedguessedgue";
  const Handled handled =
      link.server.transport->handle_stun(ice::binding_request(guessed), link.server.address, kStranger, link.now);
  EXPECT_EQ(handled.dropped, DropReason::kStunBadIntegrity);
  EXPECT_TRUE(link.server.outbox.entries().empty());
  EXPECT_EQ(link.server.dropped(DropReason::kStunBadIntegrity), 1u);
}

TEST(HostilePeerTest, garbage_on_a_proven_path_does_not_disturb_a_connected_session) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::vector<uint8_t> dtls = random_datagram(random, static_cast<uint8_t>(20 + i % 4));
    if (i % 2 == 0 && dtls.size() > 13) {  // a whole record of the right epoch
      store_be16(&dtls[1], dtls::kVersionDtls12);
      store_be16(&dtls[3], 1);
      store_be16(&dtls[11], static_cast<uint16_t>(dtls.size() - 13));
    }
    EXPECT_NE(link.server.transport->handle_dtls(dtls, link.client.address, link.now), DropReason::kNone);
  }
  EXPECT_EQ(link.server.transport->state(), TransportState::kConnected);
  const uint16_t stream = link.client.transport->open_channel({.label = "_lossy"}, link.now).value();
  ASSERT_TRUE(link.client.transport->send_data(stream, sctp::kPpidBinary, ice::text_bytes("fine"), link.now).ok());
  ASSERT_TRUE(link.run_until([&] { return !link.server.messages.empty(); }, seconds(5)));
}

TEST(HostilePeerTest, garbage_during_the_handshake_ends_in_a_failure_with_a_reason_or_in_a_connection) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    TestLink link({.seed = seed});
    link.connect_server();
    link.connect_client();
    std::mt19937 random(seed);
    link.run_until(
        [&] {
          if (link.server.transport->knows(link.client.address)) {
            std::vector<uint8_t> dtls = random_datagram(random, static_cast<uint8_t>(20 + random() % 4));
            link.server.transport->handle_dtls(dtls, link.client.address, link.now);
          }
          return link.server.transport->state() != TransportState::kNew;
        },
        seconds(31));
    EXPECT_NE(link.server.transport->state(), TransportState::kNew);
  }
}

// A client that says hello and then goes silent makes the server repeat its certificate.
TEST(HostilePeerTest, a_half_open_handshake_never_sends_more_than_eight_times_what_came) {
  TestLink link;
  ice::ControllingAgent ice_client(link.client.random);
  ice_client.connect(link.server.transport->local_ice(), link.now);
  std::vector<uint8_t> check(ice::ControllingAgent::kMaxCheckBytes);
  check.resize(ice_client.on_timeout(link.now, check));
  link.connect_server();
  link.server.transport->handle_stun(check, link.server.address, link.client.address, link.now);
  dtls::Connection hello(*link.client.dtls, dtls::Role::kClient);
  hello.start(link.now, link.client.workplace.dtls_output);
  const Bytes first = link.client.workplace.dtls_output.datagram(0);
  std::vector<uint8_t> flight(first.begin(), first.end());
  const size_t received = check.size() + flight.size();
  size_t sent = 0;
  link.server.transport->handle_dtls(flight, link.client.address, link.now);
  while (link.server.transport->state() == TransportState::kNew) {
    for (const Outbox::Entry& entry : link.server.outbox.entries()) {
      if (classify(entry.bytes) == DatagramKind::kDtls) sent += entry.bytes.size();
    }
    link.server.outbox.clear();
    link.now = link.server.transport->next_deadline();
    link.server.transport->on_timeout(link.now);
  }
  EXPECT_GT(sent, received);
  EXPECT_LE(sent, 8 * received);
  EXPECT_GT(link.server.dropped(DropReason::kDtlsAmplificationLimit), 0u);
}

TEST(HostilePeerTest, a_replayed_srtp_packet_is_refused) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  std::vector<uint8_t> packet(12 + 4 + srtp::kMaxRtpOverheadBytes);
  packet[0] = 0x80;
  packet[3] = 7;
  packet.resize(link.client.transport->srtp_send()->protect_rtp(packet, 12, ice::text_bytes("once"), 0));
  std::vector<uint8_t> copy = packet;
  EXPECT_TRUE(link.server.transport->srtp_receive()->unprotect_rtp(packet, 12));
  EXPECT_EQ(link.server.transport->srtp_receive()->unprotect_rtp(copy, 12).drop, DropReason::kSrtpReplayed);
}

TEST(HostilePeerTest, everything_after_the_end_is_counted_as_closed) {
  TestLink link;
  ASSERT_TRUE(link.connect());
  link.server.transport->close(link.now);
  link.server.outbox.clear();
  std::vector<uint8_t> record(40, 23);
  EXPECT_EQ(link.server.transport->handle_dtls(record, link.client.address, link.now), DropReason::kSessionClosed);
  const std::vector<uint8_t> request = ice::binding_request(link.server.transport->local_ice());
  EXPECT_EQ(link.server.transport->handle_stun(request, link.server.address, link.client.address, link.now).dropped,
            DropReason::kSessionClosed);
  EXPECT_TRUE(link.server.outbox.entries().empty());
}

TEST(DemuxTest, tells_the_kinds_apart_by_their_first_bytes) {
  const auto kind = [](uint8_t first, uint8_t second) { return classify(std::array<uint8_t, 2>{first, second}); };
  EXPECT_EQ(kind(0, 1), DatagramKind::kStun);
  EXPECT_EQ(kind(3, 0), DatagramKind::kStun);
  EXPECT_EQ(kind(4, 0), DatagramKind::kUnknown);
  EXPECT_EQ(kind(19, 0), DatagramKind::kUnknown);
  EXPECT_EQ(kind(20, 0), DatagramKind::kDtls);
  EXPECT_EQ(kind(63, 0), DatagramKind::kDtls);
  EXPECT_EQ(kind(64, 0), DatagramKind::kUnknown);
  EXPECT_EQ(kind(128, 96), DatagramKind::kRtp);
  EXPECT_EQ(kind(128, 191), DatagramKind::kRtp);
  EXPECT_EQ(kind(128, 192), DatagramKind::kRtcp);
  EXPECT_EQ(kind(191, 223), DatagramKind::kRtcp);
  EXPECT_EQ(kind(128, 224), DatagramKind::kRtp);
  EXPECT_EQ(kind(192, 0), DatagramKind::kUnknown);
  EXPECT_EQ(classify(std::array<uint8_t, 1>{0}), DatagramKind::kUnknown);
}

}  // namespace
}  // namespace chroom::session
