#include "rtp/h264.h"

namespace chroom::rtp {
namespace {

constexpr uint8_t kIdrSlice = 5;
constexpr uint8_t kSequenceParameterSet = 7;
constexpr uint8_t kStapA = 24;
constexpr uint8_t kFuA = 28;

uint8_t nal_type(uint8_t nal_header) { return nal_header & 0x1F; }

// Calls found(type) for each NAL unit that begins in the payload until it says yes.
template <typename Found>
bool any_nal_unit(Bytes payload, Found found) {
  if (payload.size() < 2) return false;
  const uint8_t type = nal_type(payload[0]);
  if (type == kFuA) return (payload[1] & 0x80) != 0 && found(nal_type(payload[1]));
  if (type != kStapA) return type < kStapA && found(type);
  for (size_t at = 1; at + 3 <= payload.size();) {
    const size_t length = load_be16(payload.data() + at);
    if (length == 0 || length > payload.size() - at - 2) return false;
    if (found(nal_type(payload[at + 2]))) return true;
    at += 2 + length;
  }
  return false;
}

}  // namespace

bool h264_starts_key_frame(Bytes payload) {
  return any_nal_unit(payload, [](uint8_t type) { return type == kSequenceParameterSet || type == kIdrSlice; });
}

bool h264_has_parameter_set(Bytes payload) {
  return any_nal_unit(payload, [](uint8_t type) { return type == kSequenceParameterSet; });
}

}  // namespace chroom::rtp
