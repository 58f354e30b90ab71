#pragma once
#include <cstdint>

#include "generator/delay_histogram.h"
#include "rtcp/reader.h"
#include "rtp/header.h"
#include "vocabulary/time.h"

namespace chroom::load {

// What all receivers of a run counted together.
struct Tally {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t reordered = 0;   // older than one that came before
  uint64_t opened = 0;      // decrypted and looked at
  uint64_t unopenable = 0;  // did not authenticate
  uint64_t damaged = 0;     // authentic, but not what was published
  uint64_t other = 0;       // of no stream that was asked for: retransmissions, probes
  DelayHistogram delays;    // of those opened, when time stamps are on
};

// One stream at one receiver: counts every packet by its header, and makes the receiver report's block.
class ReceivedStream {
 public:
  explicit ReceivedStream(uint32_t ssrc, uint32_t clock_rate) : ssrc_(ssrc), clock_rate_(clock_rate) {}

  uint32_t ssrc() const { return ssrc_; }
  uint64_t packets() const { return packets_; }
  // Numbers missing between the first and the last packet that came; duplicates count against it.
  int64_t missing() const { return packets_ == 0 ? 0 : static_cast<int64_t>(highest_ - first_ + 1 - packets_); }

  void count(const rtp::Header& header, Instant now, Tally& tally);
  void on_sender_report(uint64_t ntp_time, Instant now);
  rtcp::ReportBlock report(Instant now);

 private:
  const uint32_t ssrc_;
  const uint32_t clock_rate_;
  uint64_t packets_ = 0;
  uint64_t first_ = 0;    // extended sequence numbers
  uint64_t highest_ = 0;
  uint64_t reported_expected_ = 0;
  uint64_t reported_packets_ = 0;
  int64_t last_transit_ = 0;
  int64_t jitter_x16_ = 0;
  uint32_t last_report_ = 0;
  Instant last_report_at_{};
};

}  // namespace chroom::load
