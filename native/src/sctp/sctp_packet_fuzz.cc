// The parsers alone: whatever the bytes, they stay inside them and end.
#include <cstdlib>

#include "sctp/chunks.h"
#include "sctp/dcep.h"
#include "sctp/packet_reader.h"
#include "sctp/received_tsns.h"
#include "sctp/state_cookie.h"
#include "sctp/stream_reset.h"

using namespace chroom;
using namespace chroom::sctp;

namespace {

uint32_t sum_of(Bytes bytes) {
  uint32_t sum = 0;
  for (const uint8_t byte : bytes) sum += byte;
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(data, size);
  PacketHeader header{};
  static_cast<void>(read_packet_header(input, header));
  static_cast<void>(parse_channel_open(input, 512));
  static_cast<void>(open_cookie(input, CookieSecret{}));
  StreamReset reset(1, 1, 1024);
  volatile uint32_t sum = 0;
  size_t chunk_count = 0;
  ChunkCursor cursor(input);
  while (const auto chunk = cursor.next()) {
    if (++chunk_count > size) std::abort();
    if (const auto parsed = parse_data(*chunk)) sum = sum + sum_of(parsed->payload);
    if (const auto parsed = parse_init(*chunk)) {
      sum = sum + sum_of(parsed->cookie);
      if (parsed->unrecognized.size() > InitChunk::kMaxReportedBytes) std::abort();
    }
    if (const auto parsed = parse_sack(*chunk)) {
      for (size_t i = 0; i < parsed->gap_block_count; ++i) sum = sum + parsed->gap_block(i).end;
    }
    if (const auto parsed = parse_forward_tsn(*chunk)) {
      for (size_t i = 0; i < parsed->stream_count(); ++i) sum = sum + parsed->ssn(i);
    }
    static_cast<void>(reset.on_reconfig(*chunk, 1));
    uint8_t out[600];
    PacketWriter packet(out);
    reset.write(packet);
  }
  return 0;
}
