#pragma once
#include <openssl/bio.h>
#include <openssl/types.h>
#include <sys/time.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "dtls/connection.h"

namespace chroom::dtls {

// What we know of the peer's certificate. The verify callback of the SSL_CTX fills and asks it.
struct PeerCheck {
  std::vector<Fingerprint> expected;  // empty: signalling has not said yet
  std::optional<std::array<Fingerprint, 3>> presented;

  // False when somebody is expected and somebody else came.
  bool acceptable() const;
};

// OpenSSL's part of a connection: an SSL object between two datagrams in memory, alive only until the handshake is over.
// Internal to dtls/.
class Handshake {
 public:
  enum class Progress : uint8_t { kPending, kFinished, kFailed };

  // nullptr when OpenSSL is out of memory. `peer` is borrowed.
  static std::unique_ptr<Handshake> create(Context& context, Role role, PeerCheck& peer);
  ~Handshake();
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  // Client: makes the first flight.
  Progress start(Instant now, Output& out) { return run({}, now, out); }
  // Exactly one record of the peer.
  Progress feed(Bytes record, Instant now, Output& out) { return run(record, now, out); }
  Progress on_timeout(Instant now, Output& out);
  Instant next_deadline() const { return armed_ ? deadline_ : kNever; }
  uint32_t retransmissions() const { return retransmissions_; }

  // After kFinished, once. nullopt: our own derivation disagrees with OpenSSL's record, or no SRTP profile was agreed
  // (srtp stays empty then).
  struct Secrets {
    RecordLayer records;
    std::optional<SrtpKeys> srtp;
  };
  std::optional<Secrets> take_secrets();

  // The BIO by which OpenSSL reads and writes datagrams; Context makes one for its worker.
  static BIO_METHOD* make_datagram_bio();
  // True when the OpenSSL we are linked with keeps its timeout where we can reach it (see timer_field_).
  static bool timers_can_be_driven(Context& context);

 private:
  explicit Handshake(Role role) : role_(role) {}

  static int bio_write(BIO* bio, const char* data, int length);
  static int bio_read(BIO* bio, char* data, int length);
  static long bio_control(BIO* bio, int command, long number, void* pointer);

  Progress run(Bytes record, Instant now, Output& out);
  void observe_written(Bytes datagram);
  void timer_set(timeval* field);
  bool derive_record_keys(RecordLayer& records);
  bool take_over(RecordLayer& records);
  std::optional<SrtpKeys> export_srtp_keys();

  Context* context_ = nullptr;  // borrowed
  SSL* ssl_ = nullptr;
  Role role_;

  Bytes input_;            // the record being fed, until OpenSSL has read it
  Output* out_ = nullptr;  // during a call
  Instant now_{};          // of the call

  // OpenSSL 3.0 shows the field that holds the wall-clock time of its next retransmission (zero: none) to the BIO.
  // Our callback keeps that time an hour away; on_timeout() moves it into the past, and OpenSSL then
  // repeats the flight. So the wall clock is read but decides nothing.
  timeval* timer_field_ = nullptr;
  bool armed_ = false;
  bool repeating_ = false;
  Instant deadline_{};
  Duration interval_ = Connection::kFirstRetransmission;
  uint32_t retransmissions_ = 0;

  // Of the records OpenSSL wrote: where our record layer goes on.
  uint64_t next_plain_sequence_ = 0;
  uint64_t next_sequence_ = 0;
  uint64_t last_nonce_ = 0;
  std::vector<uint8_t> finished_record_;  // the latest epoch 1 handshake record
  std::optional<uint64_t> finishing_sequence_;  // epoch 1, of the peer's Finished
  uint32_t protected_fed_ = 0;
};

}  // namespace chroom::dtls
