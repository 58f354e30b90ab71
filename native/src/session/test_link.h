#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "ice/test_checks.h"
#include "session/demux.h"
#include "session/transport.h"
#include "vocabulary/check.h"

// For tests only: a lite transport and a controlling one on a seeded network in memory, with injected time.
namespace chroom::session {

struct LinkSettings {
  uint32_t seed = 1;
  uint32_t loss_percent = 0;
  uint32_t duplicate_percent = 0;
  Duration delay = std::chrono::milliseconds(10);
  Duration jitter{};  // uniform, so that datagrams overtake each other
};

// One side with all that its worker would own.
struct TestPeer {
  TestPeer(uint32_t seed, bool controlling, const TransportAddress& own_address)
      : identity(std::move(dtls::Identity::generate(1'700'000'000).value())),
        dtls(std::move(dtls::Context::create(*identity).value())),
        random(seed),
        address(own_address),
        transport(std::make_unique<Transport>(workplace, TransportConfig{.controlling = controlling, .sctp = {}})) {}

  uint64_t dropped(DropReason reason) const { return counters.dropped(reason); }
  std::vector<TransportState> take_states() {
    std::vector<TransportState> states;
    while (const auto change = transport->poll_state_change()) {
      states.push_back(change->to);
      last_reason = change->reason;
    }
    return states;
  }
  void drain_data() {
    while (auto event = transport->poll_data_event()) {
      if (auto* message = std::get_if<sctp::MessageReceived>(&*event)) {
        messages.emplace_back(message->bytes.begin(), message->bytes.end());
      } else if (auto* opened = std::get_if<sctp::ChannelOpened>(&*event)) {
        channels.push_back(opened->stream_id);
      }
    }
  }

  std::unique_ptr<const dtls::Identity> identity;
  std::unique_ptr<dtls::Context> dtls;
  ice::SeededRandom random;
  metering::Counters counters;
  Outbox outbox;
  Workplace workplace{*dtls, random, counters, outbox};
  TransportAddress address;
  std::unique_ptr<Transport> transport;
  TransportReason last_reason = TransportReason::kNone;
  std::vector<std::string> messages;
  std::vector<uint16_t> channels;
  size_t bytes_sent = 0;
};

class TestLink {
 public:
  explicit TestLink(const LinkSettings& link_settings = {})
      : settings(link_settings), network(link_settings.seed) {}

  ConnectParameters towards(const TestPeer& peer, dtls::Role local_role, uint16_t sctp_port = 5000) const {
    ConnectParameters parameters;
    parameters.remote_ice = peer.transport->local_ice();
    parameters.remote_fingerprints = {peer.identity->fingerprint()};
    parameters.local_dtls_role = local_role;
    parameters.remote_sctp_port = sctp_port;
    parameters.remote_candidate = peer.address;
    parameters.local_address = &peer == &server ? client.address : server.address;
    return parameters;
  }
  void connect_server() { expect_ok(server.transport->connect(towards(client, dtls::Role::kServer), now)); }
  void connect_client() { expect_ok(client.transport->connect(towards(server, dtls::Role::kClient), now)); }

  // Runs until `done` or `limit` later; true when done.
  template <typename F>
  bool run_until(F&& done, Duration limit) {
    const Instant end = now + limit;
    while (true) {
      collect(client, server);
      collect(server, client);
      if (done()) return true;
      const Instant due = next_due();
      if (due > end) {
        now = end;
        return false;
      }
      now = std::max(now, due);
      deliver();
      for (TestPeer* peer : {&client, &server}) {
        if (peer->transport->next_deadline() <= now) peer->transport->on_timeout(now);
        peer->drain_data();
      }
    }
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }
  bool connect(Duration limit = std::chrono::seconds(20)) {
    connect_server();
    connect_client();
    return run_until([&] { return both(TransportState::kConnected); }, limit);
  }
  bool both(TransportState state) const {
    return client.transport->state() == state && server.transport->state() == state;
  }

  LinkSettings settings;
  Instant now{std::chrono::seconds(1000)};
  bool cut = false;  // nothing gets through
  TestPeer server{11, false, ice::ipv4(1, 7000)};
  TestPeer client{22, true, ice::ipv4(2, 5000)};

 private:
  struct InFlight {
    TestPeer* to;
    TransportAddress from;
    std::vector<uint8_t> bytes;
  };

  static void expect_ok(const Result<void>& result) {
    CHROOM_CHECK(result.ok(), "the parameters of this test link are well formed");
  }

  void collect(TestPeer& from, TestPeer& to) {
    for (const Outbox::Entry& entry : from.outbox.entries()) {
      from.bytes_sent += entry.bytes.size();
      if (cut || network() % 100 < settings.loss_percent) continue;
      const int copies = network() % 100 < settings.duplicate_percent ? 2 : 1;
      for (int i = 0; i < copies; ++i) {
        const int64_t jitter_us = settings.jitter.count() == 0 ? 0 : network() % settings.jitter.count();
        flying.emplace(now + settings.delay + Duration(jitter_us),
                       InFlight{&to, from.address, {entry.bytes.begin(), entry.bytes.end()}});
      }
    }
    from.outbox.clear();
  }
  Instant next_due() const {
    const Instant arrival = flying.empty() ? kNever : flying.begin()->first;
    return std::min({arrival, client.transport->next_deadline(), server.transport->next_deadline()});
  }
  void deliver() {
    while (!flying.empty() && flying.begin()->first <= now) {
      InFlight datagram = std::move(flying.begin()->second);
      flying.erase(flying.begin());
      Transport& to = *datagram.to->transport;
      if (classify(datagram.bytes) == DatagramKind::kStun) {
        to.handle_stun(datagram.bytes, datagram.to->address, datagram.from, now);
      } else {
        to.handle_dtls(datagram.bytes, datagram.from, now);
      }
    }
  }

  std::mt19937 network;
  std::multimap<Instant, InFlight> flying;
};

}  // namespace chroom::session
