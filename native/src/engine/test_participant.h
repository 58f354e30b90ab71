#pragma once
#include <poll.h>

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/clock.h"
#include "engine/system_random.h"
#include "net/udp_socket.h"
#include "rtcp/reader.h"
#include "rtp/header.h"
#include "session/demux.h"
#include "session/transport.h"
#include "vocabulary/check.h"

// For tests only: a participant on a socket of its own, as a browser would be: it controls ICE, is the DTLS client,
// encrypts, and keeps what arrives.
namespace chroom::engine {

class TestParticipant {
 public:
  explicit TestParticipant(const char* srtp_profiles = dtls::kSrtpProfiles)
      : identity_(std::move(dtls::Identity::generate(1'700'000'000).value())),
        dtls_(std::move(dtls::Context::create(*identity_, srtp_profiles).value())),
        socket_(std::move(net::UdpSocket::open(net::parse_address("127.0.0.1", 0).value()).value())),
        transport(workplace_, {.controlling = true, .sctp = {}}) {}

  std::string fingerprint() const { return identity_->fingerprint().value(); }

  // The engine's side as CreateTransport gave it.
  void connect(const ice::Credentials& remote_ice, uint16_t port, const std::string& remote_fingerprint) {
    parameters_.remote_ice = remote_ice;
    parameters_.remote_fingerprints = {dtls::Fingerprint::parse("sha-256", remote_fingerprint).value()};
    parameters_.local_dtls_role = dtls::Role::kClient;
    parameters_.remote_sctp_port = 5000;
    parameters_.remote_candidate = net::parse_address("127.0.0.1", port).value();
    parameters_.local_address = socket_.local();
    remote_ = parameters_.remote_candidate;
    ASSERT_OK(transport.connect(parameters_, monotonic_now()));
  }

  // After RestartIce: checks with the new credentials, everything else goes on.
  void restart_ice(const ice::Credentials& remote_ice) {
    parameters_.remote_ice = remote_ice;
    ASSERT_OK(transport.connect(parameters_, monotonic_now()));
  }

  // Takes what has come, runs timers, sends what is due.
  void pump() {
    const Instant now = monotonic_now();
    while (socket_.receive(batch_) > 0) {
      for (const net::Datagram& datagram : batch_.datagrams()) take(datagram, now);
    }
    if (transport.next_deadline() <= now) transport.on_timeout(now);
    while (transport.poll_state_change()) {
    }
    while (auto event = transport.poll_data_event()) {
      if (auto* opened = std::get_if<sctp::ChannelOpened>(&*event)) channels[opened->parameters.label] = opened->stream_id;
      if (auto* message = std::get_if<sctp::MessageReceived>(&*event)) messages.push_back(std::move(message->bytes));
    }
    flush();
  }

  // Waits for input at most until the transport's own deadline or 5 ms.
  void wait() {
    pollfd ready{socket_.fd(), POLLIN, 0};
    ::poll(&ready, 1, 5);
  }

  void open_channels() {
    for (const char* label : {"_reliable", "_lossy", "_data_track"}) {
      sctp::ChannelParameters parameters;
      parameters.label = label;
      if (std::string(label) != "_reliable") {
        parameters.ordered = false;
        parameters.max_retransmits = 0;
      }
      ASSERT_OK(transport.open_channel(parameters, monotonic_now()));
    }
    flush();
  }

  void send_data(const std::string& label, Bytes message) {
    ASSERT_OK(transport.send_data(channels.at(label), sctp::kPpidBinary, message, monotonic_now()));
    flush();
  }

  // packet: RTP in clear; rollover stays 0.
  void send_rtp(Bytes packet) {
    rtp::Header header;
    CHROOM_CHECK(rtp::parse_packet(packet, header) == DropReason::kNone, "tests send well-formed packets");
    uint8_t out[1500];
    std::memcpy(out, packet.data(), header.header_length);
    const size_t length = transport.srtp_send()->protect_rtp(out, header.header_length, packet.subspan(header.header_length), 0);
    send({out, length});
  }

  void send_rtcp(Bytes compound) {
    uint8_t out[1500];
    std::memcpy(out, compound.data(), compound.size());
    send({out, transport.srtp_send()->protect_rtcp(out, compound.size())});
  }

  // As it is, from this participant's address.
  void send(Bytes datagram) {
    net::DatagramRun run{remote_, datagram, static_cast<uint16_t>(datagram.size())};
    net::SendOutcome outcome;
    socket_.send({&run, 1}, outcome);
  }

  bool connected() const { return transport.state() == session::TransportState::kConnected; }

  struct ReceivedRtp {
    rtp::Header header;
    std::vector<uint8_t> bytes;
    Bytes payload() const { return header.payload(bytes); }
  };
  std::deque<ReceivedRtp> rtp;
  std::deque<std::vector<uint8_t>> rtcp;  // compounds in clear
  std::map<std::string, uint16_t> channels;
  std::vector<std::vector<uint8_t>> messages;
  bool keep_packets = true;  // false: only counted
  size_t rtp_count = 0;

 private:
  template <typename R>
  static void ASSERT_OK(const R& result) {
    CHROOM_CHECK(result.ok(), "tests do what the transport allows");
  }

  void take(const net::Datagram& datagram, Instant now) {
    switch (session::classify(datagram.bytes)) {
      case session::DatagramKind::kStun: transport.handle_stun(datagram.bytes, socket_.local(), datagram.from, now); break;
      case session::DatagramKind::kDtls: transport.handle_dtls(datagram.bytes, datagram.from, now); break;
      case session::DatagramKind::kRtp: take_rtp(datagram.bytes); break;
      case session::DatagramKind::kRtcp: {
        const auto opened = transport.srtp_receive()->unprotect_rtcp(datagram.bytes);
        if (opened && keep_packets) rtcp.emplace_back(datagram.bytes.begin(), datagram.bytes.begin() + opened.length);
        break;
      }
      case session::DatagramKind::kUnknown: break;
    }
  }

  void take_rtp(MutableBytes datagram) {
    ReceivedRtp packet;
    if (rtp::parse_header(datagram, packet.header) != DropReason::kNone) return;
    const auto opened = transport.srtp_receive()->unprotect_rtp(datagram, packet.header.header_length);
    if (!opened) return;
    ++rtp_count;
    if (!keep_packets) return;
    packet.bytes.assign(datagram.begin(), datagram.begin() + opened.length);
    if (rtp::parse_packet(packet.bytes, packet.header) == DropReason::kNone) rtp.push_back(std::move(packet));
  }

  void flush() {
    for (const session::Outbox::Entry& entry : outbox_.entries()) {
      net::DatagramRun run{entry.path.remote, entry.bytes, static_cast<uint16_t>(entry.bytes.size())};
      net::SendOutcome outcome;
      socket_.send({&run, 1}, outcome);
    }
    outbox_.clear();
  }

  std::unique_ptr<const dtls::Identity> identity_;
  std::unique_ptr<dtls::Context> dtls_;
  SystemRandom random_;
  metering::Counters counters_;
  session::Outbox outbox_;
  session::Workplace workplace_{*dtls_, random_, counters_, outbox_};
  net::UdpSocket socket_;
  net::ReceiveBatch batch_;
  session::ConnectParameters parameters_;
  TransportAddress remote_;

 public:
  session::Transport transport;  // last: it borrows the rest
};

}  // namespace chroom::engine
