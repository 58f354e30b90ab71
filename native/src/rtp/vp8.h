#pragma once
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::rtp {

// VP8 payload descriptor (RFC 7741 section 4.2) and what the first bytes of the frame say.
struct Vp8Descriptor {
  uint16_t picture_id = 0;         // 7 or 15 bits
  uint8_t length = 0;              // bytes of the descriptor, 1 to 6
  uint8_t picture_id_at = 0;       // offset in the payload; 0: absent
  uint8_t tl0_picture_index_at = 0;
  uint8_t key_index_at = 0;        // of the byte with TID, Y and KEYIDX; 0: neither
  uint8_t tl0_picture_index = 0;
  uint8_t temporal_layer = 0;      // TID; valid when has_temporal_layer
  uint8_t key_index = 0;           // KEYIDX, 5 bits; valid when has_key_index
  bool wide_picture_id = false;    // M: 15 bits
  bool has_temporal_layer = false; // T
  bool layer_sync = false;         // Y
  bool has_key_index = false;      // K
  bool non_reference = false;      // N
  bool starts_frame = false;       // S and partition 0
  bool key_frame = false;          // valid when starts_frame

  bool has_picture_id() const { return picture_id_at != 0; }
  bool has_tl0_picture_index() const { return tl0_picture_index_at != 0; }
};
inline constexpr size_t kMaxVp8DescriptorBytes = 6;

// False when the payload ends inside the descriptor or has nothing behind it.
bool parse_vp8(Bytes payload, Vp8Descriptor& out);

// Copies the descriptor into `out` (at least kMaxVp8DescriptorBytes) with the numbers replaced where they are present;
// sizes do not change, so picture_id is cut to 7 or 15 bits. Returns the descriptor's length. The payload stays as it is.
size_t rewrite_vp8(Bytes payload, const Vp8Descriptor& descriptor, uint16_t picture_id, uint8_t tl0_picture_index,
                   uint8_t key_index, uint8_t* out);

}  // namespace chroom::rtp
