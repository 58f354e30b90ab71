#pragma once
#include "vocabulary/bytes.h"

namespace chroom::session {

enum class DatagramKind : uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

// First-byte demultiplexing (RFC 7983 section 7); RTCP by its packet types 192 to 223 (RFC 5761 section 4).
inline DatagramKind classify(Bytes datagram) {
  if (datagram.size() < 2) return DatagramKind::kUnknown;
  const uint8_t first = datagram[0];
  if (first >= 128 && first < 192) {
    return datagram[1] >= 192 && datagram[1] <= 223 ? DatagramKind::kRtcp : DatagramKind::kRtp;
  }
  if (first < 4) return DatagramKind::kStun;
  if (first >= 20 && first < 64) return DatagramKind::kDtls;
  return DatagramKind::kUnknown;
}

}  // namespace chroom::session
