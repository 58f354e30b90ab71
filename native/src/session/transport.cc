#include "session/transport.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "vocabulary/check.h"

namespace chroom::session {
namespace {

using metering::Counter;

constexpr uint8_t kHandshakeRecord = 22;

TransportReason reason_of(dtls::Failure failure) {
  switch (failure) {
    case dtls::Failure::kTimeout: return TransportReason::kDtlsTimeout;
    case dtls::Failure::kWrongCertificate: return TransportReason::kWrongCertificate;
    case dtls::Failure::kNoSrtpProfile: return TransportReason::kNoSrtpProfile;
    case dtls::Failure::kNone:
    case dtls::Failure::kHandshake: break;
  }
  return TransportReason::kDtlsHandshake;
}

}  // namespace

Transport::Transport(Workplace& workplace, const TransportConfig& config)
    : workplace_(workplace), agent_(workplace.random), sctp_config_(std::make_unique<sctp::Config>(config.sctp)) {
  CHROOM_CHECK(config.sctp.max_packet_bytes <= workplace.packet.size() &&
                   config.sctp.max_packet_bytes + dtls::kRecordOverheadBytes <= Outbox::kMaxDatagramBytes,
               "an SCTP packet fits into the scratch of the worker and, sealed, into an outbox entry");
  if (config.controlling) {
    controlling_ = std::make_unique<ice::ControllingAgent>(workplace.random, config.consent_interval);
  } else {
    // The peer's consent checks tell every few seconds whether the path lives; heartbeats would ask the same again.
    sctp_config_->heartbeat_interval = Duration{0};
  }
}

Transport::~Transport() = default;

const ice::Credentials& Transport::local_ice() const { return controlling_ ? controlling_->local() : agent_.local(); }

const ice::Credentials& Transport::restart_ice() { return controlling_ ? controlling_->restart() : agent_.restart(); }

Result<void> Transport::connect(const ConnectParameters& parameters, Instant now) {
  if (state_ == TransportState::kClosed) {
    return Error{ErrorCode::kClosed, "connect: expected an open transport, got a closed one; create another"};
  }
  if (!ice::well_formed(parameters.remote_ice)) {
    return Error{ErrorCode::kInvalidArgument,
                 "connect: expected an ICE username fragment of 4 to 256 and a password of 22 to 256 characters of "
                 "A-Z a-z 0-9 + /, got " + std::to_string(parameters.remote_ice.username_fragment.size()) + " and " +
                     std::to_string(parameters.remote_ice.password.size()) + " characters"};
  }
  if (parameters.remote_fingerprints.empty()) {
    return Error{ErrorCode::kInvalidArgument, "connect: expected at least one certificate fingerprint, got none"};
  }
  if (signalled_role_ && *signalled_role_ != parameters.local_dtls_role) {
    return Error{ErrorCode::kInvalidArgument, "connect: expected the DTLS role of the first call, got the other one; a "
                                              "transport keeps its role for life"};
  }
  if (!signalled_role_) {
    signalled_role_ = parameters.local_dtls_role;
    setup_deadline_ = now + kSetupTimeout;
  }
  remote_sctp_port_ = parameters.remote_sctp_port;
  remote_max_message_bytes_ = parameters.remote_max_message_bytes;
  if (controlling_) {
    candidate_path_ = {parameters.local_address, parameters.remote_candidate};
    controlling_->connect(parameters.remote_ice, now);
  }
  // A hello that came before signalling made us server; if we are to be client, that was a mistake of the peer.
  if (!dtls_ || dtls_->role() != *signalled_role_) accept_dtls(*signalled_role_);
  workplace_.dtls_output.clear();
  dtls_->set_remote_fingerprints(parameters.remote_fingerprints, workplace_.dtls_output);
  take_output(now);
  run_checks(now);
  start_dtls_client(now);
  return {};
}

Handled Transport::handle_stun(Bytes datagram, const TransportAddress& local, const TransportAddress& remote,
                               Instant now) {
  Handled handled;
  if (state_ == TransportState::kClosed) {
    handled.dropped = count(DropReason::kSessionClosed);
    return handled;
  }
  workplace_.counters.add(Counter::kStunRequestsReceived);
  if (controlling_) {
    handled.dropped = count(controlling_->handle(datagram, now));
  } else {
    std::array<uint8_t, ice::kMaxReplyBytes> reply;
    const ice::Agent::Handled checked = agent_.handle(datagram, local, remote, now, reply);
    handled.dropped = count(checked.dropped);
    handled.path_added = checked.path_added;
    handled.remote_removed = checked.remote_removed;
    handled.send_path_changed = checked.send_path_changed;
    handled.only_refreshed_consent = checked.only_refreshed_consent;
    if (checked.send_path_changed) workplace_.counters.add(Counter::kIceNominations);
    const MutableBytes slot = checked.reply_bytes > 0 ? workplace_.outbox.reserve() : MutableBytes();
    if (!slot.empty()) {
      std::memcpy(slot.data(), reply.data(), checked.reply_bytes);
      workplace_.outbox.commit({local, remote}, checked.reply_bytes);
      workplace_.counters.add(checked.dropped == DropReason::kNone ? Counter::kStunResponsesSent
                                                                   : Counter::kStunErrorsSent);
    } else if (checked.reply_bytes > 0) {
      count(DropReason::kSendBufferFull);
    }
  }
  if (handled.dropped == DropReason::kNone) ++checks_received_;
  handled.only_refreshed_consent &= dtls_settled_ && changes_.empty();
  if (handled.only_refreshed_consent) return handled;
  start_dtls_client(now);
  follow(now);
  return handled;
}

DropReason Transport::handle_dtls(MutableBytes datagram, const TransportAddress& remote, Instant now) {
  if (state_ == TransportState::kClosed) return count(DropReason::kSessionClosed);
  if (!knows(remote)) return count(DropReason::kDatagramUnknownSource);
  workplace_.counters.add(Counter::kDtlsDatagramsReceived);
  agent_.credit(remote, datagram.size());
  if (!dtls_) {
    // The answer of a dual-PC subscriber travels slower than its first flight: begin, and wait for the fingerprint.
    if (datagram.empty() || datagram[0] != kHandshakeRecord) return count(DropReason::kDtlsNotConnected);
    accept_dtls(dtls::Role::kServer);
  }
  workplace_.dtls_output.clear();
  const DropReason dropped = count(dtls_->handle(datagram, now, workplace_.dtls_output));
  take_output(now);
  return dropped;
}

void Transport::accept_dtls(dtls::Role role) {
  dtls_.emplace(workplace_.dtls, role);
  dtls_settled_ = false;
}

void Transport::start_dtls_client(Instant now) {
  if (!dtls_ || dtls_->role() != dtls::Role::kClient || send_path() == nullptr) return;
  if (controlling_ && controlling_->state() != ice::ControllingAgent::State::kConnected) return;
  workplace_.dtls_output.clear();
  dtls_->start(now, workplace_.dtls_output);
  take_output(now);
}

// Sends what DTLS wants sent, follows its state, and gives SCTP what came in; in this order, because the datagram that
// finishes the handshake may carry data too.
void Transport::take_output(Instant now) {
  const dtls::Output& out = workplace_.dtls_output;
  if (dtls_ && dtls_->state() != dtls::State::kHandshaking && dtls_->state() != dtls::State::kFailed) {
    agent_.lift_amplification_limit();
  }
  for (size_t i = 0; i < out.datagram_count(); ++i) send_control(out.datagram(i));
  follow(now);
  for (size_t i = 0; i < out.application_count(); ++i) {
    if (!sctp_) {
      count(DropReason::kDtlsNotConnected);
      continue;
    }
    workplace_.counters.add(Counter::kSctpPacketsReceived);
    sctp_->receive(out.application(i), now);
  }
  pump_sctp(now);
}

void Transport::send_control(Bytes datagram) {
  const ice::Path* path = send_path();
  if (path == nullptr) {
    count(DropReason::kIceNoPath);
    return;
  }
  if (!controlling_ && !agent_.charge(datagram.size())) {
    count(DropReason::kDtlsAmplificationLimit);
    return;
  }
  const MutableBytes slot = workplace_.outbox.reserve();
  if (slot.size() < datagram.size()) {
    count(DropReason::kSendBufferFull);
    return;
  }
  std::memcpy(slot.data(), datagram.data(), datagram.size());
  workplace_.outbox.commit(*path, datagram.size());
  workplace_.counters.add(Counter::kDtlsDatagramsSent);
}

Instant Transport::next_deadline() const {
  if (state_ == TransportState::kClosed) return kNever;
  // Long past: as soon as the outbox was sent.
  if (outbox_was_full_) return Instant{};
  Instant next = std::min(setup_deadline_, controlling_ ? controlling_->next_deadline() : agent_.next_deadline());
  if (dtls_) next = std::min(next, dtls_->next_deadline());
  if (sctp_ && may_send()) next = std::min(next, sctp_->next_deadline());
  return next;
}

void Transport::on_timeout(Instant now) {
  if (state_ == TransportState::kClosed) return;
  outbox_was_full_ = false;
  if (controlling_) {
    run_checks(now);
  } else {
    agent_.on_timeout(now);
  }
  if (dtls_ && now >= dtls_->next_deadline()) {
    workplace_.dtls_output.clear();
    dtls_->on_timeout(now, workplace_.dtls_output);
    take_output(now);
  }
  if (now >= setup_deadline_) {
    setup_deadline_ = kNever;
    if (state_ == TransportState::kNew) move(TransportState::kFailed, TransportReason::kSetupTimeout);
  }
  follow(now);
  // While consent is gone nothing may leave, so SCTP's clock stands still too: an ICE restart finds it as it was.
  if (sctp_ && may_send()) {
    if (now >= sctp_->next_deadline()) sctp_->on_timeout(now);
    pump_sctp(now);
  }
}

void Transport::run_checks(Instant now) {
  if (!controlling_ || now < controlling_->next_deadline()) return;
  const MutableBytes slot = workplace_.outbox.reserve();
  if (slot.empty()) {
    outbox_was_full_ = true;
    return;
  }
  const size_t bytes = controlling_->on_timeout(now, slot);
  if (bytes > 0) workplace_.outbox.commit(candidate_path_, bytes);
}

void Transport::follow(Instant now) {
  follow_dtls(now);
  follow_consent();
}

void Transport::follow_dtls(Instant now) {
  if (!dtls_ || state_ == TransportState::kClosed) return;
  switch (dtls_->state()) {
    case dtls::State::kHandshaking:
    case dtls::State::kAwaitingFingerprint:
      return;
    case dtls::State::kConnected:
      if (!srtp_send_) key_srtp();
      if (!sctp_ && remote_sctp_port_ != 0) start_sctp(now);
      return;
    case dtls::State::kFailed:
      if (std::exchange(dtls_settled_, true)) return;
      workplace_.counters.add(Counter::kDtlsFailures);
      move(TransportState::kFailed, reason_of(dtls_->failure()));
      return;
    case dtls::State::kClosed:
      if (std::exchange(dtls_settled_, true)) return;
      move(TransportState::kClosed, TransportReason::kPeerClosed);
      return;
  }
}

void Transport::follow_consent() {
  const bool usable = srtp_send_ && dtls_->state() == dtls::State::kConnected;
  switch (consent()) {
    case ice::ConsentState::kNew:
      return;
    case ice::ConsentState::kConnected:
      if (!usable || state_ == TransportState::kConnected || state_ == TransportState::kClosed) return;
      setup_deadline_ = kNever;
      move(TransportState::kConnected, state_ == TransportState::kNew ? TransportReason::kEstablished
                                                                     : TransportReason::kConsentReturned);
      return;
    case ice::ConsentState::kDisconnected:
      if (state_ == TransportState::kConnected) move(TransportState::kDisconnected, TransportReason::kConsentLost);
      return;
    case ice::ConsentState::kFailed:
      if (may_send()) move(TransportState::kFailed, TransportReason::kConsentExpired);
      return;
  }
}

ice::ConsentState Transport::consent() const {
  if (!controlling_) return agent_.consent();
  switch (controlling_->state()) {
    case ice::ControllingAgent::State::kChecking: return ice::ConsentState::kNew;
    case ice::ControllingAgent::State::kConnected: return ice::ConsentState::kConnected;
    case ice::ControllingAgent::State::kFailed: break;
  }
  return ice::ConsentState::kFailed;
}

void Transport::key_srtp() {
  std::optional<dtls::SrtpKeys> keys = dtls_->take_srtp_keys();
  CHROOM_CHECK(keys.has_value(), "a connected DTLS association gives its SRTP keys exactly once, and this is the place");
  static_assert(static_cast<uint16_t>(dtls::SrtpProfile::kAeadAes128Gcm) ==
                static_cast<uint16_t>(srtp::Profile::kAeadAes128Gcm));
  static_assert(static_cast<uint16_t>(dtls::SrtpProfile::kAes128CmHmacSha1_80) ==
                static_cast<uint16_t>(srtp::Profile::kAes128CmSha1_80));
  const auto profile = static_cast<srtp::Profile>(keys->profile);
  const auto salt = [](const dtls::SrtpMasterKey& k) { return Bytes(k.salt).first(k.salt_bytes); };
  auto receive = srtp::ReceiveContext::create(profile, keys->remote.key, salt(keys->remote));
  auto send = srtp::SendContext::create(profile, keys->local.key, salt(keys->local));
  CHROOM_CHECK(receive.ok() && send.ok(), "lengths of key and salt follow from the profile, and its cipher is built in");
  srtp_receive_.emplace(std::move(receive.value()));
  srtp_send_.emplace(std::move(send.value()));
  workplace_.counters.add(Counter::kDtlsHandshakes);
}

const ice::Path* Transport::send_path() const {
  if (!controlling_) return agent_.send_path();
  return candidate_path_.remote.port == 0 ? nullptr : &candidate_path_;
}

const ice::Path* Transport::media_path() const { return srtp_send_ && may_send() ? send_path() : nullptr; }

bool Transport::knows(const TransportAddress& remote) const {
  return controlling_ ? candidate_path_.remote == remote : agent_.knows(remote);
}

std::optional<StateChange> Transport::poll_state_change() {
  if (changes_.empty()) return std::nullopt;
  const StateChange oldest = changes_.front();
  changes_.erase(changes_.begin());
  return oldest;
}

void Transport::close(Instant) {
  if (state_ == TransportState::kClosed) return;
  if (dtls_) {
    workplace_.dtls_output.clear();
    dtls_->close(workplace_.dtls_output);
    for (size_t i = 0; i < workplace_.dtls_output.datagram_count(); ++i) {
      if (may_send()) send_control(workplace_.dtls_output.datagram(i));
    }
    dtls_settled_ = true;
  }
  move(TransportState::kClosed, TransportReason::kLocalClosed);
}

void Transport::move(TransportState to, TransportReason reason) {
  if (state_ == to) return;
  CHROOM_CHECK(move_allowed(state_, to), "every caller asks only for moves of the table in transport_state.h");
  // Without a reader a flapping path must not fill memory: the newest moves count.
  constexpr size_t kMaxChanges = 16;
  if (changes_.size() == kMaxChanges) changes_.erase(changes_.begin());
  changes_.push_back({state_, to, reason});
  state_ = to;
}

DropReason Transport::count(DropReason reason) {
  if (reason != DropReason::kNone) workplace_.counters.drop(reason);
  return reason;
}

}  // namespace chroom::session
