#include "instructions/memory_room.h"

#include "instructions/counted.h"
#include "net/socket_address.h"
#include "router/protobuf_fields.h"
#include "rtp/extensions.h"
#include "session/demux.h"
#include "vocabulary/check.h"

namespace chroom::instructions {
namespace {

constexpr const char* kRoom = "RM_memory";
constexpr const char* kTrack = "TR_video";
constexpr uint16_t kWorkerPort = 7000;
constexpr uint16_t kFirstPeerPort = 20000;
constexpr uint32_t kVideoSsrc = 0x1000;
constexpr uint8_t kPayloadType = 96;
constexpr uint8_t kTransportCcId = 3;
constexpr uint8_t kAbsSendTimeId = 2;
constexpr uint32_t kReporterSsrc = 1;
constexpr Duration kReportInterval = std::chrono::seconds(1);
constexpr Duration kConsentInterval = std::chrono::milliseconds(2500);
constexpr Duration kConnectStep = std::chrono::milliseconds(5);
constexpr int kMaxConnectSteps = 4000;
constexpr size_t kRtcpBytes = 1200;
// Every how many arrivals one is decrypted and looked at.
constexpr uint32_t kOpenEvery = 64;

TransportAddress loopback(uint16_t port) { return net::parse_address("127.0.0.1", port).value(); }

std::string session_name(size_t index) { return "PA_" + std::to_string(index); }

std::vector<uint8_t> field(Bytes message, uint32_t number) {
  router::ProtobufReader reader(message);
  router::ProtobufField found;
  while (reader.next(found)) {
    if (found.number == number) return {found.body.begin(), found.body.end()};
  }
  return {};
}

std::string text_field(Bytes message, uint32_t number) {
  const std::vector<uint8_t> bytes = field(message, number);
  return {bytes.begin(), bytes.end()};
}

uint32_t number_field(Bytes message, uint32_t number) {
  router::ProtobufReader reader(message);
  router::ProtobufField found;
  while (reader.next(found)) {
    if (found.number == number) return static_cast<uint32_t>(found.varint);
  }
  return 0;
}

}  // namespace

void CountingRandom::fill(MutableBytes out) {
  for (uint8_t& byte : out) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(state_ >> 56);
  }
}

struct MemoryRoom::Peer {
  Peer(size_t number, session::Workplace& workplace)
      : index(number),
        address(loopback(static_cast<uint16_t>(kFirstPeerPort + number))),
        transport(workplace, {.controlling = true, .consent_interval = kConsentInterval, .sctp = {}}) {}

  const size_t index;
  const TransportAddress address;
  session::Transport transport;
  congestion::FeedbackGenerator feedback{kReporterSsrc};
  std::optional<load::ReceivedStream> received;
  Instant next_report{};
  uint32_t until_opened = 1;
};

MemoryRoom::MemoryRoom(size_t receivers, const char* srtp_profile)
    : identity_(std::move(dtls::Identity::generate(1'700'000'000).value())),
      worker_dtls_(std::move(dtls::Context::create(*identity_).value())),
      worker_address_(loopback(kWorkerPort)),
      switchboard_({}, random_, *worker_dtls_, ring_, {worker_address_}, {{"1", "127.0.0.1", kWorkerPort, 1}},
                   {identity_->fingerprint().algorithm_name(), identity_->fingerprint().value()}, links_),
      peer_dtls_(std::move(dtls::Context::create(*identity_, srtp_profile).value())),
      workplace_(*peer_dtls_, random_, peer_counters_, outbox_),
      stream_({.ssrc = kVideoSsrc,
               .payload_type = kPayloadType,
               .transport_cc_id = kTransportCcId,
               .abs_send_time_id = kAbsSendTimeId}) {
  for (size_t i = 0; i <= receivers; ++i) join(i);
  connect_all();
  subscribe_all();
}

MemoryRoom::~MemoryRoom() = default;

// The payload of the answer to one command; a refusal ends the program.
std::vector<uint8_t> MemoryRoom::call(engine::Command command) {
  const uint32_t id = ++last_request_;
  switchboard_.run_command(id, std::move(command), now_);
  std::vector<uint8_t> answer;
  ring_.drain([&](const engine::RecordHeader& header, Bytes payload) {
    if (header.request_id != id) return;
    CHROOM_CHECK(header.kind == engine::RecordKind::kResult, "the room asks for what an engine allows");
    answer.assign(payload.begin(), payload.end());
  });
  return answer;
}

void MemoryRoom::join(size_t index) {
  const std::string session = session_name(index);
  call(engine::CreateSession{.room = kRoom, .session = session, .identity = session, .can_subscribe = true});
  const std::vector<uint8_t> created = call(engine::CreateTransport{kRoom, session, engine::TransportRole::kPublisher});
  peers_.push_back(std::make_unique<Peer>(index, workplace_));
  Peer& peer = *peers_.back();

  const ice::Credentials& own = peer.transport.local_ice();
  engine::ConnectTransport connect{.room = kRoom, .session = session, .role = engine::TransportRole::kPublisher};
  connect.remote_ice = {own.username_fragment, own.password};
  connect.remote_fingerprints = {{"sha-256", identity_->fingerprint().value()}};
  connect.local_dtls_role = engine::DtlsRole::kServer;
  connect.header_extensions = {
      {"urn:ietf:params:rtp-hdrext:sdes:mid", 4},
      {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", kTransportCcId},
      {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", kAbsSendTimeId}};
  call(std::move(connect));

  const std::vector<uint8_t> ice = field(created, 1);
  session::ConnectParameters parameters;
  parameters.remote_ice = {text_field(ice, 1), text_field(ice, 2)};
  parameters.remote_fingerprints = {identity_->fingerprint()};
  parameters.local_dtls_role = dtls::Role::kClient;
  parameters.remote_candidate = worker_address_;
  parameters.local_address = peer.address;
  CHROOM_CHECK(peer.transport.connect(parameters, now_).ok(), "what the worker answered is well formed");
  for (const session::Outbox::Entry& entry : outbox_.entries()) {
    to_worker_.push_back({index, {entry.bytes.begin(), entry.bytes.end()}});
  }
  outbox_.clear();
}

void MemoryRoom::connect_all() {
  const auto connected = [](const auto& peer) { return peer->transport.state() == session::TransportState::kConnected; };
  for (int step = 0; step < kMaxConnectSteps; ++step) {
    deliver();
    turn_of_worker();
    turn_of_peers();
    ring_.drain([](const engine::RecordHeader&, Bytes) {});
    if (to_worker_.empty() && std::all_of(peers_.begin(), peers_.end(), connected)) return;
    now_ += kConnectStep;
  }
  CHROOM_CHECK(false, "everybody connects over a perfect network");
}

void MemoryRoom::subscribe_all() {
  engine::Publish publish{.room = kRoom, .session = session_name(0), .role = engine::TransportRole::kPublisher};
  publish.track = kTrack;
  publish.kind = engine::MediaKind::kVideo;
  publish.mid = "0";
  publish.codecs = {{kPayloadType, "video/VP8", 90000, 0, "", kPayloadType + 1, true, true, true}};
  publish.encodings = {{"", kVideoSsrc, kVideoSsrc + 1, 2}};
  call(std::move(publish));
  for (size_t i = 1; i < peers_.size(); ++i) {
    engine::Subscribe subscribe{.room = kRoom, .session = session_name(i), .role = engine::TransportRole::kPublisher};
    subscribe.track = kTrack;
    subscribe.mid = "1";
    subscribe.payloads = {{kPayloadType, 100, 101}};
    subscribe.max_quality = 2;
    peers_[i]->received.emplace(number_field(call(std::move(subscribe)), 1), 90000);
    // Spread over the second, as those of people who did not join at once.
    peers_[i]->next_report = now_ + kReportInterval * i / peers_.size();
  }
}

void MemoryRoom::forward_frame(const load::FrameShape& shape) {
  now_ += Duration(1'000'000 / kFramesPerSecond);
  Peer& publisher = *peers_.front();
  for (const Bytes packet : stream_.write_frame(*publisher.transport.srtp_send(), shape, transport_sequence_, now_)) {
    to_worker_.push_back({publisher.index, {packet.begin(), packet.end()}});
  }
  deliver();
  turn_of_worker();
  turn_of_peers();
  deliver();
  turn_of_worker();
  ring_.drain([](const engine::RecordHeader&, Bytes) {});
}

// Everything that is under way, in one batch.
void MemoryRoom::deliver() {
  std::vector<net::Datagram> batch;
  for (Datagram& datagram : to_worker_) batch.push_back({peers_[datagram.peer]->address, datagram.bytes});
  {
    Flip counted;
    switchboard_.receive(worker_address_, batch, now_);
  }
  to_worker_.clear();
}

void MemoryRoom::turn_of_worker() {
  const auto hand_over = [&](size_t, std::span<net::DatagramRun> runs) {
    Flip uncounted;
    for (const net::DatagramRun& run : runs) {
      Peer& peer = *peers_[run.to.port - kFirstPeerPort];
      for (size_t at = 0; at < run.bytes.size(); at += run.segment_bytes) {
        const Bytes bytes = run.bytes.subspan(at, std::min<size_t>(run.segment_bytes, run.bytes.size() - at));
        to_peers_.push_back({peer.index, {bytes.begin(), bytes.end()}});
      }
    }
    return runs.size();
  };
  Flip counted;
  switchboard_.run_timers(now_);
  switchboard_.flush_control(now_, hand_over);
  while (switchboard_.has_media()) switchboard_.flush_media(router::Runs::kAll, now_, hand_over);
  switchboard_.events().take_written();
}

void MemoryRoom::turn_of_peers() {
  for (Datagram& datagram : to_peers_) arrived(*peers_[datagram.peer], datagram.bytes);
  to_peers_.clear();
  for (const auto& peer : peers_) {
    if (peer->transport.next_deadline() <= now_) peer->transport.on_timeout(now_);
    while (peer->transport.poll_state_change()) {
    }
    if (peer->received && peer->feedback.next_deadline() <= now_) send_feedback(*peer);
    if (peer->received && peer->next_report <= now_) send_report(*peer);
    for (const session::Outbox::Entry& entry : outbox_.entries()) {
      to_worker_.push_back({peer->index, {entry.bytes.begin(), entry.bytes.end()}});
    }
    outbox_.clear();
  }
}

void MemoryRoom::arrived(Peer& peer, MutableBytes datagram) {
  switch (session::classify(datagram)) {
    case session::DatagramKind::kRtp: take_rtp(peer, datagram); break;
    case session::DatagramKind::kRtcp: break;
    case session::DatagramKind::kStun: peer.transport.handle_stun(datagram, peer.address, worker_address_, now_); break;
    case session::DatagramKind::kDtls: peer.transport.handle_dtls(datagram, worker_address_, now_); break;
    case session::DatagramKind::kUnknown: break;
  }
}

void MemoryRoom::take_rtp(Peer& peer, MutableBytes datagram) {
  rtp::Header header;
  if (rtp::parse_header(datagram, header) != DropReason::kNone || !peer.received || header.ssrc != peer.received->ssrc()) {
    ++tally_.other;
    return;
  }
  ++tally_.packets;
  peer.received->count(header, now_, tally_);
  const auto sequence = rtp::find_extension(datagram, header, kTransportCcId);
  if (sequence && sequence->size() == 2) peer.feedback.on_packet(load_be16(sequence->data()), header.ssrc, now_);
  if (--peer.until_opened != 0) return;
  peer.until_opened = kOpenEvery;
  const bool authentic = static_cast<bool>(peer.transport.srtp_receive()->unprotect_rtp(datagram, header.header_length));
  ++(authentic ? tally_.opened : tally_.unopenable);
}

void MemoryRoom::send_feedback(Peer& peer) {
  for (;;) {
    std::array<uint8_t, kRtcpBytes + 64> buffer;
    rtcp::Writer writer(MutableBytes(buffer).first(kRtcpBytes));
    if (!peer.feedback.write(writer, now_)) return;
    post_rtcp(peer, buffer, writer.length());
  }
}

void MemoryRoom::send_report(Peer& peer) {
  peer.next_report += kReportInterval;
  std::array<uint8_t, kRtcpBytes + 64> buffer;
  rtcp::Writer writer(MutableBytes(buffer).first(kRtcpBytes));
  const rtcp::ReportBlock block = peer.received->report(now_);
  if (writer.receiver_report(kReporterSsrc, {&block, 1})) post_rtcp(peer, buffer, writer.length());
}

void MemoryRoom::post_rtcp(Peer& peer, MutableBytes buffer, size_t length) {
  const size_t sealed = peer.transport.srtp_send()->protect_rtcp(buffer, length);
  to_worker_.push_back({peer.index, {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(sealed)}});
}

}  // namespace chroom::instructions
