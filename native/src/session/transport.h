#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dtls/connection.h"
#include "ice/agent.h"
#include "ice/controlling_agent.h"
#include "metering/counters.h"
#include "sctp/association.h"
#include "session/outbox.h"
#include "session/transport_state.h"
#include "srtp/receive_context.h"
#include "srtp/send_context.h"
#include "vocabulary/random.h"
#include "vocabulary/result.h"
#include "vocabulary/time.h"

namespace chroom::session {

// What all transports of one worker share; owned by the engine's worker, outlives them. One thread.
struct Workplace {
  Workplace(dtls::Context& dtls_context, RandomSource& random_source, metering::Counters& worker_counters,
            Outbox& worker_outbox)
      : dtls(dtls_context), random(random_source), counters(worker_counters), outbox(worker_outbox) {}

  dtls::Context& dtls;           // borrowed
  RandomSource& random;          // borrowed
  metering::Counters& counters;  // borrowed; transports count their drops here themselves
  Outbox& outbox;                // borrowed
  dtls::Output dtls_output;      // scratch of one call
  std::array<uint8_t, 2048> packet{};  // scratch: one SCTP packet
};

struct ConnectParameters {
  ice::Credentials remote_ice;  // a lite agent only checks their form
  std::vector<dtls::Fingerprint> remote_fingerprints;
  dtls::Role local_dtls_role = dtls::Role::kServer;
  uint16_t remote_sctp_port = 0;  // 0: no data channels
  size_t remote_max_message_bytes = 256 * 1024;
  // Controlling end only (load generator, tests): the peer's candidate and the address of our socket.
  TransportAddress remote_candidate;
  TransportAddress local_address;
};

struct TransportConfig {
  bool controlling = false;  // an ICE client towards a lite peer, instead of the lite agent
  Duration consent_interval = ice::ControllingAgent::kConsentInterval;  // of a controlling end
  // Role, remote port and largest outgoing message are taken from ConnectParameters; the lite agent has no heartbeats.
  sctp::Config sctp;
};

struct StateChange {
  TransportState from;
  TransportState to;
  TransportReason reason;
};

// What the engine has to do after a datagram; drops are counted already.
struct Handled {
  DropReason dropped = DropReason::kNone;
  bool path_added = false;  // route this remote address to this transport from now on
  std::optional<TransportAddress> remote_removed;  // and this one no longer
  bool send_path_changed = false;
  bool only_refreshed_consent = false;  // nothing to tell, and no deadline came nearer
};

struct TransportStatistics {
  uint64_t checks_received = 0;
  uint32_t dtls_retransmissions = 0;
  Duration data_round_trip{};  // of SCTP, zero until measured
  sctp::Counters sctp;
};

// One peer connection: ICE agent, DTLS, SRTP keys and SCTP, joined without I/O. Owned by one worker of engine/ and used
// by its thread only. Control datagrams leave through Workplace::outbox. Media does not pass through here: the packet
// path takes srtp_receive() and srtp_send() and calls them straight. What it drops, receives and sends it counts
// itself.
//
// After every call: send the outbox, drain poll_state_change() and poll_data_event(), look at next_deadline().
class Transport {
 public:
  // From connect() until CONNECTED; then the transport fails.
  static constexpr Duration kSetupTimeout = std::chrono::seconds(30);

  Transport(Workplace& workplace, const TransportConfig& config);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Newest local credentials, and the fragments that incoming checks may address (one; two during a restart).
  const ice::Credentials& local_ice() const;
  size_t ice_fragments(std::array<std::string_view, 2>& out) const { return agent_.fragments(out); }
  bool has_fragment(std::string_view fragment) const { return agent_.has_fragment(fragment); }
  const ice::Credentials& restart_ice();

  // The remote side's parameters. Again after renegotiation or ICE restart: DTLS, SRTP and SCTP are kept; another
  // DTLS role than before is kInvalidArgument. A wrong certificate shows as FAILED, not here.
  Result<void> connect(const ConnectParameters& parameters, Instant now);

  // Any STUN datagram addressed to this transport (by remote address or by ice::addressed_fragment()).
  Handled handle_stun(Bytes datagram, const TransportAddress& local, const TransportAddress& remote, Instant now);
  // DTLS from a validated remote address; decrypts in place.
  DropReason handle_dtls(MutableBytes datagram, const TransportAddress& remote, Instant now);

  Instant next_deadline() const;
  void on_timeout(Instant now);

  TransportState state() const { return state_; }
  std::optional<StateChange> poll_state_change();

  // Packet path. nullptr until DTLS is finished with the right certificate; then stable for the transport's life.
  srtp::ReceiveContext* srtp_receive() { return srtp_receive_ ? &*srtp_receive_ : nullptr; }
  // Asks for what media_path() and srtp_send() will read, without waiting.
  void prefetch() const {
    agent_.prefetch();
    __builtin_prefetch(&srtp_send_);
    __builtin_prefetch(&controlling_);
    __builtin_prefetch(&state_);
  }
  // The same for handle_stun().
  void prefetch_for_check() const {
    agent_.prefetch_for_check();
    __builtin_prefetch(&controlling_);
    __builtin_prefetch(&dtls_settled_, 1);
    __builtin_prefetch(&changes_);
  }
  srtp::SendContext* srtp_send() { return srtp_send_ ? &*srtp_send_ : nullptr; }
  // Where media goes; nullptr while nothing may be sent (not keyed, consent expired, closed).
  const ice::Path* media_path() const;
  bool knows(const TransportAddress& remote) const;
  template <typename F>
  void for_each_remote(F&& f) const {
    agent_.for_each_path([&](const ice::Path& path) { f(path.remote); });
  }

  // Data channels; see sctp::Association for the errors. kClosed before DTLS is finished or without SCTP.
  Result<uint16_t> open_channel(const sctp::ChannelParameters& parameters, Instant now);
  Result<void> close_channel(uint16_t stream_id, Instant now);
  Result<void> send_data(uint16_t stream_id, uint32_t ppid, Bytes message, Instant now);
  Result<void> send_data_shared(uint16_t stream_id, uint32_t ppid, sctp::SharedPayload message, Instant now);
  size_t buffered_bytes(uint16_t stream_id) const;
  void set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes);
  std::optional<sctp::Event> poll_data_event();

  // close_notify and the end of everything. Idempotent; poll_state_change() tells CLOSED once.
  void close(Instant now);

  TransportStatistics statistics() const;

 private:
  const ice::Path* send_path() const;
  void accept_dtls(dtls::Role role);
  void start_dtls_client(Instant now);
  void take_output(Instant now);
  void send_control(Bytes datagram);
  void run_checks(Instant now);
  void follow(Instant now);
  void follow_dtls(Instant now);
  void follow_consent();
  void key_srtp();
  void start_sctp(Instant now);
  void pump_sctp(Instant now);
  void count_sctp();
  Result<void> count_sent(Result<void> sent, size_t bytes, Instant now);
  void move(TransportState to, TransportReason reason);
  DropReason count(DropReason reason);
  ice::ConsentState consent() const;
  bool may_send() const { return state_ != TransportState::kFailed && state_ != TransportState::kClosed; }

  Workplace& workplace_;  // borrowed
  ice::Agent agent_;
  std::unique_ptr<ice::ControllingAgent> controlling_;  // instead of agent_ when set
  ice::Path candidate_path_;                            // of controlling_
  std::optional<dtls::Connection> dtls_;
  std::optional<srtp::ReceiveContext> srtp_receive_;
  std::optional<srtp::SendContext> srtp_send_;
  std::unique_ptr<sctp::Config> sctp_config_;  // until SCTP starts
  std::optional<sctp::Association> sctp_;
  sctp::Counters sctp_counted_;
  std::vector<StateChange> changes_;  // at most one per state and call
  std::optional<dtls::Role> signalled_role_;
  Instant setup_deadline_ = kNever;
  size_t remote_max_message_bytes_ = 0;
  uint64_t checks_received_ = 0;
  uint16_t remote_sctp_port_ = 0;
  TransportState state_ = TransportState::kNew;
  bool outbox_was_full_ = false;
  bool dtls_settled_ = false;  // its end was followed
};

}  // namespace chroom::session
