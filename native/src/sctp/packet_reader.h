#pragma once
#include <optional>

#include "sctp/wire.h"
#include "vocabulary/bytes.h"

namespace chroom::sctp {

struct PacketHeader {
  uint16_t source_port;
  uint16_t destination_port;
  uint32_t verification_tag;
};

// A chunk inside a packet; `value` is what follows the chunk header, without padding.
struct Chunk {
  ChunkType type;
  uint8_t flags;
  Bytes value;
  Bytes whole;  // Header and value, as it is quoted in errors.
};

struct Parameter {
  uint16_t type;
  Bytes value;
  Bytes whole;
};

enum class PacketFault : uint8_t { kNone, kMalformed, kChecksum };

// Reads the common header and verifies the CRC32c (computed with the checksum field as zero, packet untouched).
PacketFault read_packet_header(Bytes packet, PacketHeader& header);

// Walks the chunks of a packet after the common header. next() is empty at the end and after the first bad length;
// malformed() tells which.
class ChunkCursor {
 public:
  explicit ChunkCursor(Bytes chunks) : rest_(chunks) {}
  std::optional<Chunk> next();
  bool malformed() const { return malformed_; }
  bool at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

// The same for type-length-value parameters (and error causes, which have the same shape).
class ParameterCursor {
 public:
  explicit ParameterCursor(Bytes parameters) : rest_(parameters) {}
  std::optional<Parameter> next();
  bool malformed() const { return malformed_; }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

}  // namespace chroom::sctp
