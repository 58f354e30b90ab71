#pragma once
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::rtp {

// VP9 payload descriptor (RFC 9628 section 4.2).
struct Vp9Descriptor {
  uint16_t picture_id = 0;
  uint16_t length = 0;             // bytes of the descriptor
  uint8_t temporal_layer = 0;      // TID
  uint8_t spatial_layer = 0;       // SID
  uint8_t tl0_picture_index = 0;
  bool has_picture_id = false;     // I
  bool wide_picture_id = false;    // M
  bool inter_picture = false;      // P: predicted from an earlier picture
  bool has_layers = false;         // L
  bool flexible = false;           // F
  bool starts_frame = false;       // B
  bool ends_frame = false;         // E
  bool has_structure = false;      // V
  bool not_reference_above = false;  // Z
  bool switching_up = false;       // U
  bool inter_layer = false;        // D

  // A decoder can start here: first packet of the lowest spatial layer of a picture without prediction in time.
  bool starts_key_frame() const { return starts_frame && !inter_picture && spatial_layer == 0 && !inter_layer; }
};

bool parse_vp9(Bytes payload, Vp9Descriptor& out);

}  // namespace chroom::rtp
