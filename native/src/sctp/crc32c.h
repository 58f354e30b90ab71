#pragma once
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::sctp {

// CRC-32C (Castagnoli) of RFC 9260, appendix A, as a host integer; it goes to the wire least significant byte first.
// `seed` continues an earlier result. Uses SSE4.2 where the CPU has it.
uint32_t crc32c(Bytes bytes, uint32_t seed = 0);

// The portable version, kept as the reference for the fast one.
uint32_t crc32c_table(Bytes bytes, uint32_t seed = 0);

}  // namespace chroom::sctp
