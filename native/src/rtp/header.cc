#include "rtp/header.h"

namespace chroom::rtp {
namespace {

constexpr size_t kExtensionHeaderBytes = 4;

bool in_rtcp_range(uint8_t second_byte) { return second_byte >= 192 && second_byte <= 223; }  // RFC 5761 section 4

}  // namespace

bool looks_like_rtp_or_rtcp(Bytes datagram) {
  return datagram.size() >= 8 && datagram[0] >> 6 == 2 && (is_rtcp(datagram) || datagram.size() >= kFixedHeaderBytes);
}

bool is_rtcp(Bytes datagram) { return datagram.size() >= 8 && datagram[0] >> 6 == 2 && in_rtcp_range(datagram[1]); }

DropReason parse_header(Bytes packet, Header& out) {
  out = {};
  if (packet.size() < kFixedHeaderBytes || packet.size() > UINT16_MAX) return DropReason::kRtpTooShort;
  const uint8_t* p = packet.data();
  if (p[0] >> 6 != 2) return DropReason::kRtpBadVersion;
  out.has_padding = (p[0] & 0x20) != 0;
  const bool has_extension = (p[0] & 0x10) != 0;
  out.csrc_count = p[0] & 0x0F;
  out.marker = (p[1] & 0x80) != 0;
  out.payload_type = p[1] & 0x7F;
  out.sequence = load_be16(p + 2);
  out.timestamp = load_be32(p + 4);
  out.ssrc = load_be32(p + 8);

  size_t length = kFixedHeaderBytes + size_t{4} * out.csrc_count;
  if (length > packet.size()) return DropReason::kRtpBadCsrcs;
  if (has_extension) {
    if (packet.size() - length < kExtensionHeaderBytes) return DropReason::kRtpBadExtension;
    out.extension_profile = load_be16(p + length);
    const size_t extension_length = size_t{4} * load_be16(p + length + 2);
    length += kExtensionHeaderBytes;
    if (packet.size() - length < extension_length) return DropReason::kRtpBadExtension;
    out.extension_offset = static_cast<uint16_t>(length);
    out.extension_length = static_cast<uint16_t>(extension_length);
    length += extension_length;
  }
  out.header_length = out.payload_offset = static_cast<uint16_t>(length);
  out.payload_length = static_cast<uint16_t>(packet.size() - length);
  return DropReason::kNone;
}

DropReason strip_padding(Bytes packet, Header& header) {
  if (packet.size() < header.payload_offset || packet.size() > UINT16_MAX) return DropReason::kRtpBadPadding;
  const auto length = static_cast<uint16_t>(packet.size() - header.payload_offset);
  header.padding_length = 0;
  header.payload_length = length;
  if (!header.has_padding) return DropReason::kNone;
  if (length == 0) return DropReason::kRtpBadPadding;
  const uint8_t padding = packet.back();
  if (padding == 0 || padding > length) return DropReason::kRtpBadPadding;
  header.padding_length = padding;
  header.payload_length = static_cast<uint16_t>(length - padding);
  return DropReason::kNone;
}

DropReason parse_packet(Bytes packet, Header& out) {
  const DropReason reason = parse_header(packet, out);
  return reason == DropReason::kNone ? strip_padding(packet, out) : reason;
}

size_t append_padding(MutableBytes buffer, size_t length, uint8_t count) {
  if (count == 0 || length < kFixedHeaderBytes || length > buffer.size() || buffer.size() - length < count ||
      (buffer[0] & 0x20) != 0) {
    return 0;
  }
  buffer[0] |= 0x20;
  for (size_t i = 0; i + 1 < count; ++i) buffer[length + i] = 0;
  buffer[length + count - 1] = count;
  return length + count;
}

}  // namespace chroom::rtp
