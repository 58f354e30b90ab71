#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "vocabulary/time.h"

namespace chroom::streams {

// Which packets of one received encoding are missing and when to ask for them again (RFC 4585 6.2.1).
// Owned by ReceiveStream; sans-IO. All numbers are extended to 64 bits. Bounded: at most kCapacity packets are
// missing at a time, each is asked for at most kMaxTries times and for at most kMaxAge.
class NackGenerator {
 public:
  static constexpr size_t kCapacity = 256;
  static constexpr int kMaxTries = 10;
  static constexpr Duration kMaxAge = std::chrono::milliseconds(1000);
  // A gap is first taken for reordering: it is asked for after this time, or once this many packets came behind it.
  static constexpr Duration kReorderDelay = std::chrono::milliseconds(10);
  static constexpr int64_t kReorderPackets = 3;
  static constexpr Duration kMinRetryInterval = std::chrono::milliseconds(20);
  static constexpr Duration kMaxRetryInterval = std::chrono::milliseconds(500);

  struct PacketOutcome {
    bool overflowed = false;     // More is missing than can be asked for: everything was forgotten, a key frame helps.
    bool recovered = false;      // This packet had been asked for.
    Duration round_trip{0};      // From its only request until now; 0 when it was asked for more than once.
  };

  // A packet of the encoding arrived, by itself or by retransmission.
  PacketOutcome on_packet(int64_t sequence, Instant now);

  // Writes the sequence numbers to ask for now; returns how many. Call when `now` reaches next_deadline().
  size_t collect(Instant now, Duration round_trip, std::span<uint16_t> out);
  Instant next_deadline() const { return next_deadline_; }

  size_t missing() const { return size_; }
  // After a pause of the sender (mute): nothing before the next packet is missing.
  void reset();

 private:
  struct Missing {
    int64_t sequence;
    Instant noticed_at;
    Instant asked_at;
    uint8_t tries;
  };

  bool note_gap(int64_t from, int64_t to, Instant now);
  PacketOutcome remove(int64_t sequence, Instant now);
  bool is_due(const Missing& missing, Instant now, Duration interval) const;
  void schedule(Duration interval);

  std::array<Missing, kCapacity> missing_;  // Sorted by sequence number, first size_ valid.
  size_t size_ = 0;
  int64_t highest_ = 0;
  Instant next_deadline_ = kNever;
  Duration last_interval_ = kMinRetryInterval;
};

}  // namespace chroom::streams
