#pragma once
// For tests and fuzzers: the other end of an association as bare bytes, so that it can break every rule.
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <vector>

#include "sctp/association.h"
#include "sctp/crc32c.h"
#include "sctp/packet_reader.h"
#include "sctp/wire.h"

namespace chroom::sctp {

inline std::vector<uint8_t> raw_chunk(ChunkType type, uint8_t flags, Bytes value) {
  std::vector<uint8_t> chunk(kChunkHeaderBytes + value.size());
  chunk[0] = static_cast<uint8_t>(type);
  chunk[1] = flags;
  store_be16(chunk.data() + 2, static_cast<uint16_t>(chunk.size()));
  std::copy(value.begin(), value.end(), chunk.begin() + kChunkHeaderBytes);
  return chunk;
}

inline std::vector<uint8_t> be_words(std::initializer_list<uint32_t> words) {
  std::vector<uint8_t> out(words.size() * 4);
  size_t at = 0;
  for (const uint32_t word : words) store_be32(out.data() + 4 * at++, word);
  return out;
}

inline std::vector<uint8_t> raw_data_chunk(uint32_t tsn, uint16_t stream_id, uint16_t ssn, uint32_t ppid, uint8_t flags,
                                           Bytes payload) {
  std::vector<uint8_t> value(12);
  store_be32(value.data(), tsn);
  store_be16(value.data() + 4, stream_id);
  store_be16(value.data() + 6, ssn);
  store_be32(value.data() + 8, ppid);
  value.insert(value.end(), payload.begin(), payload.end());
  return raw_chunk(ChunkType::kData, flags, value);
}

// Chunks as they are (lengths may lie), padded, behind a header with a right checksum.
inline std::vector<uint8_t> raw_packet(uint32_t tag, const std::vector<std::vector<uint8_t>>& chunks) {
  std::vector<uint8_t> packet(kCommonHeaderBytes);
  for (const auto& chunk : chunks) {
    packet.insert(packet.end(), chunk.begin(), chunk.end());
    packet.resize(padded_to_4(packet.size()));
  }
  store_be16(packet.data(), 5000);
  store_be16(packet.data() + 2, 5000);
  store_be32(packet.data() + 4, tag);
  const uint32_t crc = crc32c(packet);
  for (size_t i = 0; i < 4; ++i) packet[8 + i] = static_cast<uint8_t>(crc >> (8 * i));
  return packet;
}

struct SentChunk {
  uint32_t tag;
  ChunkType type;
  uint8_t flags;
  std::vector<uint8_t> value;
};

class HandcraftedPeer {
 public:
  static constexpr uint32_t kTag = 0xAABBCCDD;
  static constexpr uint32_t kInitialTsn = 1000;

  explicit HandcraftedPeer(Association& target) : target_(target), packet_(65'536) {}

  std::vector<uint8_t> init_chunk(uint32_t tag = kTag, ChunkType type = ChunkType::kInit) const {
    auto value = be_words({tag, 1'000'000, 0xFFFFFFFF, kInitialTsn, uint32_t{parameter::kForwardTsnSupported} << 16 | 4});
    const uint8_t extensions[] = {0x80, 0x08, 0, 6, 130, 192, 0, 0};
    value.insert(value.end(), std::begin(extensions), std::end(extensions));
    return raw_chunk(type, 0, value);
  }
  void deliver(const std::vector<std::vector<uint8_t>>& chunks, std::optional<uint32_t> tag = std::nullopt) {
    target_.receive(raw_packet(tag.value_or(target_tag), chunks), now);
  }
  // All that the target sends now, chunk by chunk.
  std::vector<SentChunk> collect() {
    std::vector<SentChunk> sent;
    while (const size_t size = target_.poll_transmit(packet_, now)) {
      PacketHeader header{};
      if (read_packet_header({packet_.data(), size}, header) != PacketFault::kNone) std::abort();
      ChunkCursor cursor(Bytes(packet_.data(), size).subspan(kCommonHeaderBytes));
      while (const auto chunk = cursor.next()) {
        sent.push_back({header.verification_tag, chunk->type, chunk->flags, {chunk->value.begin(), chunk->value.end()}});
      }
      if (cursor.malformed()) std::abort();
    }
    return sent;
  }
  // INIT to INIT ACK; keeps the cookie and the tag.
  bool request_cookie(uint32_t tag = kTag) {
    deliver({init_chunk(tag)}, 0);
    for (const SentChunk& chunk : collect()) {
      if (chunk.type != ChunkType::kInitAck || chunk.value.size() < 20) continue;
      target_tag = load_be32(chunk.value.data());
      target_initial_tsn = load_be32(chunk.value.data() + 12);
      ParameterCursor cursor(Bytes(chunk.value).subspan(16));
      while (const auto item = cursor.next()) {
        if (item->type == parameter::kStateCookie) cookie.assign(item->value.begin(), item->value.end());
      }
      return !cookie.empty();
    }
    return false;
  }
  void echo_cookie() { deliver({raw_chunk(ChunkType::kCookieEcho, 0, cookie)}); }
  bool establish() {
    if (!request_cookie()) return false;
    echo_cookie();
    collect();
    return target_.state() == AssociationState::kEstablished;
  }

  uint32_t target_tag = 0;
  uint32_t target_initial_tsn = 0;
  std::vector<uint8_t> cookie;
  Instant now = Instant(std::chrono::seconds(1000));

 private:
  Association& target_;
  std::vector<uint8_t> packet_;
};

}  // namespace chroom::sctp
