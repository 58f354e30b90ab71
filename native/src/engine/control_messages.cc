#include "engine/control_messages.h"

#include <bit>

#include "router/protobuf_fields.h"
#include "vocabulary/check.h"

namespace chroom::engine {

namespace {

// Length of a nested message as a varint of fixed width, so that it can be filled in afterwards. Over-long varints are
// legal protobuf; 4 bytes hold 2^28.
constexpr size_t kLengthBytes = 4;

void append_encoding_statistics(MessageBytes& out, uint32_t field, const router::EncodingStatistics& s) {
  NestedMessage message(out, field);
  append_number(out, 1, s.quality);
  append_number(out, 2, s.packets);
  append_number(out, 3, s.jitter_us);
}

void append_track_statistics(MessageBytes& out, uint32_t field, const TrackStatistics& s) {
  NestedMessage message(out, field);
  append_text(out, 1, s.track);
  append_number(out, 2, s.bytes);
  append_number(out, 3, s.packets);
  append_number(out, 4, s.packets_lost);
  append_number(out, 5, s.loss_ppm);
  append_number(out, 6, s.jitter_us);
  append_number(out, 7, s.bitrate_bps);
  append_number(out, 8, s.nacks);
  append_number(out, 9, s.plis);
  append_number(out, 10, s.retransmitted);
  append_number(out, 11, s.frames_per_second);
  for (size_t i = 0; i < s.encoding_count; ++i) append_encoding_statistics(out, 12, s.encodings[i]);
  append_number(out, 13, s.quality);
  append_number(out, 14, s.packets_of_quality);
}

}  // namespace

NestedMessage::NestedMessage(MessageBytes& out, uint32_t field) : out_(out) {
  router::append_varint(out, uint64_t{field} << 3 | 2);
  length_at_ = out.size();
  out.resize(out.size() + kLengthBytes);
}

NestedMessage::~NestedMessage() {
  size_t length = out_.size() - length_at_ - kLengthBytes;
  CHROOM_CHECK(length < size_t{1} << 28, "messages are bounded by the limits of sessions and tracks");
  for (size_t i = 0; i < kLengthBytes; ++i) {
    out_[length_at_ + i] = static_cast<uint8_t>((length & 0x7f) | (i + 1 < kLengthBytes ? 0x80 : 0));
    length >>= 7;
  }
}

void append_number(MessageBytes& out, uint32_t field, uint64_t value) {
  if (value != 0) router::append_varint_field(out, field, value);
}

void append_text(MessageBytes& out, uint32_t field, std::string_view text) {
  if (!text.empty()) router::append_string_field(out, field, text);
}

void SessionStatistics::reset(std::string_view of_session) {
  published.clear();
  subscribed.clear();
  session = of_session;
  rx_bytes = tx_bytes = rx_packets = tx_packets = 0;
  rtt_us = active_seconds = 0;
}

void append_ice_parameters(MessageBytes& out, uint32_t field, const IceParameters& ice) {
  NestedMessage message(out, field);
  append_text(out, 1, ice.username_fragment);
  append_text(out, 2, ice.password);
}

void append_fingerprint(MessageBytes& out, uint32_t field, const DtlsFingerprint& fingerprint) {
  NestedMessage message(out, field);
  append_text(out, 1, fingerprint.algorithm);
  append_text(out, 2, fingerprint.value);
}

void append_candidate(MessageBytes& out, uint32_t field, const IceCandidate& candidate) {
  NestedMessage message(out, field);
  append_text(out, 1, candidate.foundation);
  append_text(out, 2, "udp");
  append_text(out, 3, candidate.address);
  append_number(out, 4, candidate.port);
  append_number(out, 5, candidate.priority);
}

void append_header_extension(MessageBytes& out, uint32_t field, const HeaderExtension& extension) {
  NestedMessage message(out, field);
  append_text(out, 1, extension.uri);
  append_number(out, 2, extension.id);
}

void append_codec(MessageBytes& out, uint32_t field, const PublishedCodec& codec) {
  NestedMessage message(out, field);
  append_number(out, 1, codec.payload_type);
  append_text(out, 2, codec.mime_type);
  append_number(out, 3, codec.clock_rate);
  append_number(out, 4, codec.channels);
  append_text(out, 5, codec.fmtp);
  append_number(out, 6, codec.rtx_payload_type);
  append_number(out, 7, codec.nack);
  append_number(out, 8, codec.pli);
  append_number(out, 9, codec.transport_cc);
}

void append_encoding(MessageBytes& out, uint32_t field, const Encoding& encoding) {
  NestedMessage message(out, field);
  append_text(out, 1, encoding.rid);
  append_number(out, 2, encoding.ssrc);
  append_number(out, 3, encoding.rtx_ssrc);
  append_number(out, 4, encoding.quality);
}

void append_speaker(MessageBytes& out, uint32_t field, const Speaker& speaker) {
  NestedMessage message(out, field);
  append_text(out, 1, speaker.session);
  append_text(out, 2, speaker.track);
  if (speaker.level != 0) {
    // Field 3 as fixed32, little endian.
    const uint32_t bits = std::bit_cast<uint32_t>(speaker.level);
    out.push_back(3 << 3 | 5);
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<uint8_t>(bits >> shift));
  }
  append_number(out, 4, speaker.active);
}

void append_session_statistics(MessageBytes& out, const SessionStatistics& s) {
  append_text(out, 1, s.session);
  append_number(out, 2, s.rx_bytes);
  append_number(out, 3, s.tx_bytes);
  append_number(out, 4, s.rx_packets);
  append_number(out, 5, s.tx_packets);
  append_number(out, 6, s.rtt_us);
  for (const TrackStatistics& track : s.published) append_track_statistics(out, 7, track);
  for (const TrackStatistics& track : s.subscribed) append_track_statistics(out, 8, track);
  append_number(out, 9, s.active_seconds);
}

}  // namespace chroom::engine
