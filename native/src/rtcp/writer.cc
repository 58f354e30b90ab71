#include "rtcp/writer.h"

#include <algorithm>
#include <cstring>

namespace chroom::rtcp {
namespace {

constexpr uint8_t kVersionBits = 0x80;
constexpr uint32_t kRembIdentifier = 0x52454D42;  // "REMB"
constexpr size_t kMaxCnameBytes = 255;
constexpr size_t kMaxSources = 31;
constexpr uint64_t kMaxRembMantissa = 0x3FFFF;

void store_block(uint8_t* p, const ReportBlock& block) {
  store_be32(p, block.ssrc);
  p[4] = block.fraction_lost;
  store_be24(p + 5, static_cast<uint32_t>(std::clamp(block.cumulative_lost, -0x800000, 0x7FFFFF)) & 0xFFFFFF);
  store_be32(p + 8, block.extended_highest_sequence);
  store_be32(p + 12, block.jitter);
  store_be32(p + 16, block.last_sender_report);
  store_be32(p + 20, block.delay_since_last_report);
}

// Calls entry(first, mask) for each 32-bit entry of a NACK; how many there were.
template <typename Entry>
size_t pack_nack(std::span<const uint16_t> sequences, Entry entry) {
  size_t entries = 0;
  for (size_t at = 0; at < sequences.size(); ++entries) {
    const uint16_t first = sequences[at++];
    uint16_t mask = 0;
    for (; at < sequences.size(); ++at) {
      const auto distance = static_cast<uint16_t>(sequences[at] - first);
      if (distance > 16) break;
      if (distance != 0) mask |= static_cast<uint16_t>(1u << (distance - 1));
    }
    entry(first, mask);
  }
  return entries;
}

}  // namespace

bool Writer::sender_report(uint32_t sender_ssrc, uint64_t ntp_time, uint32_t rtp_timestamp, uint32_t packet_count,
                           uint32_t octet_count, std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxReportBlocks) return false;
  uint8_t* p = packet(PacketType::kSenderReport, static_cast<uint8_t>(blocks.size()),
                      24 + ReportBlocks::kBlockBytes * blocks.size());
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be64(p + 4, ntp_time);
  store_be32(p + 12, rtp_timestamp);
  store_be32(p + 16, packet_count);
  store_be32(p + 20, octet_count);
  p += 24;
  for (const ReportBlock& block : blocks) {
    store_block(p, block);
    p += ReportBlocks::kBlockBytes;
  }
  return true;
}

bool Writer::receiver_report(uint32_t sender_ssrc, std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxReportBlocks) return false;
  uint8_t* p = packet(PacketType::kReceiverReport, static_cast<uint8_t>(blocks.size()),
                      4 + ReportBlocks::kBlockBytes * blocks.size());
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  p += 4;
  for (const ReportBlock& block : blocks) {
    store_block(p, block);
    p += ReportBlocks::kBlockBytes;
  }
  return true;
}

// One chunk: SSRC, the CNAME item, and at least one zero byte up to a word boundary.
bool Writer::source_description(uint32_t ssrc, std::string_view cname) {
  if (cname.size() > kMaxCnameBytes) return false;
  const size_t chunk_length = (4 + 2 + cname.size() + 1 + 3) / 4 * 4;
  uint8_t* p = packet(PacketType::kSourceDescription, 1, chunk_length);
  if (p == nullptr) return false;
  std::memset(p, 0, chunk_length);
  store_be32(p, ssrc);
  p[4] = 1;
  p[5] = static_cast<uint8_t>(cname.size());
  std::copy(cname.begin(), cname.end(), p + 6);
  return true;
}

bool Writer::bye(std::span<const uint32_t> sources) {
  if (sources.size() > kMaxSources) return false;
  uint8_t* p = packet(PacketType::kBye, static_cast<uint8_t>(sources.size()), 4 * sources.size());
  if (p == nullptr) return false;
  for (size_t i = 0; i < sources.size(); ++i) store_be32(p + 4 * i, sources[i]);
  return true;
}

bool Writer::nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> sequences) {
  const size_t entries = pack_nack(sequences, [](uint16_t, uint16_t) {});
  if (entries == 0) return false;
  uint8_t* p = packet(PacketType::kTransportFeedback, kNackFormat, 8 + 4 * entries);
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, media_ssrc);
  p += 8;
  pack_nack(sequences, [&p](uint16_t first, uint16_t mask) {
    store_be16(p, first);
    store_be16(p + 2, mask);
    p += 4;
  });
  return true;
}

bool Writer::pli(uint32_t sender_ssrc, uint32_t media_ssrc) {
  uint8_t* p = packet(PacketType::kPayloadFeedback, kPliFormat, 8);
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, media_ssrc);
  return true;
}

// RFC 5104 section 4.3.1.2: the media SSRC of the common header is unused, the entry names it.
bool Writer::fir(uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command_sequence) {
  uint8_t* p = packet(PacketType::kPayloadFeedback, kFirFormat, 16);
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, 0);
  store_be32(p + 8, media_ssrc);
  store_be32(p + 12, uint32_t{command_sequence} << 24);
  return true;
}

bool Writer::remb(uint32_t sender_ssrc, uint64_t bitrate_bps, std::span<const uint32_t> sources) {
  if (sources.size() > 255) return false;
  uint8_t* p = packet(PacketType::kPayloadFeedback, kApplicationLayerFormat, 16 + 4 * sources.size());
  if (p == nullptr) return false;
  uint32_t exponent = 0;
  for (; bitrate_bps > kMaxRembMantissa; bitrate_bps >>= 1) ++exponent;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, 0);
  store_be32(p + 8, kRembIdentifier);
  p[12] = static_cast<uint8_t>(sources.size());
  store_be24(p + 13, exponent << 18 | static_cast<uint32_t>(bitrate_bps));
  for (size_t i = 0; i < sources.size(); ++i) store_be32(p + 16 + 4 * i, sources[i]);
  return true;
}

bool Writer::receiver_reference_time(uint32_t sender_ssrc, uint64_t ntp_time) {
  uint8_t* p = packet(PacketType::kExtendedReport, 0, 16);
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, 0x04000002);
  store_be64(p + 8, ntp_time);
  return true;
}

bool Writer::dlrr(uint32_t sender_ssrc, std::span<const DelaySinceLastReceiverReport> reports) {
  if (reports.empty() || reports.size() > kMaxReportBlocks) return false;
  uint8_t* p = packet(PacketType::kExtendedReport, 0, 8 + 12 * reports.size());
  if (p == nullptr) return false;
  store_be32(p, sender_ssrc);
  store_be32(p + 4, 0x05000000 | static_cast<uint32_t>(3 * reports.size()));
  p += 8;
  for (const DelaySinceLastReceiverReport& report : reports) {
    store_be32(p, report.ssrc);
    store_be32(p + 4, report.last_receiver_report);
    store_be32(p + 8, report.delay);
    p += 12;
  }
  return true;
}

uint8_t* Writer::packet(PacketType type, uint8_t count, size_t body_length) {
  if (out_.size() - length_ < kHeaderBytes + body_length || body_length / 4 > UINT16_MAX) return nullptr;
  uint8_t* p = out_.data() + length_;
  p[0] = static_cast<uint8_t>(kVersionBits | count);
  p[1] = static_cast<uint8_t>(type);
  store_be16(p + 2, static_cast<uint16_t>(body_length / 4));
  length_ += kHeaderBytes + body_length;
  return p + kHeaderBytes;
}

}  // namespace chroom::rtcp
