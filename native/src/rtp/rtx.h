#pragma once
#include <array>

#include "rtp/header.h"

// Retransmission format (RFC 4588 section 4): the payload begins with the original sequence number.
namespace chroom::rtp {

inline constexpr size_t kRtxHeaderBytes = 2;

// Turns the descriptor of a retransmission into that of the original packet: sequence, SSRC, payload type and payload
// bounds. The bytes stay where they are. Call after strip_padding(). kNone; kRtxEmpty for probes without a payload.
DropReason unwrap_rtx(Bytes packet, Header& header, uint32_t media_ssrc, uint8_t media_payload_type);

// The two bytes to put before the original payload.
inline std::array<uint8_t, kRtxHeaderBytes> rtx_payload_header(uint16_t original_sequence) {
  std::array<uint8_t, kRtxHeaderBytes> out;
  store_be16(out.data(), original_sequence);
  return out;
}

}  // namespace chroom::rtp
