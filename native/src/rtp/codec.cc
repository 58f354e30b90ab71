#include "rtp/codec.h"

#include "rtp/av1.h"
#include "rtp/h264.h"
#include "rtp/vp8.h"
#include "rtp/vp9.h"

namespace chroom::rtp {

bool starts_key_frame(Codec codec, Bytes payload, Bytes dependency_descriptor) {
  switch (codec) {
    case Codec::kOpaque:
    case Codec::kOpus:
    case Codec::kRed:
      return true;
    case Codec::kVp8: {
      Vp8Descriptor descriptor;
      return parse_vp8(payload, descriptor) && descriptor.key_frame;
    }
    case Codec::kVp9: {
      Vp9Descriptor descriptor;
      return parse_vp9(payload, descriptor) && descriptor.starts_key_frame();
    }
    case Codec::kH264:
      return h264_starts_key_frame(payload);
    case Codec::kAv1: {
      DependencyDescriptorStart descriptor;
      if (!parse_dependency_descriptor(dependency_descriptor, descriptor)) return av1_starts_key_frame(payload);
      return descriptor.starts_key_frame();
    }
  }
  return false;
}

}  // namespace chroom::rtp
