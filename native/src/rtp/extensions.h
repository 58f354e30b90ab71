#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "rtp/header.h"

// Header extensions (RFC 8285): iteration, the ids a transport negotiated, and what one packet carries.
namespace chroom::rtp {

enum class ExtensionKind : uint8_t {
  kMid,                   // urn:ietf:params:rtp-hdrext:sdes:mid
  kRid,                   // ...sdes:rtp-stream-id
  kRepairedRid,           // ...sdes:repaired-rtp-stream-id
  kAudioLevel,            // ...ssrc-audio-level (RFC 6464)
  kAbsSendTime,           // 24 bits, 6.18 fixed point seconds
  kTransportWideCc,       // 16-bit sequence
  kAbsCaptureTime,
  kDependencyDescriptor,  // AV1 RTP specification
  kPlayoutDelay,
  kVideoOrientation,      // urn:3gpp:video-orientation
  kTransmissionOffset,    // urn:ietf:params:rtp-hdrext:toffset
  kColorSpace,
  kVideoContentType,
  kVideoTiming,
};
inline constexpr size_t kExtensionKindCount = 14;

const char* extension_uri(ExtensionKind kind);
std::optional<ExtensionKind> extension_kind(std::string_view uri);

// The negotiated ids of one transport. Id 0: not negotiated.
class ExtensionMap {
 public:
  // False when the id is 0 or already used by another kind. 15 and above force the two-byte form (RFC 8285 4.2).
  bool add(ExtensionKind kind, uint8_t id);
  uint8_t id(ExtensionKind kind) const { return ids_[static_cast<size_t>(kind)]; }
  std::optional<ExtensionKind> kind(uint8_t id) const {
    if (id < kinds_.size()) return kinds_[id] == kNoKind ? std::nullopt : std::optional(static_cast<ExtensionKind>(kinds_[id]));
    return high_kind(id);
  }

 private:
  static constexpr uint8_t kNoKind = 0xFF;
  std::optional<ExtensionKind> high_kind(uint8_t id) const;
  std::array<uint8_t, kExtensionKindCount> ids_{};
  std::array<uint8_t, 16> kinds_{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
};

// Walks the elements of a parsed packet in either form. Ends at the first element that does not fit the block:
// the elements before it are good. A profile that is neither form has no elements.
class ExtensionReader {
 public:
  struct Element {
    uint8_t id;
    Bytes data;
  };
  ExtensionReader(Bytes packet, const Header& header);
  // False at the end.
  bool next(Element& out);

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  bool two_byte_;
};

std::optional<Bytes> find_extension(Bytes packet, const Header& header, uint8_t id);

// Where the known extensions of one packet are; found in one walk, kept with the packet.
struct ExtensionTable {
  struct Place {
    uint16_t offset = 0;  // from the first byte of the packet
    uint8_t length = 0;
  };
  uint16_t present = 0;  // bit per ExtensionKind
  std::array<Place, kExtensionKindCount> places{};

  bool has(ExtensionKind kind) const { return (present >> static_cast<unsigned>(kind)) & 1; }
  // Empty when absent.
  Bytes get(Bytes packet, ExtensionKind kind) const {
    if (!has(kind)) return {};
    const Place& place = places[static_cast<size_t>(kind)];
    return packet.subspan(place.offset, place.length);
  }
};

// Fills `out` by the publisher's map. Of an id that comes twice the first counts.
void read_extensions(Bytes packet, const Header& header, const ExtensionMap& map, ExtensionTable& out);

// Values of the extensions the node itself needs. nullopt when absent or of a wrong size.
struct AudioLevel {
  uint8_t level_dbov;  // 0 (loudest) to 127 (silence), as minus dBov
  bool voice_activity;
};
std::optional<AudioLevel> read_audio_level(Bytes packet, const ExtensionTable& table);
std::optional<uint16_t> read_transport_sequence(Bytes packet, const ExtensionTable& table);
std::optional<uint32_t> read_abs_send_time(Bytes packet, const ExtensionTable& table);
// mid, rid, repaired rid: the text, borrowed; empty when absent.
std::string_view read_text(Bytes packet, const ExtensionTable& table, ExtensionKind kind);

}  // namespace chroom::rtp
