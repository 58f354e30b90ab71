#include "rtp/av1.h"

namespace chroom::rtp {
namespace {

// Of the bits before the structure: the mandatory fields and five flags.
constexpr size_t kStructureAtBit = 3 * 8 + 5;

// The `count` (at most 8) bits from `at`, which the caller knows to be there.
uint8_t bits_at(Bytes bytes, size_t at, size_t count) {
  uint8_t value = 0;
  for (size_t i = at; i < at + count; ++i) value = static_cast<uint8_t>(value << 1 | (bytes[i / 8] >> (7 - i % 8) & 1));
  return value;
}

}  // namespace

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

// template_dependency_structure(): template_id_offset(6) dt_cnt_minus_one(5), then after each template next_layer_idc(2):
// 0 same layer, 1 next temporal layer, 2 next spatial layer (and its lowest temporal one), 3 that was the last.
void LayerTemplates::learn(Bytes extension) {
  const size_t bits = extension.size() * 8;
  size_t at = kStructureAtBit + 6 + 5;
  uint64_t upper = 0;
  bool temporal = false, spatial = false;
  for (unsigned index = 0; index < kMax && at + 2 <= bits; ++index, at += 2) {
    upper |= uint64_t{temporal || spatial} << index;
    const uint8_t next = bits_at(extension, at, 2);
    if (next == 3) {
      upper_ = upper;
      first_id_ = bits_at(extension, kStructureAtBit, 6);
      return;
    }
    spatial |= next == 2;
    temporal = next == 1 || (next == 0 && temporal);
  }
}

}  // namespace chroom::rtp
