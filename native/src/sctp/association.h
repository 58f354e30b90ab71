#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vocabulary/bytes.h"
#include "vocabulary/random.h"
#include "vocabulary/result.h"
#include "vocabulary/time.h"

namespace chroom::sctp {

// Payload protocol identifiers of WebRTC data (RFC 8831, section 8). An empty message is written and read as an empty
// span with kString or kBinary; the one-byte stand-ins of the wire (56, 57) never show in this interface.
inline constexpr uint32_t kPpidString = 51;
inline constexpr uint32_t kPpidBinary = 53;

// A message body that many associations may send without copying it (one room message to all participants).
using SharedPayload = std::shared_ptr<const std::vector<uint8_t>>;

struct Config {
  // RFC 8832, section 6: the DTLS client opens even stream ids, the server odd ones.
  bool is_dtls_client = false;
  uint16_t local_port = 5000;   // a=sctp-port of this side.
  uint16_t remote_port = 5000;  // a=sctp-port of the peer.
  // One SCTP packet, common header included; 1150 leaves 50 bytes for DTLS in a 1200 byte datagram. 576..65535.
  size_t max_packet_bytes = 1150;
  // Largest message that send() takes (the peer's a=max-message-size), and the largest that is reassembled.
  size_t max_outgoing_message_bytes = 256 * 1024;
  size_t max_incoming_message_bytes = 256 * 1024;
  // Queued and unacknowledged bytes, 64 per message counted on top. send() answers kLimitExceeded past it. A partially
  // reliable channel queues at most a quarter, so that its overload leaves room for the reliable ones.
  size_t send_buffer_bytes = 2 * 1024 * 1024;
  // Advertised receiver window: out-of-order, partial and not yet polled data. One partial message may exceed it.
  size_t receive_window_bytes = 512 * 1024;
  uint16_t max_streams = 1024;   // Announced in INIT both ways; state exists only for used streams.
  uint16_t max_channels = 128;   // Open or closing at once; a peer's further OPEN is answered with a reset.
  size_t max_label_bytes = 512;  // Also for the protocol string.
  // RFC 9260 asks 1 s. Over DTLS/UDP with live media 400 ms is twice the longest delayed SACK that peers use (200 ms),
  // so a late SACK causes no false timeout, and a lost tail is repaired within a conversation's patience.
  Duration rto_initial = std::chrono::milliseconds(500);
  Duration rto_min = std::chrono::milliseconds(400);
  // Backing off further would only delay recovery after a network change; ICE decides when a path is dead.
  Duration rto_max = std::chrono::seconds(3);
  Duration delayed_ack = std::chrono::milliseconds(100);
  // While nothing is outstanding (RFC 9260 section 8.3); 0: none, where something below watches the path.
  Duration heartbeat_interval = std::chrono::seconds(30);
  Duration cookie_lifetime = std::chrono::seconds(60);
  uint32_t max_init_retransmits = 12;  // About 33 s of tries.
  uint32_t max_retransmits = 20;       // About 55 s without an answer: longer than ICE consent (30 s).
};

struct ChannelParameters {
  std::string label;
  std::string protocol;
  bool ordered = true;
  // At most one of the two; neither means reliable.
  std::optional<uint32_t> max_retransmits;
  std::optional<uint32_t> max_lifetime_ms;
  uint16_t priority = 256;
  // Set: both sides agreed on this id elsewhere and no DCEP is spoken. Unset: the lowest free id of our parity.
  std::optional<uint16_t> negotiated_stream_id;
};

enum class AbortReason : uint8_t {
  kLocal,              // abort() was called.
  kPeer,               // The peer sent ABORT.
  kHandshakeTimeout,   // No answer to INIT or COOKIE ECHO.
  kTooManyRetransmits, // No answer to data, heartbeat, reset or shutdown.
  kProtocolViolation,  // The peer broke RFC 9260 in a way that cannot be repaired.
  kMessageTooLarge,    // The peer sent more than max_incoming_message_bytes in one message.
  kPeerRestarted,      // A new handshake inside the same DTLS connection; WebRTC peers never do this.
};
const char* abort_reason_name(AbortReason reason);

struct Established {};
// For a channel of ours this comes when the peer acknowledged it (at once if negotiated); send() works before.
struct ChannelOpened {
  uint16_t stream_id;
  bool opened_by_peer;
  ChannelParameters parameters;
};
// Both directions are reset, the id is free again. Also sent for each channel when the association ends.
struct ChannelClosed {
  uint16_t stream_id;
};
struct MessageReceived {
  uint16_t stream_id;
  uint32_t ppid;  // kPpidString or kPpidBinary, or what a peer chose outside WebRTC.
  std::vector<uint8_t> bytes;
};
// buffered_bytes(stream_id) fell to the threshold or below it.
struct BufferedLow {
  uint16_t stream_id;
};
// Last event: the association ended in disorder.
struct Aborted {
  AbortReason reason;
  std::string detail;
};
// Last event: a SHUTDOWN exchange finished, whichever side began.
struct ShutdownFinished {};

using Event = std::variant<Established, ChannelOpened, ChannelClosed, MessageReceived, BufferedLow, Aborted, ShutdownFinished>;

// Since creation; 32 bits, wrapping.
struct Counters {
  uint32_t packets_received = 0;
  uint32_t packets_sent = 0;
  uint32_t dropped_malformed = 0;       // Truncated, bad lengths, bundling rules broken.
  uint32_t dropped_checksum = 0;
  uint32_t dropped_tag = 0;             // Verification tag or port of another association.
  uint32_t dropped_state = 0;           // Chunk not allowed in this state, stale or forged cookie.
  uint32_t dropped_out_of_window = 0;   // TSN too far ahead, receive buffer or gap list full.
  uint32_t dropped_no_channel = 0;      // Whole message on a stream without a channel.
  uint32_t dropped_too_long = 0;        // Message over max_incoming_message_bytes; it ends the association.
  uint32_t dropped_channel_limit = 0;   // OPEN of the peer beyond max_channels.
  uint32_t duplicate_tsns = 0;
  uint32_t chunks_retransmitted = 0;
  uint32_t messages_abandoned = 0;      // RFC 3758, by us.
  uint32_t timeouts = 0;                // T3 expirations.
  uint32_t fast_retransmits = 0;        // Times fast recovery began.
};

enum class AssociationState : uint8_t {
  kClosed,
  kCookieWait,
  kCookieEchoed,
  kEstablished,
  kShutdownPending,
  kShutdownSent,
  kShutdownReceived,
  kShutdownAckSent,
};

// One SCTP association of a WebRTC peer connection (RFC 9260 over DTLS as in RFC 8261) with its data channels (RFC 8831,
// RFC 8832), partial reliability (RFC 3758) and stream reset (RFC 6525).
// Sans-IO: the session calls receive() for each decrypted DTLS payload, drains poll_transmit() and poll_event() after
// every call, and calls on_timeout() at next_deadline(). One thread at a time; holds no clock, socket or lock, and is
// movable. Memory follows use: an idle established association holds no buffers.
class Association {
 public:
  // `random` is borrowed and must outlive the association.
  Association(const Config& config, RandomSource& random);
  ~Association();
  Association(Association&&) noexcept;
  Association& operator=(Association&&) noexcept;

  // Starts the handshake. Without it the association waits for the peer's INIT. Both sides may connect at once, and
  // calling it when the handshake is under way or done has no effect.
  void connect(Instant now);
  // Graceful end: queued messages are delivered first, then SHUTDOWN. Ends with ShutdownFinished or Aborted.
  void shutdown(Instant now);
  // Ends at once; poll_transmit() gives one ABORT. `detail` travels to the peer (at most 64 bytes).
  void abort(std::string_view detail, Instant now);

  void receive(Bytes packet, Instant now);
  // Writes at most one packet and returns its size, 0 when there is nothing to send now. `out` holds at least
  // Config::max_packet_bytes.
  size_t poll_transmit(MutableBytes out, Instant now);
  Instant next_deadline() const;
  void on_timeout(Instant now);
  std::optional<Event> poll_event();

  // Returns the stream id; usable for send() at once, even before Established. kLimitExceeded, kAlreadyExists
  // (negotiated id in use), kInvalidArgument (both reliabilities, label too long), kClosed.
  Result<uint16_t> open_channel(const ChannelParameters& parameters, Instant now);
  // Sends what is queued, then resets the stream; ChannelClosed follows. kNotFound.
  Result<void> close_channel(uint16_t stream_id, Instant now);

  // kNotFound (no such channel), kClosed (channel or association closing), kInvalidArgument (larger than
  // max_outgoing_message_bytes), kLimitExceeded (send buffer full: wait for BufferedLow or drop).
  Result<void> send(uint16_t stream_id, uint32_t ppid, Bytes message, Instant now);
  Result<void> send_shared(uint16_t stream_id, uint32_t ppid, SharedPayload message, Instant now);

  // Bytes of this channel that were not yet sent a first time (bufferedAmount of the W3C interface).
  size_t buffered_bytes(uint16_t stream_id) const;
  void set_buffered_low_threshold(uint16_t stream_id, size_t threshold_bytes);

  AssociationState state() const;
  const Counters& counters() const;
  // Zero until measured.
  Duration smoothed_rtt() const;
  size_t congestion_window_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chroom::sctp
