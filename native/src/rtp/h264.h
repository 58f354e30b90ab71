#pragma once
#include "vocabulary/bytes.h"

namespace chroom::rtp {

// True when the payload (RFC 6184: single NAL unit, STAP-A, or the first fragment of an FU-A) holds a sequence
// parameter set or the start of an IDR slice.
bool h264_starts_key_frame(Bytes payload);
// Only the SPS half of that: what a switch to this stream should wait for when the encoder repeats its SPS.
bool h264_has_parameter_set(Bytes payload);

}  // namespace chroom::rtp
