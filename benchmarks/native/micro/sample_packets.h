#pragma once
#include <vector>

#include "rtp/extensions.h"
#include "vocabulary/bytes.h"

// RTP packets as Chromium publishes them: VP8 with a picture id, and the extensions abs-send-time, transport-wide-cc and
// mid in the one-byte form.
namespace chroom::micro {

inline constexpr uint8_t kPublishedPayloadType = 96;
inline constexpr size_t kHeaderBytes = 12 + 4 + 12;

inline rtp::ExtensionMap extensions() {
  rtp::ExtensionMap map;
  map.add(rtp::ExtensionKind::kAbsSendTime, 2);
  map.add(rtp::ExtensionKind::kTransportWideCc, 3);
  map.add(rtp::ExtensionKind::kMid, 4);
  return map;
}

inline std::vector<uint8_t> sample_packet(uint16_t sequence, size_t bytes) {
  std::vector<uint8_t> packet(bytes, 0x5a);
  uint8_t* at = packet.data();
  at[0] = 0x90;
  at[1] = kPublishedPayloadType | (sequence % 8 == 7 ? 0x80 : 0);
  store_be16(at + 2, sequence);
  store_be32(at + 4, sequence / 8 * 3000u);
  store_be32(at + 8, 0x1000);
  store_be16(at + 12, 0xBEDE);
  store_be16(at + 14, 3);
  const uint8_t elements[12] = {2 << 4 | 2, 1, 2, 3, 3 << 4 | 1, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence), 4 << 4, '0'};
  std::copy(std::begin(elements), std::end(elements), at + 16);
  // VP8 payload descriptor (RFC 7741 section 4.2) with a 15-bit picture id, then the tag of an inter frame.
  at[kHeaderBytes] = static_cast<uint8_t>(0x80 | (sequence % 8 == 0 ? 0x10 : 0));
  at[kHeaderBytes + 1] = 0x80;
  store_be16(at + kHeaderBytes + 2, static_cast<uint16_t>(0x8000 | (sequence / 8 & 0x7fff)));
  at[kHeaderBytes + 4] = 0x11;
  return packet;
}

}  // namespace chroom::micro
