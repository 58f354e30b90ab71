#pragma once
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::rtp {

// What the node must know about a payload to forward it; everything else is opaque.
enum class Codec : uint8_t { kOpaque, kOpus, kRed, kVp8, kVp9, kH264, kAv1 };

// True when decoding can start with this packet: it begins (or, for H264, carries) a key frame. `dependency_descriptor`
// is the packet's extension value or empty; where it is present it decides for AV1. Audio always can start.
bool starts_key_frame(Codec codec, Bytes payload, Bytes dependency_descriptor = {});

}  // namespace chroom::rtp
