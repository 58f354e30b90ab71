#include "sctp/packet_writer.h"

#include <algorithm>

#include "sctp/crc32c.h"
#include "vocabulary/check.h"

namespace chroom::sctp {

MutableBytes PacketWriter::add_chunk(ChunkType type, uint8_t flags, size_t value_bytes) {
  const size_t length = kChunkHeaderBytes + value_bytes;
  CHROOM_CHECK(length <= room() && length <= 0xFFFF, "callers compare with room() before they open a chunk");
  uint8_t* p = out_.data() + size_;
  p[0] = static_cast<uint8_t>(type);
  p[1] = flags;
  store_be16(p + 2, static_cast<uint16_t>(length));
  const size_t padded = padded_to_4(length);
  std::fill(p + length, p + padded, uint8_t{0});
  size_ += padded;
  return {p + kChunkHeaderBytes, value_bytes};
}

bool PacketWriter::add_whole_chunk(Bytes chunk) {
  if (padded_to_4(chunk.size()) > room()) return false;
  const MutableBytes value =
      add_chunk(static_cast<ChunkType>(chunk[0]), chunk[1], chunk.size() - kChunkHeaderBytes);
  std::copy(chunk.begin() + kChunkHeaderBytes, chunk.end(), value.begin());
  return true;
}

size_t PacketWriter::finish(const PacketHeader& header) {
  uint8_t* p = out_.data();
  store_be16(p, header.source_port);
  store_be16(p + 2, header.destination_port);
  store_be32(p + 4, header.verification_tag);
  store_be32(p + 8, 0);
  const uint32_t crc = crc32c({p, size_});
  for (int i = 0; i < 4; ++i) p[8 + i] = static_cast<uint8_t>(crc >> (8 * i));
  return size_;
}

}  // namespace chroom::sctp
