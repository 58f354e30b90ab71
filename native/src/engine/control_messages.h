#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commands.h"
#include "router/published_track.h"

// What the engine answers and tells, as values of control.proto and as bytes of it. Every append_* writes the fields of
// one message behind what `out` holds; nothing else is allocated once `out` has grown.
namespace chroom::engine {

struct TrackStatistics {
  std::string_view track;  // borrowed from the track
  uint64_t bytes = 0;
  uint64_t packets = 0;
  uint64_t packets_lost = 0;
  uint32_t loss_ppm = 0;
  uint32_t jitter_us = 0;
  uint32_t bitrate_bps = 0;
  uint32_t nacks = 0;
  uint32_t plis = 0;
  uint64_t retransmitted = 0;
  uint32_t frames_per_second = 0;
  std::array<router::EncodingStatistics, router::kMaxEncodings> encodings{};
  size_t encoding_count = 0;
  uint32_t quality = 0;
  uint64_t packets_of_quality = 0;
};

struct SessionStatistics {
  std::string_view session;  // borrowed from the session
  uint64_t rx_bytes = 0;
  uint64_t tx_bytes = 0;
  uint64_t rx_packets = 0;
  uint64_t tx_packets = 0;
  uint32_t rtt_us = 0;
  std::vector<TrackStatistics> published;
  std::vector<TrackStatistics> subscribed;
  uint32_t active_seconds = 0;

  // Empties it and keeps the memory.
  void reset(std::string_view of_session);
};

struct IceCandidate {
  std::string foundation;
  std::string address;
  uint16_t port = 0;
  uint32_t priority = 0;
};

struct Speaker {
  std::string_view session;
  std::string_view track;
  float level = 0;  // 0..1, linear
  bool active = false;
};

using MessageBytes = std::vector<uint8_t>;

void append_ice_parameters(MessageBytes& out, uint32_t field, const IceParameters& ice);
void append_fingerprint(MessageBytes& out, uint32_t field, const DtlsFingerprint& fingerprint);
void append_candidate(MessageBytes& out, uint32_t field, const IceCandidate& candidate);
void append_header_extension(MessageBytes& out, uint32_t field, const HeaderExtension& extension);
void append_codec(MessageBytes& out, uint32_t field, const PublishedCodec& codec);
void append_encoding(MessageBytes& out, uint32_t field, const Encoding& encoding);
void append_speaker(MessageBytes& out, uint32_t field, const Speaker& speaker);
void append_session_statistics(MessageBytes& out, const SessionStatistics& statistics);

// Scalars: like proto3, a zero value writes nothing.
void append_number(MessageBytes& out, uint32_t field, uint64_t value);
void append_text(MessageBytes& out, uint32_t field, std::string_view text);

// Writes a field whose message is not known in length beforehand: opens, lets the caller append, and closes.
class NestedMessage {
 public:
  NestedMessage(MessageBytes& out, uint32_t field);
  ~NestedMessage();
  NestedMessage(const NestedMessage&) = delete;
  NestedMessage& operator=(const NestedMessage&) = delete;

 private:
  MessageBytes& out_;
  size_t length_at_;
};

}  // namespace chroom::engine
