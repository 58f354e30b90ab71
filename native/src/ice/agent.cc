#include "ice/agent.h"

#include <algorithm>
#include <limits>

#include "stun/writer.h"
#include "vocabulary/check.h"

namespace chroom::ice {
namespace {

Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

bool same(Bytes a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](uint8_t x, char y) { return x == static_cast<uint8_t>(y); });
}

uint32_t add_saturating(uint32_t a, size_t b) {
  constexpr uint32_t kMax = std::numeric_limits<uint32_t>::max();
  return b > kMax - a ? kMax : a + static_cast<uint32_t>(b);
}

size_t write_success(const stun::Message& request, const stun::IntegrityKey& key, const TransportAddress& remote,
                     MutableBytes reply) {
  return stun::Writer(reply, stun::MessageClass::kSuccess, request.transaction_id)
      .xor_mapped_address(remote)
      .finish(&key);
}

// Only for requests that proved the password: others get no answer at all.
size_t write_error(const stun::Message& request, const stun::IntegrityKey& key, uint16_t code, MutableBytes reply) {
  stun::Writer writer(reply, stun::MessageClass::kError, request.transaction_id);
  writer.error_code(code);
  if (code == stun::kErrorUnknownAttribute) writer.unknown_attribute(request.unknown_required);
  return writer.finish(&key);
}

}  // namespace

Agent::Agent(RandomSource& random) : random_(random), current_(generate()) {}

Agent::Generation Agent::generate() {
  Generation made;
  made.credentials = generate_credentials(random_);
  made.key = stun::IntegrityKey(as_bytes(made.credentials.password));
  return made;
}

size_t Agent::fragments(std::array<std::string_view, 2>& out) const {
  out[0] = current_.credentials.username_fragment;
  if (!pending_) return 1;
  out[1] = pending_->credentials.username_fragment;
  return 2;
}

bool Agent::has_fragment(std::string_view fragment) const { return match(as_bytes(fragment)) != nullptr; }

const Credentials& Agent::restart() {
  pending_ = generate();
  return pending_->credentials;
}

Agent::Handled Agent::handle(Bytes datagram, const TransportAddress& local, const TransportAddress& remote,
                             Instant now, MutableBytes reply) {
  Handled handled;
  stun::Message message;
  handled.dropped = stun::parse(datagram, message);
  if (handled.dropped != DropReason::kNone) return handled;

  if (message.method != stun::kBindingMethod || message.message_class != stun::MessageClass::kRequest) {
    // A keep-alive indication says nothing (RFC 8445 section 11) and proves nothing; we sent no request, so no
    // response is ours.
    const bool keep_alive = message.method == stun::kBindingMethod &&
                            message.message_class == stun::MessageClass::kIndication && knows(remote);
    if (!keep_alive) handled.dropped = DropReason::kStunUnexpected;
    return handled;
  }

  const Generation* generation = nullptr;
  handled.dropped = authenticate(message, generation);
  if (handled.dropped != DropReason::kNone) return handled;
  if (message.unknown_required != 0) {
    handled.dropped = DropReason::kStunUnknownAttribute;
    handled.reply_bytes = write_error(message, generation->key, stun::kErrorUnknownAttribute, reply);
    return handled;
  }
  if (message.ice_controlled) {
    // A lite agent is always the controlled one (RFC 8445 section 6.1.1).
    handled.dropped = DropReason::kStunUnexpected;
    handled.reply_bytes = write_error(message, generation->key, stun::kErrorRoleConflict, reply);
    return handled;
  }
  if (copied_from_elsewhere(message, remote)) {
    handled.dropped = DropReason::kStunUnexpected;
    return handled;
  }
  const bool first_of_restart = pending_ && generation == &*pending_;
  if (consent_ == ConsentState::kFailed && !first_of_restart) {
    handled.dropped = DropReason::kIceConsentExpired;
    return handled;
  }
  handled.reply_bytes = write_success(message, generation->key, remote, reply);
  const bool was_connected = consent_ == ConsentState::kConnected && !first_of_restart;
  if (first_of_restart) adopt_pending();
  accept_check(message, admit(local, remote, now, handled), now, handled);
  handled.only_refreshed_consent = was_connected && !handled.path_added && !handled.remote_removed && !handled.send_path_changed;
  return handled;
}

DropReason Agent::authenticate(const stun::Message& message, const Generation*& generation) const {
  if (message.integrity_offset == 0) return DropReason::kStunMissingIntegrity;
  Bytes our_fragment;
  Bytes their_fragment;
  if (!stun::split_username(message.username, our_fragment, their_fragment)) return DropReason::kStunUnknownUser;
  generation = match(our_fragment);
  if (generation == nullptr) return DropReason::kStunUnknownUser;
  return stun::verify_integrity(message, generation->key) ? DropReason::kNone : DropReason::kStunBadIntegrity;
}

const Agent::Generation* Agent::match(Bytes fragment) const {
  if (same(fragment, current_.credentials.username_fragment)) return &current_;
  if (pending_ && same(fragment, pending_->credentials.username_fragment)) return &*pending_;
  return nullptr;
}

bool Agent::copied_from_elsewhere(const stun::Message& message, const TransportAddress& remote) {
  for (const SeenTransaction& seen : seen_) {
    if (seen.id == message.transaction_id && seen.remote.port != 0) return seen.remote != remote;
  }
  seen_[next_seen_] = {message.transaction_id, remote};
  next_seen_ = (next_seen_ + 1) % kSeenTransactions;
  return false;
}

void Agent::adopt_pending() {
  // While the old path lives, media stays on it until the new generation nominates. A dead one is not waited for.
  if (consent_ != ConsentState::kConnected) nominated_ = false;
  current_ = std::move(*pending_);
  pending_.reset();
}

Agent::Validated& Agent::admit(const TransportAddress& local, const TransportAddress& remote, Instant now,
                               Handled& handled) {
  if (Validated* known = find(local, remote)) return *known;
  handled.path_added = !knows(remote);
  const Validated fresh{.path = {local, remote}, .last_check = now};
  if (paths_.size() < kMaxPaths) {
    paths_.push_back(fresh);
    return paths_.back();
  }
  size_t oldest = send_index_ == 0 ? 1 : 0;
  for (size_t i = 0; i < paths_.size(); ++i) {
    if (i != send_index_ && paths_[i].last_check < paths_[oldest].last_check) oldest = i;
  }
  const TransportAddress replaced = paths_[oldest].path.remote;
  paths_[oldest] = fresh;
  if (!knows(replaced)) handled.remote_removed = replaced;
  return paths_[oldest];
}

void Agent::accept_check(const stun::Message& message, Validated& path, Instant now, Handled& handled) {
  path.last_check = now;
  if (limited_) path.received_bytes = add_saturating(path.received_bytes, message.raw.size());
  last_check_ = now;
  const bool first = consent_ == ConsentState::kNew;
  consent_ = ConsentState::kConnected;

  if (message.use_candidate) nominated_ = true;
  if (!message.use_candidate && nominated_) return;
  const size_t index = static_cast<size_t>(&path - paths_.data());
  handled.send_path_changed = first || index != send_index_;
  send_index_ = index;
}

const Path* Agent::send_path() const { return paths_.empty() ? nullptr : &paths_[send_index_].path; }

bool Agent::knows(const TransportAddress& remote) const {
  return std::any_of(paths_.begin(), paths_.end(), [&](const Validated& v) { return v.path.remote == remote; });
}

Agent::Validated* Agent::find(const TransportAddress& local, const TransportAddress& remote) {
  for (Validated& v : paths_) {
    if (v.path.remote == remote && v.path.local == local) return &v;
  }
  return nullptr;
}

Instant Agent::next_deadline() const {
  if (consent_ == ConsentState::kConnected) return last_check_ + kDisconnectAfter;
  if (consent_ == ConsentState::kDisconnected) return last_check_ + kDisconnectAfter + kFailAfter;
  return kNever;
}

void Agent::on_timeout(Instant now) {
  if (consent_ == ConsentState::kConnected && now >= last_check_ + kDisconnectAfter) {
    consent_ = ConsentState::kDisconnected;
  }
  if (consent_ == ConsentState::kDisconnected && now >= last_check_ + kDisconnectAfter + kFailAfter) {
    consent_ = ConsentState::kFailed;
  }
}

void Agent::credit(const TransportAddress& remote, size_t bytes) {
  if (!limited_) return;
  for (Validated& v : paths_) {
    if (v.path.remote == remote) {
      v.received_bytes = add_saturating(v.received_bytes, bytes);
      return;
    }
  }
}

bool Agent::charge(size_t bytes) {
  if (paths_.empty()) return false;
  if (!limited_) return true;
  Validated& path = paths_[send_index_];
  if (path.sent_bytes + uint64_t{bytes} > uint64_t{path.received_bytes} * kAmplificationFactor) return false;
  path.sent_bytes = add_saturating(path.sent_bytes, bytes);
  return true;
}

}  // namespace chroom::ice
