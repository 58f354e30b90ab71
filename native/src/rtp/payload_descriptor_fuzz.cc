#include "rtp/av1.h"
#include "rtp/codec.h"
#include "rtp/h264.h"
#include "rtp/vp8.h"
#include "rtp/vp9.h"
#include "vocabulary/check.h"

using namespace chroom;
using namespace chroom::rtp;

// Every payload parser over the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes payload(data, size);
  for (const Codec codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    starts_key_frame(codec, payload);
    starts_key_frame(codec, payload, payload.subspan(size / 2));
  }
  LayerTemplates templates;
  templates.learn(payload);
  templates.is_upper(static_cast<uint8_t>(size));
  h264_has_parameter_set(payload);
  Vp8Descriptor vp8;
  if (parse_vp8(payload, vp8)) {
    uint8_t out[kMaxVp8DescriptorBytes + 1] = {};
    CHROOM_CHECK(rewrite_vp8(payload, vp8, 0x1FFF, 1, 2, out) == vp8.length, "sizes do not change");
    Vp8Descriptor again;
    CHROOM_CHECK(parse_vp8(Bytes(out, vp8.length + 1u), again) && again.length == vp8.length, "it parses back");
    CHROOM_CHECK(!again.has_picture_id() || again.picture_id == (again.wide_picture_id ? 0x1FFF : 0x7F), "rewritten");
  }
  Vp9Descriptor vp9;
  if (parse_vp9(payload, vp9)) CHROOM_CHECK(vp9.length < size, "there is a payload behind the descriptor");
  return 0;
}
