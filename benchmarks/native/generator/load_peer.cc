#include "generator/load_peer.h"

#include <cstring>
#include <variant>

#include "generator/wall_clock.h"
#include "rtp/extensions.h"
#include "session/demux.h"
#include "stun/writer.h"
#include "vocabulary/check.h"

namespace chroom::load {
namespace {

constexpr size_t kRtcpBytes = 1200;
constexpr size_t kCheckAnswerBytes = 128;
constexpr uint32_t kReporterSsrc = 1;
constexpr const char* kChannelLabels[] = {"_reliable", "_lossy", "_data_track"};

}  // namespace

Workshop::Workshop()
    : identity(std::move(dtls::Identity::generate(wall_ns() / 1'000'000'000).value())),
      gcm_dtls(std::move(dtls::Context::create(*identity, "SRTP_AEAD_AES_128_GCM").value())),
      cm_dtls(std::move(dtls::Context::create(*identity, "SRTP_AES128_CM_SHA1_80").value())),
      gcm_workplace(*gcm_dtls, random, counters, outbox),
      cm_workplace(*cm_dtls, random, counters, outbox) {}

LoadPeer::LoadPeer(Workshop& workshop, Cipher cipher)
    : workshop_(workshop),
      socket_(workshop.local_address),
      transport_(workshop.workplace_for(cipher), {.controlling = true, .consent_interval = kConsentInterval, .sctp = {}}) {}

Result<void> LoadPeer::connect(const Remote& remote, Instant now) {
  Result<dtls::Fingerprint> fingerprint = dtls::Fingerprint::parse("sha-256", remote.fingerprint);
  if (!fingerprint) return fingerprint.error();
  session::ConnectParameters parameters;
  parameters.remote_ice = remote.ice;
  parameters.remote_fingerprints = {fingerprint.value()};
  parameters.local_dtls_role = dtls::Role::kClient;
  parameters.remote_sctp_port = remote.data_channels ? 5000 : 0;
  parameters.remote_candidate = remote_ = remote.candidate;
  parameters.local_address = socket_.local();
  wanted_channels_ = remote.data_channels ? std::size(kChannelLabels) : 0;
  socket_.connect(remote.candidate);
  const Result<void> connected = transport_.connect(parameters, now);
  flush();
  return connected;
}

void LoadPeer::receive(uint32_t ssrc, uint32_t clock_rate, uint8_t transport_cc_id) {
  received_.emplace_back(ssrc, clock_rate);
  transport_cc_id_ = transport_cc_id;
  if (!feedback_ && transport_cc_id != 0) feedback_.emplace(kReporterSsrc);
}

size_t LoadPeer::pump(Reading reading, Instant now) {
  const std::span<Arrival> arrivals = socket_.receive(workshop_.inbox, reading);
  for (const Arrival& arrival : arrivals) take(arrival, now);
  if (transport_.next_deadline() <= now) transport_.on_timeout(now);
  while (transport_.poll_state_change()) {
  }
  if (connected() && !channels_asked_) open_channels(now);
  while (auto event = transport_.poll_data_event()) {
    if (std::holds_alternative<sctp::ChannelOpened>(*event)) ++open_channels_;
  }
  if (feedback_ && feedback_->next_deadline() <= now) send_feedback(now);
  if (connected() && next_report_ <= now) send_reports(now);
  flush();
  return arrivals.size();
}

void LoadPeer::open_channels(Instant now) {
  channels_asked_ = true;
  next_report_ = now + kReportInterval;
  for (size_t i = 0; i < wanted_channels_; ++i) {
    sctp::ChannelParameters parameters;
    parameters.label = kChannelLabels[i];
    if (i > 0) {
      parameters.ordered = false;
      parameters.max_retransmits = 0;
    }
    CHROOM_CHECK(transport_.open_channel(parameters, now).ok(), "a connected transport with SCTP opens channels");
  }
}

void LoadPeer::take(const Arrival& arrival, Instant now) {
  switch (session::classify(arrival.bytes)) {
    case session::DatagramKind::kRtp: take_rtp(arrival, now); break;
    case session::DatagramKind::kRtcp: take_rtcp(arrival.bytes, now); break;
    case session::DatagramKind::kStun:
      if (!answer_check(arrival.bytes)) transport_.handle_stun(arrival.bytes, socket_.local(), remote_, now);
      break;
    case session::DatagramKind::kDtls: transport_.handle_dtls(arrival.bytes, remote_, now); break;
    case session::DatagramKind::kUnknown: break;
  }
}

bool LoadPeer::answer_check(Bytes datagram) {
  stun::Message message;
  if (stun::parse(datagram, message) != DropReason::kNone || message.message_class != stun::MessageClass::kRequest) return false;
  const std::string& password = local_ice().password;
  const stun::IntegrityKey key(Bytes(reinterpret_cast<const uint8_t*>(password.data()), password.size()));
  if (message.integrity_offset == 0 || !stun::verify_integrity(message, key)) return true;
  std::array<uint8_t, kCheckAnswerBytes> answer;
  const size_t length = stun::Writer(answer, stun::MessageClass::kSuccess, message.transaction_id).xor_mapped_address(remote_).finish(&key);
  socket_.send(Bytes(answer).first(length));
  return true;
}

void LoadPeer::take_rtp(const Arrival& arrival, Instant now) {
  rtp::Header header;
  if (rtp::parse_header(arrival.bytes, header) != DropReason::kNone) {
    ++workshop_.tally.damaged;
    return;
  }
  ReceivedStream* stream = stream_of(header.ssrc);
  if (stream == nullptr) {
    ++workshop_.tally.other;
  } else {
    ++workshop_.tally.packets;
    workshop_.tally.bytes += arrival.datagram_bytes;
    stream->count(header, now, workshop_.tally);
  }
  if (feedback_) {
    const auto sequence = rtp::find_extension(arrival.bytes, header, transport_cc_id_);
    if (sequence && sequence->size() == 2) feedback_->on_packet(load_be16(sequence->data()), header.ssrc, now);
  }
  if (stream != nullptr && arrival.whole() && --until_opened_ == 0) {
    until_opened_ = workshop_.open_every;
    look_into(arrival, header);
  }
}

void LoadPeer::look_into(const Arrival& arrival, const rtp::Header& outer) {
  Tally& tally = workshop_.tally;
  rtp::Header header = outer;
  srtp::ReceiveContext* srtp = transport_.srtp_receive();
  const srtp::Unprotected opened = srtp->unprotect_rtp(arrival.bytes, header.header_length);
  if (!opened) {
    ++tally.unopenable;
    return;
  }
  ++tally.opened;
  const Bytes packet = arrival.bytes.first(opened.length);
  PayloadMark mark;
  if (rtp::parse_packet(packet, header) != DropReason::kNone || header.payload_length < PayloadMark::kBytes ||
      !mark.load(header.payload(packet).last(PayloadMark::kBytes))) {
    ++tally.damaged;
    return;
  }
  if (arrival.received_wall_ns != 0) tally.delays.add(arrival.received_wall_ns - mark.sent_wall_ns);
}

void LoadPeer::take_rtcp(MutableBytes datagram, Instant now) {
  srtp::ReceiveContext* srtp = transport_.srtp_receive();
  if (srtp == nullptr) return;
  const srtp::Unprotected opened = srtp->unprotect_rtcp(datagram);
  if (!opened) return;
  rtcp::CompoundReader reader(datagram.first(opened.length));
  rtcp::PacketView packet;
  while (reader.next(packet)) {
    if (const auto report = rtcp::parse_sender_report(packet)) {
      if (ReceivedStream* stream = stream_of(report->sender_ssrc)) stream->on_sender_report(report->ntp_time, now);
    }
    if (const auto pli = rtcp::parse_pli(packet)) want_key_frame(pli->media_ssrc);
    if (const auto fir = rtcp::parse_fir(packet)) {
      for (size_t i = 0; i < fir->size(); ++i) want_key_frame(fir->ssrc(i));
    }
  }
}

void LoadPeer::want_key_frame(uint32_t ssrc) {
  for (const auto& stream : published_) {
    if (stream->ssrc() == ssrc) stream->want_key_frame();
  }
}

ReceivedStream* LoadPeer::stream_of(uint32_t ssrc) {
  for (size_t tries = 0; tries < received_.size(); ++tries) {
    if (last_stream_ >= received_.size()) last_stream_ = 0;
    if (received_[last_stream_].ssrc() == ssrc) return &received_[last_stream_];
    ++last_stream_;
  }
  return nullptr;
}

void LoadPeer::send_feedback(Instant now) {
  for (;;) {
    std::array<uint8_t, kRtcpBytes + 64> buffer;
    rtcp::Writer writer(MutableBytes(buffer).first(kRtcpBytes));
    if (!feedback_->write(writer, now)) return;
    send_rtcp(buffer, writer.length());
  }
}

void LoadPeer::send_reports(Instant now) {
  next_report_ = now + kReportInterval;
  std::array<uint8_t, kRtcpBytes + 64> buffer;
  if (!received_.empty()) {
    std::array<rtcp::ReportBlock, rtcp::kMaxReportBlocks> blocks;
    const size_t count = std::min(received_.size(), blocks.size());
    for (size_t i = 0; i < count; ++i) blocks[i] = received_[i].report(now);
    rtcp::Writer writer(MutableBytes(buffer).first(kRtcpBytes));
    if (writer.receiver_report(kReporterSsrc, {blocks.data(), count})) send_rtcp(buffer, writer.length());
  }
  for (const auto& stream : published_) {
    if (stream->packets() == 0) continue;
    const int64_t wall = wall_ns();
    const uint64_t ntp = (static_cast<uint64_t>(wall / 1'000'000'000) + 2'208'988'800u) << 32 |
                         static_cast<uint64_t>(static_cast<double>(wall % 1'000'000'000) * 4.294967296);
    rtcp::Writer writer(MutableBytes(buffer).first(kRtcpBytes));
    if (writer.sender_report(stream->ssrc(), ntp, stream->timestamp(), stream->packets(), stream->octets()))
      send_rtcp(buffer, writer.length());
  }
}

void LoadPeer::send_rtcp(MutableBytes buffer, size_t length) {
  socket_.send(buffer.first(transport_.srtp_send()->protect_rtcp(buffer, length)));
}

size_t LoadPeer::send_frame(PublishedStream& stream, const FrameShape& shape, bool as_one_run, Instant now) {
  if (transport_.srtp_send() == nullptr) return 0;
  srtp::SendContext& srtp = *transport_.srtp_send();
  if (as_one_run) {
    const std::span<const Bytes> frame = stream.write_frame(srtp, shape, transport_sequence_, now);
    socket_.send_run(frame);
    return frame.size();
  }
  const size_t packets = stream.begin_frame(shape);
  for (size_t i = 0; i < packets; ++i) socket_.send(stream.write_packet(srtp, transport_sequence_++, now));
  return packets;
}

uint64_t LoadPeer::received_packets() const {
  uint64_t sum = 0;
  for (const ReceivedStream& stream : received_) sum += stream.packets();
  return sum;
}

int64_t LoadPeer::missing_packets() const {
  int64_t sum = 0;
  for (const ReceivedStream& stream : received_) sum += stream.missing();
  return sum;
}

void LoadPeer::flush() {
  for (const session::Outbox::Entry& entry : workshop_.outbox.entries()) socket_.send(entry.bytes);
  workshop_.outbox.clear();
}

}  // namespace chroom::load
