#pragma once
#include <cstddef>

#include "sctp/packet_reader.h"
#include "sctp/wire.h"
#include "vocabulary/bytes.h"

namespace chroom::sctp {

// Builds one packet in a caller's buffer: header, chunks padded to 4, checksum last. Nothing is allocated.
class PacketWriter {
 public:
  // `out` holds at least the common header.
  explicit PacketWriter(MutableBytes out) : out_(out) {}

  // Bytes of a chunk (header included) that still fit.
  size_t room() const { return (out_.size() - size_) & ~size_t{3}; }
  bool empty() const { return size_ == kCommonHeaderBytes; }

  // Opens a chunk with `value_bytes` after its header and returns where the value goes. The caller has checked room().
  MutableBytes add_chunk(ChunkType type, uint8_t flags, size_t value_bytes);
  // Copies a finished chunk (header and value). False if it does not fit.
  bool add_whole_chunk(Bytes chunk);

  // Writes header and checksum; returns the packet size.
  size_t finish(const PacketHeader& header);

 private:
  MutableBytes out_;
  size_t size_ = kCommonHeaderBytes;
};

}  // namespace chroom::sctp
