#pragma once
// For tests and the simulation only: RTP packets as a VP8 publisher sends them. Each payload names its frame and piece,
// so that a receiver can prove what it got.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rtp/extensions.h"
#include "vocabulary/bytes.h"

namespace chroom::streams {

// The extension ids all tests use.
inline constexpr uint8_t kTestMidId = 1;
inline constexpr uint8_t kTestRidId = 2;
inline constexpr uint8_t kTestRepairedRidId = 3;
inline constexpr uint8_t kTestTransportSequenceId = 4;
inline constexpr uint8_t kTestAudioLevelId = 5;

inline rtp::ExtensionMap test_extensions() {
  rtp::ExtensionMap map;
  map.add(rtp::ExtensionKind::kMid, kTestMidId);
  map.add(rtp::ExtensionKind::kRid, kTestRidId);
  map.add(rtp::ExtensionKind::kRepairedRid, kTestRepairedRidId);
  map.add(rtp::ExtensionKind::kTransportWideCc, kTestTransportSequenceId);
  map.add(rtp::ExtensionKind::kAudioLevel, kTestAudioLevelId);
  return map;
}

// What the payload of one packet says behind its VP8 descriptor and frame header byte.
struct PieceName {
  uint32_t encoding = 0;
  uint32_t frame = 0;
  uint16_t piece = 0;
  uint16_t pieces = 0;
  bool operator==(const PieceName&) const = default;
};

inline constexpr size_t kVp8DescriptorBytes = 6;  // X, extension byte, 15-bit picture id, TL0PICIDX, TID/KEYIDX

class SyntheticVideo {
 public:
  using Packet = std::vector<uint8_t>;

  struct Config {
    uint32_t encoding = 0;
    uint32_t ssrc = 0x1000;
    uint8_t payload_type = 96;
    uint16_t first_sequence = 65500;  // Wraps soon.
    uint16_t first_picture_id = 32760;
    uint32_t first_timestamp = 0xFFFF'0000;
    std::string mid = "0";
    std::string rid;
    size_t payload_bytes = 200;
    uint8_t temporal_layers = 1;      // 1 or 2
  };
  explicit SyntheticVideo(const Config& config)
      : config_(config), sequence_(config.first_sequence), picture_id_(config.first_picture_id),
        timestamp_(config.first_timestamp) {}

  // One frame of `pieces` packets, `elapsed_ticks` after the one before.
  std::vector<Packet> frame(bool key, uint16_t pieces, uint32_t elapsed_ticks = 3000) {
    timestamp_ += elapsed_ticks;
    ++picture_id_;
    ++frame_number_;
    since_key_ = key ? 0 : since_key_ + 1;
    const uint8_t layer = config_.temporal_layers == 2 ? since_key_ % 2 : 0;
    if (layer == 0) ++tl0_;
    std::vector<Packet> packets;
    for (uint16_t piece = 0; piece < pieces; ++piece) packets.push_back(packet(key, layer, piece, pieces));
    return packets;
  }

  uint32_t timestamp() const { return timestamp_; }
  uint32_t frame_number() const { return frame_number_; }
  const Config& config() const { return config_; }

  static std::optional<PieceName> name_of(Bytes payload) {
    if (payload.size() < kVp8DescriptorBytes + 13) return std::nullopt;
    const uint8_t* at = payload.data() + kVp8DescriptorBytes + 1;
    return PieceName{load_be32(at), load_be32(at + 4), load_be16(at + 8), load_be16(at + 10)};
  }

 private:
  Packet packet(bool key, uint8_t layer, uint16_t piece, uint16_t pieces) {
    Packet out(12);
    out[0] = 0x90;
    out[1] = static_cast<uint8_t>((piece + 1 == pieces ? 0x80 : 0) | config_.payload_type);
    store_be16(out.data() + 2, sequence_++);
    store_be32(out.data() + 4, timestamp_);
    store_be32(out.data() + 8, config_.ssrc);
    append_extensions(out);
    const size_t descriptor = out.size();
    out.resize(descriptor + config_.payload_bytes);
    uint8_t* p = out.data() + descriptor;
    p[0] = static_cast<uint8_t>(0x80 | (piece == 0 ? 0x10 : 0));
    p[1] = 0xF0;  // I, L, T, K
    store_be16(p + 2, static_cast<uint16_t>(0x8000 | (picture_id_ & 0x7FFF)));
    p[4] = tl0_;
    p[5] = static_cast<uint8_t>(layer << 6 | (layer > 0 ? 0x20 : 0));
    p[6] = key ? 0x00 : 0x01;
    store_be32(p + 7, config_.encoding);
    store_be32(p + 11, frame_number_);
    store_be16(p + 15, piece);
    store_be16(p + 17, pieces);
    return out;
  }

  void append_extensions(Packet& out) {
    Packet elements;
    const auto add = [&](uint8_t id, std::string_view text) {
      if (text.empty()) return;
      elements.push_back(static_cast<uint8_t>(id << 4 | (text.size() - 1)));
      elements.insert(elements.end(), text.begin(), text.end());
    };
    add(kTestMidId, config_.mid);
    add(kTestRidId, config_.rid);
    elements.push_back(kTestTransportSequenceId << 4 | 1);
    elements.push_back(static_cast<uint8_t>(transport_sequence_ >> 8));
    elements.push_back(static_cast<uint8_t>(transport_sequence_++));
    while (elements.size() % 4 != 0) elements.push_back(0);
    const size_t at = out.size();
    out.resize(at + 4);
    store_be16(out.data() + at, 0xBEDE);
    store_be16(out.data() + at + 2, static_cast<uint16_t>(elements.size() / 4));
    out.insert(out.end(), elements.begin(), elements.end());
  }

  Config config_;
  uint16_t sequence_;
  uint16_t picture_id_;
  uint32_t timestamp_;
  uint32_t frame_number_ = 0;
  uint32_t since_key_ = 0;
  uint16_t transport_sequence_ = 0;
  uint8_t tl0_ = 250;
};

}  // namespace chroom::streams
