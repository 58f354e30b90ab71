#include <gtest/gtest.h>
#include <malloc.h>

#include "session/test_link.h"
#include "vocabulary/sanitizers.h"

namespace chroom::session {
namespace {

constexpr bool kHeapIsReal = !CHROOM_ADDRESS_SANITIZER && !CHROOM_THREAD_SANITIZER;

// One worker with one side of many transports.
struct Side {
  explicit Side(uint32_t seed) : random(seed) {}

  std::unique_ptr<const dtls::Identity> identity = std::move(dtls::Identity::generate(1'700'000'000).value());
  std::unique_ptr<dtls::Context> dtls = std::move(dtls::Context::create(*identity).value());
  ice::SeededRandom random;
  metering::Counters counters;
  Outbox outbox;
  Workplace workplace{*dtls, random, counters, outbox};
};

const TransportAddress kServer = ice::ipv4(1, 7000);
const TransportAddress kClient = ice::ipv4(2, 5000);

ConnectParameters parameters_for(Transport& peer, const Side& peer_side, dtls::Role role) {
  ConnectParameters parameters;
  parameters.remote_ice = peer.local_ice();
  parameters.remote_fingerprints = {peer_side.identity->fingerprint()};
  parameters.local_dtls_role = role;
  parameters.remote_sctp_port = 5000;
  parameters.remote_candidate = kServer;
  parameters.local_address = kClient;
  return parameters;
}

void carry(Side& from, Transport& to, const TransportAddress& local, const TransportAddress& remote, Instant now) {
  for (const Outbox::Entry& entry : from.outbox.entries()) {
    std::vector<uint8_t> datagram(entry.bytes.begin(), entry.bytes.end());
    if (classify(datagram) == DatagramKind::kStun) {
      to.handle_stun(datagram, local, remote, now);
    } else {
      to.handle_dtls(datagram, remote, now);
    }
  }
  from.outbox.clear();
}

// A packet each way, so that both contexts have their ciphers.
void use_srtp(Transport& from, Transport& to) {
  std::vector<uint8_t> packet(12 + 100 + srtp::kMaxRtpOverheadBytes);
  packet[0] = 0x80;
  packet.resize(from.srtp_send()->protect_rtp(packet, 12, Bytes(packet).first(0), 0));
  to.srtp_receive()->unprotect_rtp(packet, 12);
  std::vector<uint8_t> report(8 + srtp::kMaxRtcpOverheadBytes);
  report[0] = 0x80;
  report[1] = 201;
  report[3] = 1;
  report.resize(from.srtp_send()->protect_rtcp(report, 8));
  to.srtp_receive()->unprotect_rtcp(report);
}

// The bar of an idle connected session is 64 kB of RSS, of which this is the transport's part.
TEST(TransportMemoryTest, an_idle_connected_transport_with_three_channels_is_small) {
  if (!kHeapIsReal) GTEST_SKIP() << "a sanitizer's allocator has no mallinfo2";
  constexpr size_t kPairs = 200;
  Side server_side(1);
  Side client_side(2);
  Instant now{std::chrono::seconds(1000)};
  std::vector<std::unique_ptr<Transport>> servers;
  servers.reserve(kPairs);
  size_t before = 0;
  for (size_t i = 0; i < kPairs + 1; ++i) {
    if (i == 1) before = mallinfo2().uordblks;  // the first has warmed OpenSSL up
    auto server = std::make_unique<Transport>(server_side.workplace, TransportConfig{});
    Transport client(client_side.workplace, TransportConfig{.controlling = true, .sctp = {}});
    ASSERT_TRUE(server->connect(parameters_for(client, client_side, dtls::Role::kServer), now).ok());
    ASSERT_TRUE(client.connect(parameters_for(*server, server_side, dtls::Role::kClient), now).ok());
    size_t opened = 0;
    for (int round = 0; round < 40 && opened < 3; ++round) {
      carry(client_side, *server, kServer, kClient, now);
      carry(server_side, client, kClient, kServer, now);
      now += std::chrono::milliseconds(1);
      if (client.state() == TransportState::kConnected && round == 10) {
        for (const char* label : {"_reliable", "_lossy", "_data_track"}) {
          ASSERT_TRUE(client.open_channel({.label = label}, now).ok());
        }
      }
      while (const auto event = server->poll_data_event()) opened += std::holds_alternative<sctp::ChannelOpened>(*event);
      while (client.poll_data_event()) {
      }
    }
    ASSERT_EQ(opened, 3u);
    use_srtp(client, *server);
    use_srtp(*server, client);
    server_side.outbox.clear();
    client_side.outbox.clear();
    while (server->poll_state_change()) {
    }
    if (i > 0) servers.push_back(std::move(server));
  }
  const size_t bytes = (mallinfo2().uordblks - before) / kPairs;
  RecordProperty("heap_bytes_per_transport", static_cast<int>(bytes));
  std::printf("heap bytes per idle connected transport: %zu (object itself %zu)\n", bytes, sizeof(Transport));
  EXPECT_LE(bytes, 16u * 1024);
}

}  // namespace
}  // namespace chroom::session
