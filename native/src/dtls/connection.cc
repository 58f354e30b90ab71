#include "dtls/connection.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "dtls/handshake.h"
#include "vocabulary/check.h"

namespace chroom::dtls {
namespace {

constexpr uint8_t kWarning = 1;
constexpr uint8_t kFatal = 2;
constexpr uint8_t kCloseNotify = 0;
constexpr uint8_t kBadCertificate = 42;
constexpr uint8_t kInternalError = 80;
constexpr uint8_t kNoRenegotiation = 100;

constexpr uint8_t kHelloRequest = 0;
constexpr uint8_t kClientHello = 1;
constexpr uint8_t kFinishedMessage = 20;

// A peer that lost our final flight repeats its own a few times; more is somebody playing.
constexpr uint8_t kMaxFinalFlightRepeats = 16;
constexpr uint8_t kMaxAlerts = 8;

}  // namespace

const char* failure_name(Failure failure) {
  switch (failure) {
    case Failure::kNone: return "none";
    case Failure::kTimeout: return "timeout";
    case Failure::kHandshake: return "handshake";
    case Failure::kWrongCertificate: return "wrong_certificate";
    case Failure::kNoSrtpProfile: return "no_srtp_profile";
  }
  return "unknown";
}

// What is only needed until the peer is connected and known to be the right one.
struct Connection::Unproven {
  struct Early {
    std::vector<uint8_t> bytes;
    bool sealed;  // still a record, kept before there were keys
  };

  PeerCheck peer;
  std::vector<Early> early;
  size_t early_bytes = 0;
};

Connection::Connection(Context& context, Role role)
    : context_(context), unproven_(std::make_unique<Unproven>()), role_(role) {
  handshake_ = Handshake::create(context, role, unproven_->peer);
  if (!handshake_) end(State::kFailed, Failure::kHandshake);
}

Connection::~Connection() {
  if (records_) OPENSSL_cleanse(&*records_, sizeof *records_);
  if (srtp_keys_) OPENSSL_cleanse(&*srtp_keys_, sizeof *srtp_keys_);
}

void Connection::start(Instant now, Output& out) {
  if (role_ != Role::kClient || !handshake_ || give_up_at_ != kNever) return;
  give_up_at_ = now + kHandshakeLifetime;
  if (handshake_->start(now, out) == Handshake::Progress::kFailed) end(State::kFailed, Failure::kHandshake);
}

void Connection::set_remote_fingerprints(std::span<const Fingerprint> fingerprints, Output& out) {
  if (state_ == State::kFailed || state_ == State::kClosed || fingerprints.empty()) return;
  if (state_ == State::kConnected) {
    PeerCheck again{{fingerprints.begin(), fingerprints.end()}, presented_};
    if (again.acceptable()) return;
    send_alert(kFatal, kBadCertificate, out);
    end(State::kFailed, Failure::kWrongCertificate);
    return;
  }
  unproven_->peer.expected.assign(fingerprints.begin(), fingerprints.end());
  if (state_ == State::kAwaitingFingerprint) connect_if_proven(out);
}

DropReason Connection::handle(MutableBytes datagram, Instant now, Output& out) {
  DropReason first = DropReason::kNone;
  if (datagram.empty()) return DropReason::kDtlsMalformed;
  while (!datagram.empty()) {
    if (state_ == State::kFailed || state_ == State::kClosed) {
      return first != DropReason::kNone ? first : DropReason::kDtlsUnexpected;
    }
    RecordHeader header;
    if (!read_record_header(datagram, header)) {
      return first != DropReason::kNone ? first : DropReason::kDtlsMalformed;
    }
    const MutableBytes record = datagram.first(kRecordHeaderBytes + header.length);
    datagram = datagram.subspan(record.size());
    const DropReason dropped = handle_record(header, record, now, out);
    if (first == DropReason::kNone) first = dropped;
  }
  return first;
}

DropReason Connection::handle_record(const RecordHeader& header, MutableBytes record, Instant now, Output& out) {
  if (handshake_) return feed_handshake(header, record, now, out);
  // Leftovers of the peer's last flight and anything unprotected say nothing once there are keys.
  if (header.epoch != 1) return DropReason::kDtlsUnexpected;
  return handle_protected(header, record, out);
}

DropReason Connection::feed_handshake(const RecordHeader& header, MutableBytes record, Instant now, Output& out) {
  if (header.epoch > 1) return DropReason::kDtlsUnexpected;
  if (header.type == ContentType::kApplicationData) {
    return header.epoch == 1 ? keep_early(record) : DropReason::kDtlsUnexpected;
  }
  if (give_up_at_ == kNever) give_up_at_ = now + kHandshakeLifetime;
  switch (handshake_->feed(record, now, out)) {
    case Handshake::Progress::kPending:
      return DropReason::kNone;
    case Handshake::Progress::kFinished:
      finish_handshake(out);
      return state_ == State::kFailed ? DropReason::kDtlsFailed : DropReason::kNone;
    case Handshake::Progress::kFailed:
      break;
  }
  const bool wrong_peer = !unproven_->peer.acceptable();
  end(State::kFailed, wrong_peer ? Failure::kWrongCertificate : Failure::kHandshake);
  return wrong_peer ? DropReason::kDtlsBadCertificate : DropReason::kDtlsFailed;
}

void Connection::finish_handshake(Output& out) {
  retransmissions_ = handshake_->retransmissions();
  std::optional<Handshake::Secrets> secrets = handshake_->take_secrets();
  handshake_.reset();
  if (!secrets) {
    end(State::kFailed, Failure::kHandshake);
    return;
  }
  records_ = secrets->records;
  if (!secrets->srtp) {
    send_alert(kFatal, kInternalError, out);
    end(State::kFailed, Failure::kNoSrtpProfile);
    return;
  }
  srtp_keys_ = secrets->srtp;
  OPENSSL_cleanse(&secrets->records, sizeof secrets->records);
  OPENSSL_cleanse(&*secrets->srtp, sizeof *secrets->srtp);
  state_ = State::kAwaitingFingerprint;
  open_early_records();
  connect_if_proven(out);
}

void Connection::connect_if_proven(Output& out) {
  PeerCheck& peer = unproven_->peer;
  if (peer.expected.empty()) return;
  CHROOM_CHECK(peer.presented.has_value(), "OpenSSL finishes no handshake without the peer's certificate");
  if (!peer.acceptable()) {
    send_alert(kFatal, kBadCertificate, out);
    end(State::kFailed, Failure::kWrongCertificate);
    return;
  }
  presented_ = *peer.presented;
  for (const Unproven::Early& early : unproven_->early) out.add_application_copy(early.bytes);
  unproven_.reset();
  give_up_at_ = kNever;
  state_ = State::kConnected;
}

DropReason Connection::keep_early(Bytes bytes) {
  Unproven& u = *unproven_;
  if (u.early.size() == kMaxEarlyRecords || bytes.size() > kMaxEarlyBytes - u.early_bytes) {
    return DropReason::kDtlsQueueFull;
  }
  u.early.push_back({{bytes.begin(), bytes.end()}, handshake_ != nullptr});
  u.early_bytes += bytes.size();
  return DropReason::kNone;
}

void Connection::open_early_records() {
  std::vector<Unproven::Early> kept = std::move(unproven_->early);
  unproven_->early.clear();
  unproven_->early_bytes = 0;
  for (Unproven::Early& early : kept) {
    RecordHeader header;
    MutableBytes content;
    if (!read_record_header(early.bytes, header) || records_->replayed(header.sequence) ||
        !context_.cipher().open(records_->remote, header, early.bytes, content)) {
      continue;
    }
    records_->mark_received(header.sequence);
    keep_early(content);
  }
}

DropReason Connection::handle_protected(const RecordHeader& header, MutableBytes record, Output& out) {
  if (records_->replayed(header.sequence)) return DropReason::kDtlsUnexpected;
  MutableBytes content;
  if (!context_.cipher().open(records_->remote, header, record, content)) return DropReason::kDtlsMalformed;
  records_->mark_received(header.sequence);
  switch (header.type) {
    case ContentType::kApplicationData:
      return handle_application(content, out);
    case ContentType::kAlert:
      return handle_alert(content);
    case ContentType::kHandshake:
      return handle_late_handshake(content, out);
    case ContentType::kChangeCipherSpec:
      break;
  }
  return DropReason::kDtlsUnexpected;
}

DropReason Connection::handle_application(MutableBytes content, Output& out) {
  if (state_ == State::kAwaitingFingerprint) return keep_early(content);
  return out.add_application(content) ? DropReason::kNone : DropReason::kDtlsQueueFull;
}

DropReason Connection::handle_alert(Bytes content) {
  if (content.size() < 2) return DropReason::kDtlsMalformed;
  if (content[1] == kCloseNotify) {
    end(State::kClosed, Failure::kNone);
  } else if (content[0] == kFatal) {
    end(State::kFailed, Failure::kHandshake);
  }
  return DropReason::kNone;
}

DropReason Connection::handle_late_handshake(Bytes content, Output& out) {
  if (content.empty()) return DropReason::kDtlsMalformed;
  // The client repeats its last flight because ours was lost (RFC 6347 section 4.2.4).
  if (content[0] == kFinishedMessage && role_ == Role::kServer) {
    repeat_final_flight(out);
    return DropReason::kNone;
  }
  if (content[0] == kClientHello || content[0] == kHelloRequest) send_alert(kWarning, kNoRenegotiation, out);
  return DropReason::kDtlsUnexpected;
}

void Connection::repeat_final_flight(Output& out) {
  if (records_->final_flight_repeats == kMaxFinalFlightRepeats) return;
  ++records_->final_flight_repeats;
  ++retransmissions_;
  std::array<uint8_t, 128> flight{};
  flight[0] = static_cast<uint8_t>(ContentType::kChangeCipherSpec);
  store_be16(flight.data() + 1, kVersionDtls12);
  store_be64(flight.data() + 3, records_->next_plain_sequence++);  // epoch 0
  store_be16(flight.data() + 11, 1);
  flight[kRecordHeaderBytes] = 1;
  constexpr size_t kChangeBytes = kRecordHeaderBytes + 1;
  const size_t sealed = records_->seal(context_.cipher(), ContentType::kHandshake, records_->finished,
                                       MutableBytes(flight).subspan(kChangeBytes));
  if (sealed > 0) out.add_datagram(Bytes(flight).first(kChangeBytes + sealed));
}

Instant Connection::next_deadline() const {
  const Instant repeat = handshake_ ? handshake_->next_deadline() : kNever;
  return std::min(repeat, give_up_at_);
}

void Connection::on_timeout(Instant now, Output& out) {
  if (now >= give_up_at_) {
    end(State::kFailed, Failure::kTimeout);
    return;
  }
  if (!handshake_) return;
  const Handshake::Progress progress = handshake_->on_timeout(now, out);
  retransmissions_ = handshake_->retransmissions();
  if (progress == Handshake::Progress::kFailed) end(State::kFailed, Failure::kTimeout);
}

size_t Connection::seal(Bytes content, MutableBytes out) {
  if (state_ != State::kConnected) return 0;
  return records_->seal(context_.cipher(), ContentType::kApplicationData, content, out);
}

void Connection::close(Output& out) {
  if (state_ == State::kFailed || state_ == State::kClosed) return;
  send_alert(kWarning, kCloseNotify, out);
  end(State::kClosed, Failure::kNone);
}

void Connection::send_alert(uint8_t level, uint8_t description, Output& out) {
  if (!records_ || records_->alerts_sent == kMaxAlerts) return;
  ++records_->alerts_sent;
  const std::array<uint8_t, 2> alert = {level, description};
  std::array<uint8_t, kRecordOverheadBytes + 2> record;
  const size_t length = records_->seal(context_.cipher(), ContentType::kAlert, alert, record);
  if (length > 0) out.add_datagram(Bytes(record).first(length));
}

void Connection::end(State state, Failure failure) {
  state_ = state;
  failure_ = failure;
  give_up_at_ = kNever;
  handshake_.reset();
  unproven_.reset();
}

std::optional<SrtpKeys> Connection::take_srtp_keys() {
  if (state_ != State::kConnected || !srtp_keys_) return std::nullopt;
  const std::optional<SrtpKeys> taken = srtp_keys_;
  OPENSSL_cleanse(&*srtp_keys_, sizeof *srtp_keys_);
  srtp_keys_.reset();
  return taken;
}

}  // namespace chroom::dtls
