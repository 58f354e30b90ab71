#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "ice/credentials.h"
#include "metering/drop_reason.h"
#include "stun/message.h"
#include "vocabulary/bytes.h"
#include "vocabulary/random.h"
#include "vocabulary/time.h"
#include "vocabulary/transport_address.h"

namespace chroom::ice {

// The controlling end of one path to an ICE-lite peer with one candidate: what the load generator and the tests
// speak to an Agent with. Sends binding requests with USE-CANDIDATE, first every kFirstInterval with doubling, then
// as consent checks (RFC 7675: every 5 s, spread by 0.8 to 1.2; dead after 30 s without an answer).
class ControllingAgent {
 public:
  enum class State : uint8_t { kChecking, kConnected, kFailed };

  static constexpr Duration kFirstInterval = std::chrono::milliseconds(50);
  static constexpr Duration kLongestInterval = std::chrono::milliseconds(1600);
  static constexpr Duration kConsentInterval = std::chrono::seconds(5);
  static constexpr Duration kConsentLifetime = std::chrono::seconds(30);
  static constexpr size_t kMaxCheckBytes = 640;

  // consent_interval: browsers check every 2.5 s, twice as often as RFC 7675 asks.
  explicit ControllingAgent(RandomSource& random, Duration consent_interval = kConsentInterval);

  const Credentials& local() const { return local_; }
  // ICE restart, first half: new local credentials for signalling. connect() with the peer's new ones is the second.
  const Credentials& restart();
  // The peer's credentials; the first check is due at `now`. Called again with others: checks begin anew while the
  // state stays connected. With the same ones nothing changes.
  void connect(Credentials remote, Instant now);

  State state() const { return state_; }
  Instant next_deadline() const { return state_ == State::kFailed ? kNever : next_check_; }
  // Writes the check that is due at `now` into `out` (kMaxCheckBytes); 0 when none is due.
  size_t on_timeout(Instant now, MutableBytes out);
  // A STUN datagram from the peer's candidate. Only answers to the latest checks count.
  DropReason handle(Bytes datagram, Instant now);

  // Round trip of the last answered check; zero before.
  Duration round_trip() const { return round_trip_; }
  // Our address as the peer sees it.
  const std::optional<TransportAddress>& reflexive() const { return reflexive_; }

 private:
  struct Check {
    stun::TransactionId id{};
    Instant sent{};
    bool outstanding = false;
  };

  void schedule_next(Instant now);

  RandomSource& random_;  // borrowed
  const Duration consent_interval_;
  Credentials local_;
  Credentials remote_;
  stun::IntegrityKey remote_key_;
  std::array<Check, 8> checks_{};
  size_t next_slot_ = 0;
  uint64_t tie_breaker_ = 0;
  Instant next_check_ = kNever;
  Instant last_answer_{};
  Duration interval_ = kFirstInterval;
  Duration round_trip_{};
  std::optional<TransportAddress> reflexive_;
  State state_ = State::kChecking;
};

}  // namespace chroom::ice
