#include "sctp/chunks.h"

namespace chroom::sctp {
namespace {

constexpr size_t kInitFixedBytes = 16;
constexpr size_t kSackFixedBytes = 12;

void report_unrecognized(const Parameter& parameter, std::vector<uint8_t>& report) {
  const size_t padded = padded_to_4(parameter.whole.size());
  if (report.size() + padded > InitChunk::kMaxReportedBytes) return;
  report.insert(report.end(), parameter.whole.begin(), parameter.whole.end());
  report.resize(padded_to_4(report.size()));
}

void read_extensions(Bytes types, InitChunk& init) {
  for (const uint8_t type : types) {
    if (type == static_cast<uint8_t>(ChunkType::kForwardTsn)) init.supports_forward_tsn = true;
    if (type == static_cast<uint8_t>(ChunkType::kReconfig)) init.supports_reconfig = true;
  }
}

// False: stop reading parameters (RFC 9260, section 3.2.1: the two high bits say what to do with an unknown one).
bool read_init_parameter(const Parameter& item, InitChunk& init) {
  switch (item.type) {
    case parameter::kStateCookie: init.cookie = item.value; return true;
    case parameter::kForwardTsnSupported: init.supports_forward_tsn = true; return true;
    case parameter::kSupportedExtensions: read_extensions(item.value, init); return true;
    case parameter::kIpv4:
    case parameter::kIpv6:
    case parameter::kUnrecognized:
    case parameter::kCookiePreservative:
    case parameter::kSupportedAddressTypes: return true;  // Addresses mean nothing over DTLS (RFC 8261, section 5).
    default: break;
  }
  if ((item.type & 0x4000) != 0) report_unrecognized(item, init.unrecognized);
  return (item.type & 0x8000) != 0;
}

}  // namespace

std::optional<DataChunk> parse_data(const Chunk& chunk) {
  if (chunk.value.size() < kDataHeaderBytes - kChunkHeaderBytes) return std::nullopt;
  const uint8_t* p = chunk.value.data();
  return DataChunk{load_be32(p),     load_be16(p + 4), load_be16(p + 6),
                   load_be32(p + 8), chunk.flags,      chunk.value.subspan(kDataHeaderBytes - kChunkHeaderBytes)};
}

std::optional<InitChunk> parse_init(const Chunk& chunk) {
  if (chunk.value.size() < kInitFixedBytes) return std::nullopt;
  const uint8_t* p = chunk.value.data();
  InitChunk init;
  init.initiate_tag = load_be32(p);
  init.receiver_window_bytes = load_be32(p + 4);
  init.outbound_streams = load_be16(p + 8);
  init.inbound_streams = load_be16(p + 10);
  init.initial_tsn = load_be32(p + 12);
  ParameterCursor cursor(chunk.value.subspan(kInitFixedBytes));
  while (const auto item = cursor.next()) {
    if (!read_init_parameter(*item, init)) break;
  }
  if (cursor.malformed()) return std::nullopt;
  return init;
}

std::optional<SackChunk> parse_sack(const Chunk& chunk) {
  if (chunk.value.size() < kSackFixedBytes) return std::nullopt;
  const uint8_t* p = chunk.value.data();
  SackChunk sack{load_be32(p), load_be32(p + 4), load_be16(p + 8), {}};
  const size_t duplicates = load_be16(p + 10);
  const size_t gap_bytes = size_t{sack.gap_block_count} * 4;
  if (chunk.value.size() < kSackFixedBytes + gap_bytes + duplicates * 4) return std::nullopt;
  sack.gap_blocks = chunk.value.subspan(kSackFixedBytes, gap_bytes);
  // Ascending and disjoint bounds the work of a SACK by the chunks in flight, not by blocks times chunks. Offset 1 would
  // contradict the cumulative TSN; the earliest chunk in flight must never look received, or no timer would watch it.
  uint32_t previous_end = 1;
  for (size_t i = 0; i < sack.gap_block_count; ++i) {
    const GapBlock block = sack.gap_block(i);
    if (block.start <= previous_end || block.end < block.start) return std::nullopt;
    previous_end = block.end;
  }
  return sack;
}

std::optional<ForwardTsnChunk> parse_forward_tsn(const Chunk& chunk) {
  if (chunk.value.size() < 4 || chunk.value.size() % 4 != 0) return std::nullopt;
  return ForwardTsnChunk{load_be32(chunk.value.data()), chunk.value.subspan(4)};
}

}  // namespace chroom::sctp
