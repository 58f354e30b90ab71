#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dtls/context.h"
#include "dtls/fingerprint.h"
#include "dtls/output.h"
#include "dtls/record_layer.h"
#include "metering/drop_reason.h"
#include "vocabulary/bytes.h"
#include "vocabulary/time.h"

namespace chroom::dtls {

enum class Role : uint8_t { kServer, kClient };

enum class State : uint8_t {
  kHandshaking,
  kAwaitingFingerprint,  // handshake finished, but nobody has said yet whom to expect
  kConnected,            // keys are out, the certificate is the signalled one
  kFailed,               // failure() says why; final
  kClosed,               // close_notify came or went; final
};

enum class Failure : uint8_t {
  kNone,
  kTimeout,           // no progress in kMaxRetransmissions or kHandshakeLifetime
  kHandshake,         // OpenSSL refused what the peer sent, or the peer sent a fatal alert
  kWrongCertificate,  // not one of the signalled fingerprints
  kNoSrtpProfile,     // the peer offered none of ours
};
const char* failure_name(Failure failure);

// RFC 5764 section 4.1.2, RFC 7714 section 14.2: IANA numbers.
enum class SrtpProfile : uint16_t { kAes128CmHmacSha1_80 = 0x0001, kAeadAes128Gcm = 0x0007 };

// One direction's master key and salt; salt_bytes is 14 for kAes128CmHmacSha1_80 and 12 for kAeadAes128Gcm.
struct SrtpMasterKey {
  std::array<uint8_t, 16> key{};
  std::array<uint8_t, 14> salt{};
  uint8_t salt_bytes = 0;
};
struct SrtpKeys {
  SrtpProfile profile{};
  SrtpMasterKey local;   // protects what we send
  SrtpMasterKey remote;  // opens what the peer sends
};

class Handshake;

// One DTLS 1.2 association. Owned by session::Transport, used by one worker thread; no socket, no clock: datagrams and
// `now` come in, datagrams and application data go out through Output.
//
// OpenSSL does the handshake and is then freed: what stays is our own record layer (record_layer.h) and the last
// flight, so that an idle connection costs some hundred bytes. Handshake timers are ours: OpenSSL 3.0 keeps its timeout
// as a point of wall-clock time that it shows to the BIO by address (BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT); we put
// it out of reach when it is set and into the past when our deadline comes (handshake.cc).
class Connection {
 public:
  // First retransmission after 100 ms (addresses are proven by ICE, and browsers start with 50 ms), doubling to 2 s.
  static constexpr Duration kFirstRetransmission = std::chrono::milliseconds(100);
  static constexpr Duration kLongestRetransmission = std::chrono::seconds(2);
  static constexpr uint32_t kMaxRetransmissions = 10;
  static constexpr Duration kHandshakeLifetime = std::chrono::seconds(30);
  // Largest datagram we make ourselves.
  static constexpr size_t kMaxDatagramBytes = 1200;
  // Application records that came before the connection was connected.
  static constexpr size_t kMaxEarlyRecords = 8;
  static constexpr size_t kMaxEarlyBytes = 8 * 1024;

  // `context` is borrowed and outlives the connection.
  Connection(Context& context, Role role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The client sends its first flight; the server waits for one.
  void start(Instant now, Output& out);
  // Whom to expect; any one of them is enough. May be called before, during or after the handshake; after kConnected
  // only to repeat (a set without the present certificate fails the connection).
  void set_remote_fingerprints(std::span<const Fingerprint> fingerprints, Output& out);

  // A datagram whose first byte is 20 to 63. Decrypts in place. The reason of the first record that was dropped.
  DropReason handle(MutableBytes datagram, Instant now, Output& out);
  Instant next_deadline() const;
  void on_timeout(Instant now, Output& out);

  // One application record into `out`, which needs kRecordOverheadBytes more than `content`. 0: not connected or no room.
  size_t seal(Bytes content, MutableBytes out);
  // Sends close_notify if there is somebody to tell. Final.
  void close(Output& out);

  State state() const { return state_; }
  Failure failure() const { return failure_; }
  Role role() const { return role_; }
  // Once, when kConnected; nullopt before and afterwards. The copy in here is wiped.
  std::optional<SrtpKeys> take_srtp_keys();
  // Datagram or record counts for statistics.
  uint32_t retransmissions() const { return retransmissions_; }

 private:
  struct Unproven;

  DropReason handle_record(const RecordHeader& header, MutableBytes record, Instant now, Output& out);
  DropReason feed_handshake(const RecordHeader& header, MutableBytes record, Instant now, Output& out);
  DropReason handle_protected(const RecordHeader& header, MutableBytes record, Output& out);
  DropReason handle_application(MutableBytes content, Output& out);
  DropReason handle_alert(Bytes content);
  DropReason handle_late_handshake(Bytes content, Output& out);
  DropReason keep_early(Bytes bytes);
  void finish_handshake(Output& out);
  void open_early_records();
  void connect_if_proven(Output& out);
  void repeat_final_flight(Output& out);
  void send_alert(uint8_t level, uint8_t description, Output& out);
  void end(State state, Failure failure);

  Context& context_;  // borrowed
  std::unique_ptr<Handshake> handshake_;  // while kHandshaking
  std::unique_ptr<Unproven> unproven_;    // until kConnected
  std::optional<RecordLayer> records_;    // from the end of the handshake
  std::optional<SrtpKeys> srtp_keys_;     // from the end of the handshake until taken
  std::array<Fingerprint, 3> presented_;  // the peer's certificate, once kConnected
  Instant give_up_at_ = kNever;           // until kConnected
  uint32_t retransmissions_ = 0;
  Role role_;
  State state_ = State::kHandshaking;
  Failure failure_ = Failure::kNone;
};

}  // namespace chroom::dtls
