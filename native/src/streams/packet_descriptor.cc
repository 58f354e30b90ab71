#include "streams/packet_descriptor.h"

#include "rtp/vp9.h"

namespace chroom::streams {
namespace {

bool describe_vp8(Bytes payload, PacketDescriptor& out) {
  if (!rtp::parse_vp8(payload, out.vp8)) return false;
  if (out.vp8.has_temporal_layer) {
    out.temporal_layer = out.vp8.temporal_layer;
    out.layer_sync = out.vp8.layer_sync;
    out.upper_layer = out.vp8.temporal_layer > 0;
  }
  out.starts_key_frame = out.vp8.starts_frame && out.vp8.key_frame;
  return true;
}

bool describe_vp9(Bytes payload, PacketDescriptor& out) {
  rtp::Vp9Descriptor vp9;
  if (!rtp::parse_vp9(payload, vp9)) return false;
  if (vp9.has_layers) {
    out.temporal_layer = vp9.temporal_layer;
    out.layer_sync = vp9.switching_up;
    out.upper_layer = vp9.temporal_layer > 0 || vp9.spatial_layer > 0;
  }
  out.starts_key_frame = vp9.starts_key_frame();
  return true;
}

void describe_layer(Bytes dependency_descriptor, rtp::LayerTemplates& templates, PacketDescriptor& out) {
  rtp::DependencyDescriptorStart start;
  if (!rtp::parse_dependency_descriptor(dependency_descriptor, start)) return;
  if (start.has_structure) templates.learn(dependency_descriptor);
  out.upper_layer = templates.is_upper(start.template_id);
}

}  // namespace

bool describe_payload(Bytes packet, rtp::Codec codec, rtp::LayerTemplates& templates, PacketDescriptor& out) {
  out.codec = codec;
  const Bytes payload = out.header.payload(packet);
  switch (codec) {
    case rtp::Codec::kVp8: return describe_vp8(payload, out);
    case rtp::Codec::kVp9: return describe_vp9(payload, out);
    default: {
      const Bytes dependencies = out.extensions.get(packet, rtp::ExtensionKind::kDependencyDescriptor);
      describe_layer(dependencies, templates, out);
      out.starts_key_frame = rtp::starts_key_frame(codec, payload, dependencies);
      return true;
    }
  }
}

}  // namespace chroom::streams
