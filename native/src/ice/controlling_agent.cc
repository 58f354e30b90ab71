#include "ice/controlling_agent.h"

#include <algorithm>
#include <utility>

#include "stun/writer.h"

namespace chroom::ice {
namespace {

// RFC 8445 section 5.1.2.1 with the type preference of a peer-reflexive candidate, one interface, component 1.
constexpr uint32_t kCheckPriority = 110u << 24 | 65535u << 8 | 255u;
// A check that finds a working path silent is repeated after this, doubling.
constexpr Duration kConsentRetry = std::chrono::milliseconds(200);

Bytes as_bytes(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

}  // namespace

ControllingAgent::ControllingAgent(RandomSource& random, Duration consent_interval)
    : random_(random), consent_interval_(consent_interval), local_(generate_credentials(random)) {
  tie_breaker_ = uint64_t{random_.next_u32()} << 32 | random_.next_u32();
}

const Credentials& ControllingAgent::restart() {
  local_ = generate_credentials(random_);
  return local_;
}

void ControllingAgent::connect(Credentials remote, Instant now) {
  if (remote == remote_) return;
  remote_ = std::move(remote);
  remote_key_ = stun::IntegrityKey(as_bytes(remote_.password));
  checks_.fill({});
  next_check_ = now;
  last_answer_ = now;
  interval_ = kFirstInterval;
  if (state_ == State::kFailed) state_ = State::kChecking;
}

size_t ControllingAgent::on_timeout(Instant now, MutableBytes out) {
  if (state_ == State::kFailed || now < next_check_) return 0;
  if (now - last_answer_ >= kConsentLifetime) {
    state_ = State::kFailed;
    return 0;
  }
  Check& check = checks_[next_slot_];
  next_slot_ = (next_slot_ + 1) % checks_.size();
  random_.fill(check.id);
  check.sent = now;
  check.outstanding = true;
  next_check_ = now + interval_;
  interval_ = std::min(interval_ * 2, kLongestInterval);

  const std::string username = remote_.username_fragment + ":" + local_.username_fragment;
  return stun::Writer(out, stun::MessageClass::kRequest, check.id)
      .username(as_bytes(username))
      .priority(kCheckPriority)
      .ice_controlling(tie_breaker_)
      .use_candidate()
      .finish(&remote_key_);
}

DropReason ControllingAgent::handle(Bytes datagram, Instant now) {
  stun::Message message;
  const DropReason malformed = stun::parse(datagram, message);
  if (malformed != DropReason::kNone) return malformed;
  const auto check = std::find_if(checks_.begin(), checks_.end(), [&](const Check& c) {
    return c.outstanding && c.id == message.transaction_id;
  });
  if (message.message_class != stun::MessageClass::kSuccess || message.method != stun::kBindingMethod ||
      check == checks_.end()) {
    return DropReason::kStunUnexpected;
  }
  if (message.integrity_offset == 0) return DropReason::kStunMissingIntegrity;
  if (!stun::verify_integrity(message, remote_key_)) return DropReason::kStunBadIntegrity;

  check->outstanding = false;
  round_trip_ = now - check->sent;
  reflexive_ = message.xor_mapped_address;
  last_answer_ = now;
  if (state_ != State::kFailed) state_ = State::kConnected;
  schedule_next(now);
  return DropReason::kNone;
}

void ControllingAgent::schedule_next(Instant now) {
  // 0.8 to 1.2 of the interval, so that many clients do not beat together.
  const int64_t permille = 800 + static_cast<int64_t>(random_.next_u32() % 401);
  next_check_ = now + consent_interval_ * permille / 1000;
  interval_ = kConsentRetry;
}

}  // namespace chroom::ice
