#include "rtp/extensions.h"

namespace chroom::rtp {
namespace {

// In the order of ExtensionKind.
constexpr const char* kUris[kExtensionKindCount] = {
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "urn:3gpp:video-orientation",
    "urn:ietf:params:rtp-hdrext:toffset",
    "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
};

constexpr uint8_t kStopId = 15;  // RFC 8285 section 4.2: one-byte processing ends here

}  // namespace

const char* extension_uri(ExtensionKind kind) { return kUris[static_cast<size_t>(kind)]; }

std::optional<ExtensionKind> extension_kind(std::string_view uri) {
  for (size_t i = 0; i < kExtensionKindCount; ++i) {
    if (uri == kUris[i]) return static_cast<ExtensionKind>(i);
  }
  return std::nullopt;
}

bool ExtensionMap::add(ExtensionKind kind, uint8_t id) {
  const auto existing = this->kind(id);
  if (id == 0 || (existing && *existing != kind)) return false;
  uint8_t& place = ids_[static_cast<size_t>(kind)];
  if (place != 0 && place < kinds_.size()) kinds_[place] = kNoKind;
  place = id;
  if (id < kinds_.size()) kinds_[id] = static_cast<uint8_t>(kind);
  return true;
}

std::optional<ExtensionKind> ExtensionMap::high_kind(uint8_t id) const {
  for (size_t i = 0; i < kExtensionKindCount; ++i) {
    if (ids_[i] == id) return static_cast<ExtensionKind>(i);
  }
  return std::nullopt;
}

ExtensionReader::ExtensionReader(Bytes packet, const Header& header)
    : at_(packet.data() + header.extension_offset),
      end_(at_),
      two_byte_((header.extension_profile & 0xFFF0) == kTwoByteProfile) {
  if (two_byte_ || header.extension_profile == kOneByteProfile) end_ = at_ + header.extension_length;
}

bool ExtensionReader::next(Element& out) {
  while (at_ < end_ && *at_ == 0) ++at_;  // padding
  const auto left = static_cast<size_t>(end_ - at_);
  const size_t header_length = two_byte_ ? 2 : 1;
  if (left < header_length) return false;
  const uint8_t id = two_byte_ ? at_[0] : at_[0] >> 4;
  const size_t length = two_byte_ ? at_[1] : (at_[0] & 0x0Fu) + 1u;
  if ((!two_byte_ && (id == kStopId || id == 0)) || left - header_length < length) {
    at_ = end_;
    return false;
  }
  out = {id, Bytes(at_ + header_length, length)};
  at_ += header_length + length;
  return true;
}

std::optional<Bytes> find_extension(Bytes packet, const Header& header, uint8_t id) {
  ExtensionReader reader(packet, header);
  for (ExtensionReader::Element element; reader.next(element);) {
    if (element.id == id) return element.data;
  }
  return std::nullopt;
}

void read_extensions(Bytes packet, const Header& header, const ExtensionMap& map, ExtensionTable& out) {
  out.present = 0;
  ExtensionReader reader(packet, header);
  for (ExtensionReader::Element element; reader.next(element);) {
    const auto kind = map.kind(element.id);
    if (!kind || out.has(*kind)) continue;
    out.present |= static_cast<uint16_t>(1u << static_cast<unsigned>(*kind));
    out.places[static_cast<size_t>(*kind)] = {static_cast<uint16_t>(element.data.data() - packet.data()),
                                              static_cast<uint8_t>(element.data.size())};
  }
}

std::optional<AudioLevel> read_audio_level(Bytes packet, const ExtensionTable& table) {
  const Bytes value = table.get(packet, ExtensionKind::kAudioLevel);
  // In the two-byte form the element may be padded (RFC 6464 section 3).
  if (value.empty() || value.size() > 4) return std::nullopt;
  return AudioLevel{.level_dbov = static_cast<uint8_t>(value[0] & 0x7F), .voice_activity = (value[0] & 0x80) != 0};
}

std::optional<uint16_t> read_transport_sequence(Bytes packet, const ExtensionTable& table) {
  const Bytes value = table.get(packet, ExtensionKind::kTransportWideCc);
  if (value.size() != 2) return std::nullopt;
  return load_be16(value.data());
}

std::optional<uint32_t> read_abs_send_time(Bytes packet, const ExtensionTable& table) {
  const Bytes value = table.get(packet, ExtensionKind::kAbsSendTime);
  if (value.size() != 3) return std::nullopt;
  return load_be24(value.data());
}

std::string_view read_text(Bytes packet, const ExtensionTable& table, ExtensionKind kind) {
  const Bytes value = table.get(packet, kind);
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

}  // namespace chroom::rtp
