#pragma once
#include <cstdint>

#include "rtcp/reader.h"
#include "vocabulary/time.h"

namespace chroom::streams {

// Loss and jitter of one received SSRC (RFC 3550 sections 6.4.1, A.3 and A.8). Retransmissions are a stream of their
// own and are not counted here: what the network lost stays lost in the report.
class ReceptionStatistics {
 public:
  explicit ReceptionStatistics(uint32_t clock_rate_hz) : clock_rate_hz_(clock_rate_hz) {}

  void on_packet(int64_t sequence, uint32_t rtp_timestamp, Instant now);

  // The block of a receiver report; starts a new interval for fraction_lost. SSRC, LSR and DLSR are the caller's.
  rtcp::ReportBlock take_report_block();

  uint64_t received() const { return received_; }
  uint64_t expected() const { return first_ < 0 ? 0 : static_cast<uint64_t>(highest_ - first_ + 1); }
  // Not below 0, though duplicates can make the difference negative.
  uint64_t lost() const { return expected() > received_ ? expected() - received_ : 0; }
  uint32_t jitter_ticks() const { return jitter_q4_ >> 4; }
  uint32_t jitter_us() const;

 private:
  uint32_t clock_rate_hz_;
  uint32_t jitter_q4_ = 0;      // RFC 3550 A.8: scaled by 16
  uint32_t last_transit_ = 0;
  int64_t first_ = -1;
  int64_t highest_ = -1;
  uint64_t received_ = 0;
  uint64_t expected_before_ = 0;  // at the last report
  uint64_t received_before_ = 0;
};

}  // namespace chroom::streams
