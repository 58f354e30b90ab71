#include "generator/published_stream.h"

#include <algorithm>
#include <utility>

#include "generator/wall_clock.h"

namespace chroom::load {
namespace {

constexpr size_t kSlotBytes = PublishedStream::kMaxPacketBytes + 64;
// RFC 6386 section 9.1: frame tag (key, version 0, shown), start code, 1280 x 720.
constexpr std::array<uint8_t, 10> kKeyFrameHeader = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02};
constexpr std::array<uint8_t, 3> kDeltaFrameTag = {0x11, 0x02, 0x00};
constexpr double kVideoClockHz = 90'000;
constexpr double kAudioClockHz = 48'000;
// RFC 6464: speech at -30 dBov.
constexpr uint8_t kSpeechLevel = 0x80 | 30;

}  // namespace

void PayloadMark::store(uint8_t* out) const {
  store_be32(out, kMagic);
  store_be64(out + 4, static_cast<uint64_t>(sent_wall_ns));
  store_be32(out + 12, packet);
}

bool PayloadMark::load(Bytes in) {
  if (in.size() < kBytes || load_be32(in.data()) != kMagic) return false;
  sent_wall_ns = static_cast<int64_t>(load_be64(in.data() + 4));
  packet = load_be32(in.data() + 12);
  return true;
}

size_t PublishedStream::begin_frame(const FrameShape& shape) {
  begun_ = shape;
  begun_.packets = std::clamp<size_t>(shape.packets, 1, kMaxPackets);
  written_ = 0;
  key_ = std::exchange(key_frame_wanted_, false);
  return begun_.packets;
}

Bytes PublishedStream::write_packet(srtp::SendContext& srtp, uint16_t transport_sequence, Instant now) {
  const size_t index = written_++;
  const bool last = written_ == begun_.packets;
  uint8_t* out = memory_.data() + index * kSlotBytes;
  const PayloadMark mark{wall_ns(), packets_};
  const size_t header_bytes = write_header(out, last, transport_sequence, now);
  const size_t start = parameters_.video ? write_vp8(payload_.data(), index == 0, key_) : 0;
  const size_t payload_bytes = std::clamp(begun_.packet_bytes, header_bytes + start + PayloadMark::kBytes, kMaxPacketBytes) - header_bytes;
  uint8_t* end = payload_.data() + payload_bytes - PayloadMark::kBytes;
  mark.store(end);
  const size_t length = srtp.protect_rtp({out, kSlotBytes}, header_bytes, Bytes(payload_.data(), payload_bytes), packets_ >> 16);
  std::fill_n(end, PayloadMark::kBytes, kFilling);
  ++packets_;
  octets_ += static_cast<uint32_t>(payload_bytes);
  if (last) {
    const double clock_per_frame = (parameters_.video ? kVideoClockHz : kAudioClockHz) / begun_.frames_per_second;
    timestamp_ += std::max(static_cast<uint32_t>(clock_per_frame), 1u);
    ++picture_id_;
  }
  return {out, length};
}

std::span<const Bytes> PublishedStream::write_frame(srtp::SendContext& srtp, const FrameShape& shape, uint16_t& transport_sequence,
                                                    Instant now) {
  const size_t count = begin_frame(shape);
  for (size_t i = 0; i < count; ++i) frame_[i] = write_packet(srtp, transport_sequence++, now);
  return {frame_.data(), count};
}

size_t PublishedStream::write_header(uint8_t* out, bool marker, uint16_t transport_sequence, Instant now) const {
  out[0] = 0x80;
  out[1] = static_cast<uint8_t>((marker ? 0x80 : 0) | parameters_.payload_type);
  store_be16(out + 2, static_cast<uint16_t>(packets_));
  store_be32(out + 4, timestamp_);
  store_be32(out + 8, parameters_.ssrc);
  size_t at = 16;
  if (parameters_.abs_send_time_id != 0) {
    // 6.18 fixed point seconds.
    const auto fixed = static_cast<uint32_t>((static_cast<uint64_t>(now.time_since_epoch().count()) << 18) / 1'000'000);
    out[at] = static_cast<uint8_t>(parameters_.abs_send_time_id << 4 | 2);
    store_be24(out + at + 1, fixed & 0xff'ffff);
    at += 4;
  }
  if (parameters_.transport_cc_id != 0) {
    out[at] = static_cast<uint8_t>(parameters_.transport_cc_id << 4 | 1);
    store_be16(out + at + 1, transport_sequence);
    at += 3;
  }
  if (parameters_.audio_level_id != 0) {
    out[at++] = static_cast<uint8_t>(parameters_.audio_level_id << 4);
    out[at++] = kSpeechLevel;
  }
  if (at == 16) return 12;
  while (at % 4 != 0) out[at++] = 0;
  out[0] |= 0x10;
  store_be16(out + 12, 0xBEDE);
  store_be16(out + 14, static_cast<uint16_t>((at - 16) / 4));
  return at;
}

size_t PublishedStream::write_vp8(uint8_t* out, bool first, bool key) const {
  out[0] = static_cast<uint8_t>(0x80 | (first ? 0x10 : 0));  // RFC 7741 section 4.2: extended, start of partition
  out[1] = 0x80;                                             // a picture id follows
  store_be16(out + 2, static_cast<uint16_t>(0x8000 | (picture_id_ & 0x7fff)));
  if (!first) return 4;
  if (key) {
    std::copy(kKeyFrameHeader.begin(), kKeyFrameHeader.end(), out + 4);
    return 4 + kKeyFrameHeader.size();
  }
  std::copy(kDeltaFrameTag.begin(), kDeltaFrameTag.end(), out + 4);
  return 4 + kDeltaFrameTag.size();
}

}  // namespace chroom::load
