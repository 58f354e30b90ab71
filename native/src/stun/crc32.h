#pragma once
#include "vocabulary/bytes.h"

namespace chroom::stun {

// CRC-32 of ITU-T V.42, the one FINGERPRINT uses (RFC 8489 section 14.7).
uint32_t crc32(Bytes bytes);

}  // namespace chroom::stun
