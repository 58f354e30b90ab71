#include "rtp/rtx.h"

namespace chroom::rtp {

DropReason unwrap_rtx(Bytes packet, Header& header, uint32_t media_ssrc, uint8_t media_payload_type) {
  if (header.payload_length < kRtxHeaderBytes) return DropReason::kRtxEmpty;
  header.sequence = load_be16(packet.data() + header.payload_offset);
  header.ssrc = media_ssrc;
  header.payload_type = media_payload_type;
  header.payload_offset += kRtxHeaderBytes;
  header.payload_length -= kRtxHeaderBytes;
  return DropReason::kNone;
}

}  // namespace chroom::rtp
