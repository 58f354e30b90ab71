#pragma once
#include <optional>
#include <vector>

#include "sctp/packet_reader.h"
#include "sctp/wire.h"
#include "vocabulary/bytes.h"

// Typed views of chunk values. Each parser answers nullopt for a value that is too short or breaks its format; views
// point into the packet.
namespace chroom::sctp {

struct DataChunk {
  uint32_t tsn;
  uint16_t stream_id;
  uint16_t ssn;
  uint32_t ppid;
  uint8_t flags;
  Bytes payload;

  bool begins() const { return (flags & kDataFlagBegin) != 0; }
  bool ends() const { return (flags & kDataFlagEnd) != 0; }
  bool unordered() const { return (flags & kDataFlagUnordered) != 0; }
};
std::optional<DataChunk> parse_data(const Chunk& chunk);

// INIT and INIT ACK share their shape.
struct InitChunk {
  uint32_t initiate_tag = 0;
  uint32_t receiver_window_bytes = 0;
  uint16_t outbound_streams = 0;
  uint16_t inbound_streams = 0;
  uint32_t initial_tsn = 0;
  bool supports_forward_tsn = false;
  bool supports_reconfig = false;
  Bytes cookie;                       // INIT ACK only.
  std::vector<uint8_t> unrecognized;  // Whole parameters to report, padded, at most kMaxReportedBytes.

  static constexpr size_t kMaxReportedBytes = 256;
};
std::optional<InitChunk> parse_init(const Chunk& chunk);

struct GapBlock {
  uint16_t start;  // Offsets from the cumulative TSN, both inclusive.
  uint16_t end;
};
struct SackChunk {
  uint32_t cumulative_tsn;
  uint32_t receiver_window_bytes;
  uint16_t gap_block_count;
  Bytes gap_blocks;  // 4 bytes each; ascending and disjoint, checked by the parser.

  GapBlock gap_block(size_t index) const {
    return {load_be16(gap_blocks.data() + index * 4), load_be16(gap_blocks.data() + index * 4 + 2)};
  }
};
std::optional<SackChunk> parse_sack(const Chunk& chunk);

struct ForwardTsnChunk {
  uint32_t new_cumulative_tsn;
  Bytes streams;  // 4 bytes each: stream id, last skipped SSN.

  size_t stream_count() const { return streams.size() / 4; }
  uint16_t stream_id(size_t index) const { return load_be16(streams.data() + index * 4); }
  uint16_t ssn(size_t index) const { return load_be16(streams.data() + index * 4 + 2); }
};
std::optional<ForwardTsnChunk> parse_forward_tsn(const Chunk& chunk);

}  // namespace chroom::sctp
