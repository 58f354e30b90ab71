#pragma once
#include <cstdint>

#include "buffer/packet_pool.h"
#include "rtp/av1.h"
#include "rtp/codec.h"
#include "rtp/extensions.h"
#include "rtp/header.h"
#include "rtp/vp8.h"

namespace chroom::streams {

inline constexpr uint8_t kNoTemporalLayer = 0xFF;

// What one received packet is, found out once and kept with it (PacketRef::descriptor): the router and every
// subscription read this and the shared plaintext, and change neither.
struct PacketDescriptor {
  rtp::Header header;               // After unwrap_rtx() for a retransmission: that of the original packet.
  rtp::ExtensionTable extensions;
  rtp::Vp8Descriptor vp8;           // Valid when codec is kVp8.
  int64_t sequence = 0;             // Unwrapped, set by ReceiveStream.
  rtp::Codec codec = rtp::Codec::kOpaque;
  uint8_t temporal_layer = kNoTemporalLayer;
  uint8_t encoding = 0;             // Index in its publication.
  bool layer_sync = false;          // Temporal layer that depends on lower layers only.
  bool upper_layer = false;         // Temporal or spatial layer above the lowest, which decodes without it.
  bool starts_key_frame = false;
  bool retransmission = false;

  Bytes payload(const buffer::PacketRef& packet) const { return header.payload(packet.bytes()); }
};

// Reads what the codec's payload says into `out`, whose header and extensions are set and whose padding is off. Codecs
// that do not tell the layer there may do so by a dependency descriptor, which is read by the stream's `templates`.
// False for a payload that its codec does not allow (count kRtpBadPayload).
bool describe_payload(Bytes packet, rtp::Codec codec, rtp::LayerTemplates& templates, PacketDescriptor& out);

}  // namespace chroom::streams
