#include "sctp/packet_reader.h"

#include <algorithm>

#include "sctp/crc32c.h"

namespace chroom::sctp {
namespace {

constexpr uint8_t kZeroChecksum[4] = {0, 0, 0, 0};

uint32_t load_le32(const uint8_t* p) {
  return uint32_t{p[3]} << 24 | uint32_t{p[2]} << 16 | uint32_t{p[1]} << 8 | p[0];
}

// The last element of a packet may lack its padding (RFC 9260, section 3.2).
Bytes after(Bytes rest, size_t length) { return rest.subspan(std::min(rest.size(), padded_to_4(length))); }

}  // namespace

PacketFault read_packet_header(Bytes packet, PacketHeader& header) {
  if (packet.size() < kCommonHeaderBytes + kChunkHeaderBytes) return PacketFault::kMalformed;
  uint32_t crc = crc32c(packet.first(8));
  crc = crc32c(kZeroChecksum, crc);
  crc = crc32c(packet.subspan(kCommonHeaderBytes), crc);
  if (crc != load_le32(packet.data() + 8)) return PacketFault::kChecksum;
  header = {load_be16(packet.data()), load_be16(packet.data() + 2), load_be32(packet.data() + 4)};
  return PacketFault::kNone;
}

std::optional<Chunk> ChunkCursor::next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  const size_t length = rest_.size() < kChunkHeaderBytes ? 0 : load_be16(rest_.data() + 2);
  if (length < kChunkHeaderBytes || length > rest_.size()) {
    malformed_ = true;
    return std::nullopt;
  }
  const Bytes whole = rest_.first(length);
  rest_ = after(rest_, length);
  return Chunk{static_cast<ChunkType>(whole[0]), whole[1], whole.subspan(kChunkHeaderBytes), whole};
}

std::optional<Parameter> ParameterCursor::next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  const size_t length = rest_.size() < kParameterHeaderBytes ? 0 : load_be16(rest_.data() + 2);
  if (length < kParameterHeaderBytes || length > rest_.size()) {
    malformed_ = true;
    return std::nullopt;
  }
  const Bytes whole = rest_.first(length);
  rest_ = after(rest_, length);
  return Parameter{load_be16(whole.data()), whole.subspan(kParameterHeaderBytes), whole};
}

}  // namespace chroom::sctp
