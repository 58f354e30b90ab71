#include "rtp/av1.h"

namespace chroom::rtp {

// |Z|Y| W |N|-|-|-|: Z continues an OBU of the packet before, which a first packet cannot.
bool av1_starts_key_frame(Bytes payload) {
  return payload.size() >= 2 && (payload[0] & 0x08) != 0 && (payload[0] & 0x80) == 0;
}

// Mandatory fields: start_of_frame(1) end_of_frame(1) frame_dependency_template_id(6) frame_number(16), then the
// extended fields' flags: template_dependency_structure_present(1) active_decode_targets_present(1) ...
bool parse_dependency_descriptor(Bytes extension, DependencyDescriptorStart& out) {
  out = {};
  if (extension.size() < 3) return false;
  out.first_packet_in_frame = (extension[0] & 0x80) != 0;
  out.last_packet_in_frame = (extension[0] & 0x40) != 0;
  out.template_id = extension[0] & 0x3F;
  out.frame_number = load_be16(extension.data() + 1);
  if (extension.size() > 3) {
    out.has_structure = (extension[3] & 0x80) != 0;
    out.has_active_decode_targets = (extension[3] & 0x40) != 0;
  }
  return true;
}

}  // namespace chroom::rtp
