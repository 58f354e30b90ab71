#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rtp/codec.h"
#include "streams/receive_stream.h"

namespace chroom::router {

class MediaTransport;
class Room;
class WorkerLink;
class Subscription;

// Of all objects there are most of these: they lie side by side in memory of their router.
struct DeleteSubscription {
  void operator()(Subscription* subscription) const;
};
using OwnedSubscription = std::unique_ptr<Subscription, DeleteSubscription>;

inline constexpr size_t kMaxEncodings = 8;
inline constexpr size_t kMaxPublishedCodecs = 16;

struct PublishedCodec {
  uint8_t payload_type = 0;
  rtp::Codec codec = rtp::Codec::kOpaque;
  uint32_t clock_rate_hz = 90000;
  uint8_t rtx_payload_type = 0;  // 0: none
  bool nack = false;
  bool pli = false;
};

struct EncodingConfig {
  std::string rid;         // Empty without simulcast.
  uint32_t ssrc = 0;       // 0: learnt from the mid and rid header extensions.
  uint32_t rtx_ssrc = 0;   // 0: learnt from the repaired rid.
  uint8_t quality = 2;     // 0 low, 1 medium, 2 high.
};

struct PublishConfig {
  uint64_t key = 0;        // The engine's name for the track; comes back in events.
  void* owner = nullptr;   // The engine's object behind it; only handed back.
  bool video = true;
  std::string mid;
  std::vector<PublishedCodec> codecs;
  std::vector<EncodingConfig> encodings;  // In growing quality.
};

struct EncodingStatistics {
  uint8_t quality = 0;
  uint64_t packets = 0;
  uint32_t jitter_us = 0;
};

// Sums over the encodings, cumulative unless ReceiveStreamStatistics says otherwise; and a part of each.
struct PublishedStatistics : streams::ReceiveStreamStatistics {
  std::array<EncodingStatistics, kMaxEncodings> encodings{};
  size_t encoding_count = 0;
};

// One published audio or video track: its encodings and who receives it. Owned by its room; used on its worker's
// thread. Created and changed through Router.
//
// Receivers on other workers have a track of their own there, an import: the publisher's worker passes packets on to it
// (its exports say to whom), and what that one asks of its publisher comes back the same way (imported_tracks.cc).
class PublishedTrack {
 public:
  struct Encoding {
    Encoding(const EncodingConfig& config_in, const streams::ReceiveStreamConfig& stream_config)
        : config(config_in), stream(stream_config) {}
    EncodingConfig config;
    streams::ReceiveStream stream;
    rtp::LayerTemplates layer_templates;
    bool active = false;  // as of the last refresh(): sent lately and has not stalled
  };

  PublishedTrack(const PublishConfig& config, MediaTransport& publisher, Room& room);
  ~PublishedTrack();

  uint64_t key() const { return config_.key; }
  void* owner() const { return config_.owner; }
  bool video() const { return config_.video; }
  bool muted() const { return muted_; }
  const std::string& mid() const { return config_.mid; }
  uint32_t clock_rate_hz() const { return config_.codecs.front().clock_rate_hz; }
  MediaTransport& publisher() const { return publisher_; }
  Room& room() const { return room_; }
  bool imported() const { return imported_; }

  size_t encoding_count() const { return encodings_.size(); }
  Encoding& encoding(size_t index) { return *encodings_[index]; }
  const PublishedCodec* codec_of(uint8_t payload_type) const;
  // The codec whose retransmissions have this payload type.
  const PublishedCodec* codec_of_rtx(uint8_t payload_type) const;

  // The encoding to send to somebody who wants at most `max_quality`: the highest active one not above it, else the
  // lowest active one; kNoEncoding when none is active. One that stalled counts as inactive.
  uint8_t choose_encoding(uint8_t max_quality) const;
  // The highest temporal layer with at most `max_fps` frames (0: no bound).
  uint8_t choose_temporal_layer(uint8_t encoding, uint32_t max_fps, Instant now);

  // Looks again which encodings are active. The mask has a bit per quality that sent within the last second.
  uint32_t refresh(Instant now);
  // Sum over encodings; loss, jitter and rates of the best active one where a sum makes no sense.
  PublishedStatistics take_statistics(Instant now);

  const std::vector<OwnedSubscription>& subscriptions() const { return subscriptions_; }

 private:
  friend class Router;
  friend class MediaTransport;

  // Another worker with receivers of this track.
  struct Export {
    WorkerLink* link;   // borrowed
    uint8_t wanted;     // mask of encodings, by index
    uint8_t told_active;  // the same
  };
  uint8_t chosen_from() const;  // mask of the active encodings, by index

  PublishConfig config_;
  MediaTransport& publisher_;
  Room& room_;
  std::vector<std::unique_ptr<Encoding>> encodings_;
  std::vector<OwnedSubscription> subscriptions_;
  std::vector<Export> exports_;
  uint32_t active_mask_ = 0;  // as last told
  uint32_t rebinds_ = 0;      // SSRC changes of the publisher, bounded
  int speaker_slot_ = -1;     // in the room's SpeakerObserver
  uint8_t import_active_ = 0;   // of an import: what the publisher's worker told
  uint8_t import_wanted_ = 0;   // of an import: what that worker was told
  bool imported_ = false;
  bool muted_ = false;
  bool started_ = false;
};

}  // namespace chroom::router
