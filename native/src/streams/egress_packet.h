#pragma once
#include <array>
#include <cstdint>

#include "buffer/packet_pool.h"
#include "rtp/egress_header.h"
#include "streams/packet_descriptor.h"

namespace chroom::streams {

// RTX header (2 bytes) and a VP8 payload descriptor (6) at most.
inline constexpr size_t kMaxPayloadHeadBytes = 2 + rtp::kMaxVp8DescriptorBytes;

// One packet for one receiver, before its header is written: a reference to the shared plaintext and what differs.
// The plan is borrowed from the SendStream, which outlives the run or takes its packets back (MediaTransport).
struct EgressPacket {
  buffer::PacketRef packet;
  const rtp::EgressPlan* plan = nullptr;
  rtp::EgressFields fields;
  uint32_t rollover = 0;                              // Upper bits of the 48-bit SRTP index.
  std::array<uint8_t, kMaxPayloadHeadBytes> head{};   // Sent instead of the first body_skip payload bytes.
  uint8_t head_length = 0;
  uint8_t body_skip = 0;
  bool audio = false;
  bool retransmission = false;

  // Nothing that should leave together with it is to come: audio, the end of a frame, a repair.
  bool completes_frame() const { return fields.marker || audio || retransmission; }

  Bytes payload_head() const { return {head.data(), head_length}; }
  Bytes payload_body() const {
    return packet.descriptor<PacketDescriptor>().payload(packet).subspan(body_skip);
  }
  size_t payload_bytes() const {
    return head_length + packet.descriptor<PacketDescriptor>().header.payload_length - body_skip;
  }
};

// Writes the RTP header of `packet` to the front of `out` (kMaxEgressHeaderBytes are enough): header and extensions
// only, the payload is payload_head() then payload_body().
inline rtp::EgressHeader write_header(MutableBytes out, const EgressPacket& packet) {
  const PacketDescriptor& descriptor = packet.packet.descriptor<PacketDescriptor>();
  return rtp::write_egress_header(out, *packet.plan, packet.fields, packet.packet.bytes(), descriptor.header,
                                  descriptor.extensions);
}

}  // namespace chroom::streams
