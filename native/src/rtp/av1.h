#pragma once
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::rtp {

// AV1 aggregation header (AV1 RTP specification section 4.4): N bit, "first packet of a coded video sequence".
bool av1_starts_key_frame(Bytes payload);

// The part of the dependency descriptor (AV1 RTP specification, appendix A) that needs no state.
struct DependencyDescriptorStart {
  uint16_t frame_number = 0;
  uint8_t template_id = 0;
  bool first_packet_in_frame = false;
  bool last_packet_in_frame = false;
  bool has_structure = false;           // template_dependency_structure_present_flag: comes with a key frame
  bool has_active_decode_targets = false;

  bool starts_key_frame() const { return first_packet_in_frame && has_structure; }
};
// False when shorter than the mandatory three bytes.
bool parse_dependency_descriptor(Bytes extension, DependencyDescriptorStart& out);

}  // namespace chroom::rtp
