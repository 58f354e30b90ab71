#pragma once
#include <cstdint>

#include "metering/drop_reason.h"
#include "vocabulary/bytes.h"

// RTP packets (RFC 3550 section 5).
namespace chroom::rtp {

inline constexpr size_t kFixedHeaderBytes = 12;
inline constexpr uint16_t kOneByteProfile = 0xBEDE;   // RFC 8285 section 4.2
inline constexpr uint16_t kTwoByteProfile = 0x1000;   // RFC 8285 section 4.3, the low 4 bits are "appbits"

// What a packet's header says, parsed once. Offsets count from the first byte of the packet.
struct Header {
  uint32_t ssrc = 0;
  uint32_t timestamp = 0;
  uint16_t sequence = 0;
  uint16_t header_length = 0;       // fixed header, CSRCs and extension block; what SRTP authenticates but not encrypts
  uint16_t payload_offset = 0;      // == header_length until unwrap_rtx() moves it
  uint16_t payload_length = 0;      // without padding once strip_padding() ran
  uint16_t extension_offset = 0;    // of the first element; 0 when there is no extension block
  uint16_t extension_length = 0;    // bytes of all elements with their padding
  uint16_t extension_profile = 0;
  uint8_t payload_type = 0;
  uint8_t csrc_count = 0;
  uint8_t padding_length = 0;       // 0 until strip_padding() ran
  bool marker = false;
  bool has_padding = false;         // the P bit

  Bytes payload(Bytes packet) const { return packet.subspan(payload_offset, payload_length); }
};
static_assert(sizeof(Header) <= 32);

// First look of the demultiplexer (RFC 7983 and RFC 5761): version 2 and not RTCP. `is_rtcp` looks at the type byte.
bool looks_like_rtp_or_rtcp(Bytes datagram);
bool is_rtcp(Bytes datagram);

// Parses what is in clear before decryption: everything but the padding length. payload_length reaches to the end of
// `packet`, authentication tag included; strip_padding() after decryption sets it right.
// kNone, or kRtpTooShort, kRtpBadVersion, kRtpBadCsrcs, kRtpBadExtension.
DropReason parse_header(Bytes packet, Header& out);

// For decrypted packets: reads the padding count and takes it off payload_length. packet_length is the length after
// decryption. kNone or kRtpBadPadding. A payload of length 0 is fine (a padding probe).
DropReason strip_padding(Bytes packet, Header& header);

// parse_header() and strip_padding() for a packet in clear.
DropReason parse_packet(Bytes packet, Header& out);

// Appends RTP padding of `count` bytes (1 to 255) behind `length` bytes of a packet in clear and sets the P bit.
// The new length; 0 when it does not fit or the packet is padded already.
size_t append_padding(MutableBytes buffer, size_t length, uint8_t count);

}  // namespace chroom::rtp
