#include "rtcp/reader.h"

namespace chroom::rtcp {
namespace {

constexpr size_t kSsrcBytes = 4;
constexpr size_t kSenderInfoBytes = 24;  // SSRC, NTP and RTP time, two counts
constexpr uint32_t kRembIdentifier = 0x52454D42;  // "REMB"

constexpr uint8_t kCnameItem = 1;
constexpr uint8_t kReceiverReferenceTimeBlock = 4;
constexpr uint8_t kDlrrBlock = 5;

bool is(const PacketView& packet, PacketType type, uint8_t format, size_t min_body) {
  return packet.type == type && packet.count == format && packet.body.size() >= min_body;
}

// Calls found(type, content) for the report blocks of an XR packet (RFC 3611 section 3) until it says stop.
template <typename Found>
void walk_extended_reports(const PacketView& packet, Found found) {
  if (packet.type != PacketType::kExtendedReport || packet.body.size() < kSsrcBytes) return;
  for (size_t at = kSsrcBytes; at + 4 <= packet.body.size();) {
    const size_t length = size_t{4} * load_be16(packet.body.data() + at + 2);
    if (length > packet.body.size() - at - 4) return;
    if (found(packet.body[at], packet.body.subspan(at + 4, length))) return;
    at += 4 + length;
  }
}

}  // namespace

bool CompoundReader::next(PacketView& out) {
  if (rest_.empty() || malformed_) return false;
  malformed_ = true;
  if (rest_.size() < kHeaderBytes || rest_[0] >> 6 != 2) return false;
  const size_t body_length = size_t{4} * load_be16(rest_.data() + 2);
  if (body_length > rest_.size() - kHeaderBytes) return false;
  Bytes body = rest_.subspan(kHeaderBytes, body_length);
  if ((rest_[0] & 0x20) != 0) {
    // RFC 3550 section 6.4.1 asks for a multiple of four; libwebrtc pads its transport feedback by one to three bytes.
    const size_t padding = body.empty() ? 0 : body.back();
    if (padding == 0 || padding > body.size()) return false;
    body = body.first(body.size() - padding);
  }
  out = {.type = static_cast<PacketType>(rest_[1]), .count = static_cast<uint8_t>(rest_[0] & 0x1F), .body = body};
  rest_ = rest_.subspan(kHeaderBytes + body_length);
  malformed_ = false;
  return true;
}

ReportBlock ReportBlocks::operator[](size_t index) const {
  const uint8_t* p = bytes_.data() + index * kBlockBytes;
  const uint32_t lost = load_be24(p + 5);
  return {
      .ssrc = load_be32(p),
      .cumulative_lost = static_cast<int32_t>(lost << 8) >> 8,
      .extended_highest_sequence = load_be32(p + 8),
      .jitter = load_be32(p + 12),
      .last_sender_report = load_be32(p + 16),
      .delay_since_last_report = load_be32(p + 20),
      .fraction_lost = p[4],
  };
}

std::optional<SenderReport> parse_sender_report(const PacketView& packet) {
  const size_t blocks_length = packet.count * ReportBlocks::kBlockBytes;
  if (packet.type != PacketType::kSenderReport || packet.body.size() < kSenderInfoBytes + blocks_length) {
    return std::nullopt;
  }
  const uint8_t* p = packet.body.data();
  return SenderReport{.sender_ssrc = load_be32(p),
                      .ntp_time = load_be64(p + 4),
                      .rtp_timestamp = load_be32(p + 12),
                      .packet_count = load_be32(p + 16),
                      .octet_count = load_be32(p + 20),
                      .blocks = packet.body.subspan(kSenderInfoBytes, blocks_length)};
}

std::optional<ReceiverReport> parse_receiver_report(const PacketView& packet) {
  const size_t blocks_length = packet.count * ReportBlocks::kBlockBytes;
  if (packet.type != PacketType::kReceiverReport || packet.body.size() < kSsrcBytes + blocks_length) {
    return std::nullopt;
  }
  return ReceiverReport{.sender_ssrc = load_be32(packet.body.data()),
                        .blocks = packet.body.subspan(kSsrcBytes, blocks_length)};
}

std::optional<Nack> parse_nack(const PacketView& packet) {
  if (!is(packet, PacketType::kTransportFeedback, kNackFormat, 2 * kSsrcBytes + 4)) return std::nullopt;
  Nack nack;
  nack.sender_ssrc = load_be32(packet.body.data());
  nack.media_ssrc = load_be32(packet.body.data() + 4);
  nack.entries_ = packet.body.subspan(2 * kSsrcBytes);
  return nack;
}

std::optional<Pli> parse_pli(const PacketView& packet) {
  if (!is(packet, PacketType::kPayloadFeedback, kPliFormat, 2 * kSsrcBytes)) return std::nullopt;
  return Pli{.sender_ssrc = load_be32(packet.body.data()), .media_ssrc = load_be32(packet.body.data() + 4)};
}

std::optional<Fir> parse_fir(const PacketView& packet) {
  if (!is(packet, PacketType::kPayloadFeedback, kFirFormat, 2 * kSsrcBytes + 8)) return std::nullopt;
  Fir fir;
  fir.sender_ssrc = load_be32(packet.body.data());
  fir.entries_ = packet.body.subspan(2 * kSsrcBytes);
  return fir;
}

std::optional<Remb> parse_remb(const PacketView& packet) {
  constexpr size_t kFixedBytes = 2 * kSsrcBytes + 8;
  if (!is(packet, PacketType::kPayloadFeedback, kApplicationLayerFormat, kFixedBytes) ||
      load_be32(packet.body.data() + 8) != kRembIdentifier) {
    return std::nullopt;
  }
  const uint8_t count = packet.body[12];
  const unsigned exponent = packet.body[13] >> 2;
  const uint64_t mantissa = load_be24(packet.body.data() + 13) & 0x3FFFF;
  // 18 bits of mantissa leave room for an exponent of 46.
  if (exponent > 46 || packet.body.size() < kFixedBytes + kSsrcBytes * count) return std::nullopt;
  return Remb{.sender_ssrc = load_be32(packet.body.data()),
              .bitrate_bps = mantissa << exponent,
              .ssrc_count = count,
              .ssrcs = packet.body.subspan(kFixedBytes, kSsrcBytes * count)};
}

std::optional<Cname> parse_cname(const PacketView& packet) {
  if (packet.type != PacketType::kSourceDescription || packet.count == 0 || packet.body.size() < kSsrcBytes) {
    return std::nullopt;
  }
  for (size_t at = kSsrcBytes; at + 2 <= packet.body.size() && packet.body[at] != 0;) {
    const size_t length = packet.body[at + 1];
    if (length > packet.body.size() - at - 2) return std::nullopt;
    if (packet.body[at] == kCnameItem) {
      return Cname{.ssrc = load_be32(packet.body.data()), .text = packet.body.subspan(at + 2, length)};
    }
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<ReceiverReferenceTime> parse_receiver_reference_time(const PacketView& packet) {
  std::optional<ReceiverReferenceTime> result;
  walk_extended_reports(packet, [&](uint8_t type, Bytes content) {
    if (type != kReceiverReferenceTimeBlock || content.size() != 8) return false;
    result = {.sender_ssrc = load_be32(packet.body.data()), .ntp_time = load_be64(content.data())};
    return true;
  });
  return result;
}

std::optional<DelaySinceLastReceiverReport> parse_dlrr(const PacketView& packet, uint32_t ssrc) {
  std::optional<DelaySinceLastReceiverReport> result;
  walk_extended_reports(packet, [&](uint8_t type, Bytes content) {
    if (type != kDlrrBlock) return false;
    for (size_t at = 0; at + 12 <= content.size(); at += 12) {
      if (load_be32(content.data() + at) != ssrc) continue;
      result = {.ssrc = ssrc,
                .last_receiver_report = load_be32(content.data() + at + 4),
                .delay = load_be32(content.data() + at + 8)};
      return true;
    }
    return false;
  });
  return result;
}

}  // namespace chroom::rtcp
