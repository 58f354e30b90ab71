#pragma once
#include <span>
#include <string_view>

#include "rtcp/reader.h"

namespace chroom::rtcp {

// Appends RTCP packets to a buffer. Each call writes one whole packet or, when it does not fit, nothing and returns
// false. Never allocates. Leave room for the SRTCP trailer in the buffer, not here.
class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  size_t length() const { return length_; }
  Bytes bytes() const { return out_.first(length_); }
  MutableBytes rest() const { return out_.subspan(length_); }
  // Counts a packet that was written into rest() by somebody else (write_transport_feedback).
  void advance(size_t bytes) { length_ += bytes; }

  bool sender_report(uint32_t sender_ssrc, uint64_t ntp_time, uint32_t rtp_timestamp, uint32_t packet_count,
                     uint32_t octet_count, std::span<const ReportBlock> blocks = {});
  bool receiver_report(uint32_t sender_ssrc, std::span<const ReportBlock> blocks);
  bool source_description(uint32_t ssrc, std::string_view cname);
  bool bye(std::span<const uint32_t> sources);
  // `sequences` in ascending (wrapping) order; packed 17 per entry.
  bool nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> sequences);
  bool pli(uint32_t sender_ssrc, uint32_t media_ssrc);
  bool fir(uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command_sequence);
  bool remb(uint32_t sender_ssrc, uint64_t bitrate_bps, std::span<const uint32_t> sources);
  bool receiver_reference_time(uint32_t sender_ssrc, uint64_t ntp_time);
  bool dlrr(uint32_t sender_ssrc, std::span<const DelaySinceLastReceiverReport> reports);

 private:
  // Reserves a packet of 4 + body_length bytes with its header; nullptr when it does not fit.
  uint8_t* packet(PacketType type, uint8_t count, size_t body_length);

  MutableBytes out_;
  size_t length_ = 0;
};

}  // namespace chroom::rtcp
