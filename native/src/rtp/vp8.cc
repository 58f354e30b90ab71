#include "rtp/vp8.h"

#include <algorithm>

namespace chroom::rtp {

// RFC 7741 section 4.2:  |X|R|N|S|R| PID |, then with X: |I|L|T|K| RSV |, then PictureID, TL0PICIDX, |TID|Y| KEYIDX |.
bool parse_vp8(Bytes payload, Vp8Descriptor& out) {
  out = {};
  if (payload.empty()) return false;
  const uint8_t first = payload[0];
  size_t at = 1;
  out.non_reference = (first & 0x20) != 0;
  out.starts_frame = (first & 0x10) != 0 && (first & 0x07) == 0;
  if ((first & 0x80) != 0) {
    if (payload.size() <= at) return false;
    const uint8_t flags = payload[at++];
    if ((flags & 0x80) != 0) {
      if (payload.size() <= at) return false;
      out.picture_id_at = static_cast<uint8_t>(at);
      out.wide_picture_id = (payload[at] & 0x80) != 0;
      if (payload.size() < at + (out.wide_picture_id ? 2 : 1)) return false;
      out.picture_id = out.wide_picture_id ? load_be16(payload.data() + at) & 0x7FFF : payload[at];
      at += out.wide_picture_id ? 2 : 1;
    }
    if ((flags & 0x40) != 0) {
      if (payload.size() <= at) return false;
      out.tl0_picture_index_at = static_cast<uint8_t>(at);
      out.tl0_picture_index = payload[at++];
    }
    out.has_temporal_layer = (flags & 0x20) != 0;
    out.has_key_index = (flags & 0x10) != 0;
    if (out.has_temporal_layer || out.has_key_index) {
      if (payload.size() <= at) return false;
      out.key_index_at = static_cast<uint8_t>(at);
      out.temporal_layer = out.has_temporal_layer ? payload[at] >> 6 : 0;
      out.layer_sync = out.has_temporal_layer && (payload[at] & 0x20) != 0;
      out.key_index = payload[at] & 0x1F;
      ++at;
    }
  }
  if (payload.size() <= at) return false;
  out.length = static_cast<uint8_t>(at);
  // RFC 6386 section 9.1: the lowest bit of the frame tag is 0 for key frames.
  out.key_frame = out.starts_frame && (payload[at] & 0x01) == 0;
  return true;
}

size_t rewrite_vp8(Bytes payload, const Vp8Descriptor& descriptor, uint16_t picture_id, uint8_t tl0_picture_index,
                   uint8_t key_index, uint8_t* out) {
  // A descriptor has at most kMaxVp8DescriptorBytes: byte by byte, without a call.
  for (size_t i = 0; i < descriptor.length; ++i) out[i] = payload[i];
  if (descriptor.has_picture_id()) {
    if (descriptor.wide_picture_id) {
      store_be16(out + descriptor.picture_id_at, static_cast<uint16_t>(0x8000 | picture_id));
    } else {
      out[descriptor.picture_id_at] = picture_id & 0x7F;
    }
  }
  if (descriptor.has_tl0_picture_index()) out[descriptor.tl0_picture_index_at] = tl0_picture_index;
  if (descriptor.has_key_index) {
    out[descriptor.key_index_at] = static_cast<uint8_t>((out[descriptor.key_index_at] & 0xE0) | (key_index & 0x1F));
  }
  return descriptor.length;
}

}  // namespace chroom::rtp
