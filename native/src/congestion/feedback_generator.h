#pragma once
#include <cstdint>
#include <memory>
#include <array>

#include "rtcp/transport_feedback.h"
#include "rtcp/writer.h"
#include "vocabulary/time.h"

namespace chroom::congestion {

// Tells a sender when its packets arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01). One per transport that
// receives media; sans-IO, nothing is allocated after construction.
class FeedbackGenerator {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(100);
  // Told at once when this many packets wait: one message stays below the path MTU.
  static constexpr int64_t kEagerPackets = 400;

  explicit FeedbackGenerator(uint32_t sender_ssrc);

  // transport_sequence: from the header extension. Late and duplicate numbers are fine.
  void on_packet(uint16_t transport_sequence, uint32_t media_ssrc, Instant arrival);

  Instant next_deadline() const { return deadline_; }
  // Writes one message when due. True when something was written: call again, there may be more. False: nothing is
  // due, or `out` has no room for anything.
  bool write(rtcp::Writer& out, Instant now);

 private:
  static constexpr int64_t kWindow = 2048;  // Numbers kept; a power of two.

  int64_t& arrival_of(int64_t sequence) { return (*arrivals_)[static_cast<size_t>(sequence & (kWindow - 1))]; }
  void advance_to(int64_t sequence);

  std::unique_ptr<std::array<int64_t, kWindow>> arrivals_;  // in us, kNotReceived where missing
  std::unique_ptr<std::array<int64_t, kWindow>> scratch_;   // one message's arrivals in a row
  uint32_t sender_ssrc_;
  uint32_t media_ssrc_ = 0;
  int64_t next_ = -1;      // first number not seen
  int64_t base_ = -1;      // first number of the next message
  uint8_t feedback_count_ = 0;
  Instant deadline_ = kNever;
};

}  // namespace chroom::congestion
