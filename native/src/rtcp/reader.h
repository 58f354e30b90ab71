#pragma once
#include <cstdint>
#include <optional>

#include "metering/drop_reason.h"
#include "vocabulary/bytes.h"

// RTCP (RFC 3550 section 6) as bounded views over the datagram. Nothing is copied or allocated.
namespace chroom::rtcp {

enum class PacketType : uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kApplication = 204,
  kTransportFeedback = 205,  // RFC 4585: NACK, transport-wide-cc
  kPayloadFeedback = 206,    // PLI, FIR, REMB
  kExtendedReport = 207,     // RFC 3611
};

// Feedback message types, the count field of types 205 and 206.
inline constexpr uint8_t kNackFormat = 1;
inline constexpr uint8_t kTransportWideCcFormat = 15;
inline constexpr uint8_t kPliFormat = 1;
inline constexpr uint8_t kFirFormat = 4;
inline constexpr uint8_t kApplicationLayerFormat = 15;  // REMB

inline constexpr size_t kHeaderBytes = 4;
inline constexpr size_t kMaxReportBlocks = 31;

// One packet of a compound: `body` is what follows the 4-byte header, without padding.
struct PacketView {
  PacketType type;
  uint8_t count;  // report count or feedback format
  Bytes body;
};

// Walks a compound or reduced-size packet (RFC 5506). Give it the decrypted packet.
class CompoundReader {
 public:
  explicit CompoundReader(Bytes compound) : rest_(compound) {}
  // False at the end or at the first packet that does not fit; then malformed() tells which. Packets returned before
  // are good.
  bool next(PacketView& out);
  bool malformed() const { return malformed_; }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

struct ReportBlock {
  uint32_t ssrc = 0;
  int32_t cumulative_lost = 0;  // 24 bits, signed
  uint32_t extended_highest_sequence = 0;
  uint32_t jitter = 0;                    // in units of the RTP clock
  uint32_t last_sender_report = 0;        // middle 32 bits of its NTP time; 0: none yet
  uint32_t delay_since_last_report = 0;   // in 1/65536 s
  uint8_t fraction_lost = 0;              // in 1/256
};

// Array of report blocks still in the packet.
class ReportBlocks {
 public:
  ReportBlocks() = default;
  ReportBlocks(Bytes bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / kBlockBytes; }
  ReportBlock operator[](size_t index) const;
  static constexpr size_t kBlockBytes = 24;

 private:
  Bytes bytes_;
};

struct SenderReport {
  uint32_t sender_ssrc;
  uint64_t ntp_time;  // 32.32 seconds since 1900
  uint32_t rtp_timestamp;
  uint32_t packet_count;
  uint32_t octet_count;
  ReportBlocks blocks;
};
struct ReceiverReport {
  uint32_t sender_ssrc;
  ReportBlocks blocks;
};
// nullopt here and below: another type, or too short for what it announces (count kRtcpMalformed).
std::optional<SenderReport> parse_sender_report(const PacketView& packet);
std::optional<ReceiverReport> parse_receiver_report(const PacketView& packet);

// Generic NACK (RFC 4585 section 6.2.1).
class Nack {
 public:
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  // Calls f(uint16_t sequence) for every lost packet, at most 17 per entry of the packet; f returns false to stop.
  template <typename F>
  void for_each(F&& f) const {
    for (size_t at = 0; at + 4 <= entries_.size(); at += 4) {
      const uint16_t first = load_be16(entries_.data() + at);
      const uint16_t mask = load_be16(entries_.data() + at + 2);
      if (!f(first)) return;
      for (unsigned bit = 0; bit < 16; ++bit) {
        if ((mask >> bit & 1) != 0 && !f(static_cast<uint16_t>(first + bit + 1))) return;
      }
    }
  }

 private:
  friend std::optional<Nack> parse_nack(const PacketView&);
  Bytes entries_;
};
std::optional<Nack> parse_nack(const PacketView& packet);

struct Pli {
  uint32_t sender_ssrc;
  uint32_t media_ssrc;
};
std::optional<Pli> parse_pli(const PacketView& packet);

// Full intra request (RFC 5104 section 4.3.1).
class Fir {
 public:
  uint32_t sender_ssrc = 0;
  size_t size() const { return entries_.size() / 8; }
  uint32_t ssrc(size_t index) const { return load_be32(entries_.data() + 8 * index); }
  uint8_t command_sequence(size_t index) const { return entries_[8 * index + 4]; }

 private:
  friend std::optional<Fir> parse_fir(const PacketView&);
  Bytes entries_;
};
std::optional<Fir> parse_fir(const PacketView& packet);

// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03).
struct Remb {
  uint32_t sender_ssrc;
  uint64_t bitrate_bps;
  uint8_t ssrc_count;
  Bytes ssrcs;  // 4 bytes each
};
std::optional<Remb> parse_remb(const PacketView& packet);

// Calls f(uint32_t ssrc) for each source of a BYE. False when malformed.
template <typename F>
bool for_each_bye_source(const PacketView& packet, F&& f) {
  if (packet.type != PacketType::kBye || packet.body.size() < size_t{4} * packet.count) return false;
  for (size_t i = 0; i < packet.count; ++i) f(load_be32(packet.body.data() + 4 * i));
  return true;
}

// The first CNAME of a source description (RFC 3550 section 6.5).
struct Cname {
  uint32_t ssrc;
  Bytes text;
};
std::optional<Cname> parse_cname(const PacketView& packet);

// Extended reports (RFC 3611 sections 4.4 and 4.5).
struct ReceiverReferenceTime {
  uint32_t sender_ssrc;
  uint64_t ntp_time;
};
std::optional<ReceiverReferenceTime> parse_receiver_reference_time(const PacketView& packet);
struct DelaySinceLastReceiverReport {
  uint32_t ssrc;
  uint32_t last_receiver_report;  // middle 32 bits
  uint32_t delay;                 // in 1/65536 s
};
// The DLRR sub-block about `ssrc`.
std::optional<DelaySinceLastReceiverReport> parse_dlrr(const PacketView& packet, uint32_t ssrc);

}  // namespace chroom::rtcp
