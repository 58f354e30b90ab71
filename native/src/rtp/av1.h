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

// What the descriptors of one stream lean on: a frame names a template, and which layer that is for was said with the
// last key frame. One bit per template is kept, as the node asks one thing only.
class LayerTemplates {
 public:
  // A descriptor that has_structure. One that ends too soon or has too many templates leaves what is known.
  void learn(Bytes extension);
  // Of a temporal or spatial layer above the lowest. False for a template that nothing was said about.
  bool is_upper(uint8_t template_id) const { return (upper_ >> ((template_id - first_id_) & (kMax - 1)) & 1) != 0; }

 private:
  static constexpr unsigned kMax = 64;
  uint64_t upper_ = 0;  // bit i: the template of id first_id_ + i, modulo kMax
  uint8_t first_id_ = 0;
};

}  // namespace chroom::rtp
