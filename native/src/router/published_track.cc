#include "router/published_track.h"

#include <algorithm>

#include "router/subscription.h"

namespace chroom::router {
namespace {

// Packets kept for retransmission: more than a second of the heaviest video. Audio has no retransmissions.
constexpr size_t kVideoHistoryPackets = 512;

}  // namespace

PublishedTrack::PublishedTrack(const PublishConfig& config, MediaTransport& publisher, Room& room)
    : config_(config), publisher_(publisher), room_(room) {
  const PublishedCodec& codec = config_.codecs.front();
  const bool nack = std::any_of(config_.codecs.begin(), config_.codecs.end(), [](const auto& c) { return c.nack; });
  for (const EncodingConfig& encoding : config_.encodings) {
    streams::ReceiveStreamConfig stream;
    stream.ssrc = encoding.ssrc;
    stream.clock_rate_hz = codec.clock_rate_hz;
    stream.video = config_.video;
    stream.nack = nack;
    stream.pli = codec.pli;
    stream.history_packets = config_.video ? kVideoHistoryPackets : 0;
    encodings_.push_back(std::make_unique<Encoding>(encoding, stream));
  }
}

PublishedTrack::~PublishedTrack() = default;

const PublishedCodec* PublishedTrack::codec_of(uint8_t payload_type) const {
  for (const PublishedCodec& codec : config_.codecs) {
    if (codec.payload_type == payload_type) return &codec;
  }
  return nullptr;
}

const PublishedCodec* PublishedTrack::codec_of_rtx(uint8_t payload_type) const {
  for (const PublishedCodec& codec : config_.codecs) {
    if (codec.rtx_payload_type == payload_type && payload_type != 0) return &codec;
  }
  return nullptr;
}

uint32_t PublishedTrack::refresh(Instant now) {
  if (imported_) {
    // Of what is not wanted here nothing comes, so only the publisher's worker can say.
    for (size_t i = 0; i < encodings_.size(); ++i) encodings_[i]->active = (import_active_ >> i & 1) != 0;
    return 0;
  }
  uint32_t mask = 0;
  for (auto& encoding : encodings_) {
    encoding->active = encoding->stream.is_active(now);
    if (encoding->active) mask |= 1u << std::min<unsigned>(encoding->config.quality, 31);
    for (auto& other : encodings_) {
      if (encoding->stream.has_stalled_beside(other->stream, now)) encoding->active = false;
    }
  }
  return mask;
}

uint8_t PublishedTrack::chosen_from() const {
  uint8_t mask = 0;
  for (size_t i = 0; i < encodings_.size(); ++i) mask |= static_cast<uint8_t>(encodings_[i]->active << i);
  return mask;
}

uint8_t PublishedTrack::choose_encoding(uint8_t max_quality) const {
  // With a single encoding there is no choice to make, whether it sends or not.
  if (encodings_.size() == 1) return 0;
  uint8_t best = streams::kNoEncoding;
  uint8_t lowest = streams::kNoEncoding;
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const Encoding& encoding = *encodings_[i];
    if (!encoding.active) continue;
    const auto index = static_cast<uint8_t>(i);
    const uint8_t quality = encoding.config.quality;
    if (lowest == streams::kNoEncoding || quality < encodings_[lowest]->config.quality) lowest = index;
    if (quality > max_quality) continue;
    if (best == streams::kNoEncoding || quality > encodings_[best]->config.quality) best = index;
  }
  return best != streams::kNoEncoding ? best : lowest;
}

uint8_t PublishedTrack::choose_temporal_layer(uint8_t encoding, uint32_t max_fps, Instant now) {
  if (max_fps == 0 || encoding >= encodings_.size()) return streams::kAllTemporalLayers;
  // Measured rates breathe: a quarter more than asked for still counts as kept.
  const uint32_t bound = max_fps + max_fps / 4;
  streams::ReceiveStream& stream = encodings_[encoding]->stream;
  for (uint8_t layer = streams::kMaxTemporalLayers - 1; layer > 0; --layer) {
    if (stream.frames_per_second(layer, now) <= bound) return layer;
  }
  return 0;
}

PublishedStatistics PublishedTrack::take_statistics(Instant now) {
  PublishedStatistics sum;
  for (auto& encoding : encodings_) {
    const auto s = encoding->stream.take_statistics(now);
    sum.encodings[sum.encoding_count++] = {encoding->config.quality, s.packets, s.jitter_us};
    sum.packets += s.packets;
    sum.bytes += s.bytes;
    sum.packets_lost += s.packets_lost;
    sum.packets_recovered += s.packets_recovered;
    sum.frames = std::max(sum.frames, s.frames);
    sum.loss_ppm = std::max(sum.loss_ppm, s.loss_ppm);
    sum.jitter_us = std::max(sum.jitter_us, s.jitter_us);
    sum.bitrate_bps += s.bitrate_bps;
    sum.frames_per_second = std::max(sum.frames_per_second, s.frames_per_second);
    sum.nacks += s.nacks;
    sum.key_frame_requests += s.key_frame_requests;
    sum.key_frames += s.key_frames;
  }
  return sum;
}

}  // namespace chroom::router
