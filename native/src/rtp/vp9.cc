#include "rtp/vp9.h"

namespace chroom::rtp {
namespace {

constexpr size_t kMaxReferences = 3;

// Takes bytes off the front; once short it stays short.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}
  uint8_t take() {
    if (at_ >= bytes_.size()) {
      short_ = true;
      return 0;
    }
    return bytes_[at_++];
  }
  void skip(size_t count) {
    if (bytes_.size() - at_ < count) {
      short_ = true;
    } else {
      at_ += count;
    }
  }
  bool is_short() const { return short_; }
  size_t at() const { return at_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
  bool short_ = false;
};

// RFC 9628 section 4.2.1.
void skip_structure(Cursor& cursor) {
  const uint8_t flags = cursor.take();
  const size_t spatial_layers = (flags >> 5) + 1u;
  if ((flags & 0x10) != 0) cursor.skip(spatial_layers * 4);
  if ((flags & 0x08) == 0) return;
  const size_t pictures = cursor.take();
  for (size_t i = 0; i < pictures && !cursor.is_short(); ++i) cursor.skip(cursor.take() >> 2 & 0x03);
}

}  // namespace

// RFC 9628 section 4.2: |I|P|L|F|B|E|V|Z|.
bool parse_vp9(Bytes payload, Vp9Descriptor& out) {
  out = {};
  Cursor cursor(payload);
  const uint8_t flags = cursor.take();
  out.has_picture_id = (flags & 0x80) != 0;
  out.inter_picture = (flags & 0x40) != 0;
  out.has_layers = (flags & 0x20) != 0;
  out.flexible = (flags & 0x10) != 0;
  out.starts_frame = (flags & 0x08) != 0;
  out.ends_frame = (flags & 0x04) != 0;
  out.has_structure = (flags & 0x02) != 0;
  out.not_reference_above = (flags & 0x01) != 0;
  if (out.has_picture_id) {
    const uint8_t high = cursor.take();
    out.wide_picture_id = (high & 0x80) != 0;
    out.picture_id = out.wide_picture_id ? static_cast<uint16_t>((high & 0x7F) << 8 | cursor.take()) : high;
  }
  if (out.has_layers) {
    const uint8_t layers = cursor.take();
    out.temporal_layer = layers >> 5;
    out.switching_up = (layers & 0x10) != 0;
    out.spatial_layer = layers >> 1 & 0x07;
    out.inter_layer = (layers & 0x01) != 0;
    if (!out.flexible) out.tl0_picture_index = cursor.take();
  }
  if (out.flexible && out.inter_picture) {
    size_t references = 0;
    for (bool more = true; more; ++references) {
      if (references == kMaxReferences) return false;
      more = (cursor.take() & 0x01) != 0;
    }
  }
  if (out.has_structure) skip_structure(cursor);
  if (cursor.is_short() || cursor.at() >= payload.size()) return false;
  out.length = static_cast<uint16_t>(cursor.at());
  return true;
}

}  // namespace chroom::rtp
