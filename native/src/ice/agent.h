#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ice/credentials.h"
#include "metering/drop_reason.h"
#include "stun/message.h"
#include "vocabulary/bytes.h"
#include "vocabulary/random.h"
#include "vocabulary/time.h"
#include "vocabulary/transport_address.h"

namespace chroom::ice {

// A hostile peer that knows our password can prove itself from many addresses; more than this is never remembered.
inline constexpr size_t kMaxPaths = 16;
// TransportState of control.proto: silence until DISCONNECTED, and from there until FAILED.
inline constexpr Duration kDisconnectAfter = std::chrono::seconds(10);
inline constexpr Duration kFailAfter = std::chrono::seconds(5);
// Until the peer has proved itself by DTLS, at most this many bytes leave per byte that arrived on a path.
inline constexpr uint32_t kAmplificationFactor = 8;
// A reply always fits in this much.
inline constexpr size_t kMaxReplyBytes = 160;

// One pair of addresses over which an authenticated check has come. `local` is the address of our socket, which the
// sender needs to choose it again.
struct Path {
  TransportAddress local;
  TransportAddress remote;

  bool operator==(const Path&) const = default;
};

enum class ConsentState : uint8_t {
  kNew,           // no authenticated check yet
  kConnected,     // checks arrive
  kDisconnected,  // none for kDisconnectAfter
  kFailed,        // none for kDisconnectAfter + kFailAfter; only a check with newer credentials revives
};

// ICE-lite agent of one transport (RFC 8445 section 2.5): it only answers checks and follows the nominations of the
// controlling side. Owned by session::Transport, used by one worker thread; never sends by itself, never reads a
// clock.
//
// - Nothing is created, answered or kept alive by a datagram whose MESSAGE-INTEGRITY is wrong.
// - The newest valid USE-CANDIDATE wins, because controlling agents nominate again and again (aggressively, or to
//   move to a better path). Before any nomination the path of the latest valid check is used.
// - A check that is seen again under the same transaction id from another address is a copy somebody else sent: it
//   is dropped, so that it cannot pull the media away.
// - After restart() both generations of credentials are good until the first check with the new ones.
class Agent {
 public:
  struct Handled {
    size_t reply_bytes = 0;                  // written to `reply`; goes to the address the datagram came from
    DropReason dropped = DropReason::kNone;  // kNone: the datagram was accepted
    bool path_added = false;                 // route datagrams from this remote address here from now on
    std::optional<TransportAddress> remote_removed;  // and no longer from this one
    bool send_path_changed = false;
    bool only_refreshed_consent = false;  // of a connected agent, on a path that it knew
  };

  explicit Agent(RandomSource& random);

  // The newest credentials: what signalling tells the other side.
  const Credentials& local() const { return newest().credentials; }
  // The fragments that checks may address at present: one, or two during a restart. Borrowed until the next handle()
  // or restart(); compare the number after handle(), which ends a restart.
  size_t fragments(std::array<std::string_view, 2>& out) const;
  bool has_fragment(std::string_view fragment) const;
  // ICE restart: makes new credentials. A second restart before any check replaces the unused ones.
  const Credentials& restart();

  // A STUN datagram that came over (local, remote). `reply` needs kMaxReplyBytes.
  Handled handle(Bytes datagram, const TransportAddress& local, const TransportAddress& remote, Instant now,
                 MutableBytes reply);

  // Where to send; nullptr before the first valid check.
  const Path* send_path() const;
  // Asks for what send_path() will read, without waiting.
  void prefetch() const {
    __builtin_prefetch(&paths_);
    __builtin_prefetch(&send_index_);
  }
  // Asks for what handle() will read.
  void prefetch_for_check() const {
    const auto* line = reinterpret_cast<const char*>(this);
    for (size_t at = 0; at < sizeof *this; at += 64) __builtin_prefetch(line + at, 1);
  }
  bool nominated() const { return nominated_; }
  bool knows(const TransportAddress& remote) const;
  // Calls f(const Path&) for every validated path.
  template <typename F>
  void for_each_path(F&& f) const {
    for (const Validated& v : paths_) f(v.path);
  }

  ConsentState consent() const { return consent_; }
  Instant next_deadline() const;
  void on_timeout(Instant now);

  // Amplification. credit(): a non-STUN datagram of the session arrived on a validated path. charge(): may `bytes`
  // leave on the send path? Counts them if so. lift_amplification_limit() once DTLS is finished.
  void credit(const TransportAddress& remote, size_t bytes);
  bool charge(size_t bytes);
  void lift_amplification_limit() { limited_ = false; }

 private:
  struct Generation {
    Credentials credentials;
    stun::IntegrityKey key;
  };
  struct Validated {
    Path path;
    Instant last_check;
    uint32_t received_bytes = 0;  // saturating, only while limited_
    uint32_t sent_bytes = 0;
  };
  struct SeenTransaction {
    stun::TransactionId id{};
    TransportAddress remote;
  };
  static constexpr size_t kSeenTransactions = 4;

  const Generation& newest() const { return pending_ ? *pending_ : current_; }
  Generation generate();
  // kNone: the sender has the password of `generation`.
  DropReason authenticate(const stun::Message& message, const Generation*& generation) const;
  const Generation* match(Bytes fragment) const;
  bool copied_from_elsewhere(const stun::Message& message, const TransportAddress& remote);
  void adopt_pending();
  Validated* find(const TransportAddress& local, const TransportAddress& remote);
  Validated& admit(const TransportAddress& local, const TransportAddress& remote, Instant now, Handled& handled);
  void accept_check(const stun::Message& message, Validated& path, Instant now, Handled& handled);

  RandomSource& random_;  // borrowed
  Generation current_;
  std::optional<Generation> pending_;
  std::vector<Validated> paths_;
  std::array<SeenTransaction, kSeenTransactions> seen_{};
  size_t next_seen_ = 0;
  size_t send_index_ = 0;  // into paths_
  Instant last_check_{};
  ConsentState consent_ = ConsentState::kNew;
  bool nominated_ = false;
  bool limited_ = true;
};

}  // namespace chroom::ice
