#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What the engine can be asked: the mutating calls of control.proto as plain values, field by field. Parsed on the
// caller's thread (command_codec.h), moved through a worker's inbox, and carried out by that worker.
namespace chroom::engine {

// Bounds of one command; libs/engine/src/request-checks.ts repeats them in words.
inline constexpr size_t kMaxIdBytes = 64;
inline constexpr size_t kMaxIdentityBytes = 256;
inline constexpr size_t kMaxMidBytes = 16;
inline constexpr size_t kMaxRidBytes = 16;
inline constexpr size_t kMaxCodecs = 16;
inline constexpr size_t kMaxEncodings = 4;
inline constexpr size_t kMaxPayloadMappings = 32;
inline constexpr size_t kMaxHeaderExtensions = 32;
inline constexpr size_t kMaxFingerprints = 8;
inline constexpr size_t kMaxDestinations = 1000;
inline constexpr size_t kMaxSendDataBytes = 64'000;

enum class TransportRole : uint8_t { kUnspecified = 0, kPublisher = 1, kSubscriber = 2 };
enum class DtlsRole : uint8_t { kUnspecified = 0, kServer = 1, kClient = 2 };
enum class MediaKind : uint8_t { kUnspecified = 0, kAudio = 1, kVideo = 2 };
enum class TransportState : uint8_t { kUnspecified = 0, kNew, kConnected, kDisconnected, kFailed, kClosed };

struct IceParameters {
  std::string username_fragment;
  std::string password;
};
struct DtlsFingerprint {
  std::string algorithm;
  std::string value;
};
struct HeaderExtension {
  std::string uri;
  uint32_t id = 0;
};
struct PublishedCodec {
  uint32_t payload_type = 0;
  std::string mime_type;
  uint32_t clock_rate = 0;
  uint32_t channels = 0;
  std::string fmtp;
  uint32_t rtx_payload_type = 0;
  bool nack = false;
  bool pli = false;
  bool transport_cc = false;
};
struct Encoding {
  std::string rid;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;
  uint32_t quality = 0;
};
struct PayloadMapping {
  uint32_t published = 0;
  uint32_t subscribed = 0;
  uint32_t subscribed_rtx = 0;
};

struct CreateSession {
  std::string room, session, identity;
  bool hidden = false;
  bool can_publish_data = false;
  bool can_subscribe = false;
  bool can_send_transcription = false;
  bool can_impersonate = false;
  uint64_t room_key = 0;  // the engine's: names the room between workers
};
struct UpdateSession {
  std::string room, session;
  bool hidden = false;
  bool can_publish_data = false;
  bool can_subscribe = false;
};
struct CloseSession {
  std::string room, session;
};
struct CloseRoom {
  std::string room;
};
struct DescribeSession {
  std::string room, session;
};
struct CreateTransport {
  std::string room, session;
  TransportRole role = TransportRole::kUnspecified;
};
struct ConnectTransport {
  std::string room, session;
  TransportRole role = TransportRole::kUnspecified;
  IceParameters remote_ice;
  std::vector<DtlsFingerprint> remote_fingerprints;
  DtlsRole local_dtls_role = DtlsRole::kUnspecified;
  std::vector<HeaderExtension> header_extensions;
  uint32_t remote_sctp_port = 0;
  uint32_t remote_max_message_bytes = 0;
  bool open_data_channels = false;
};
struct RestartIce {
  std::string room, session;
  TransportRole role = TransportRole::kUnspecified;
};
struct Publish {
  std::string room, session;
  TransportRole role = TransportRole::kUnspecified;
  std::string track;
  MediaKind kind = MediaKind::kUnspecified;
  std::string mid;
  std::vector<PublishedCodec> codecs;
  std::vector<Encoding> encodings;
  uint64_t key = 0;  // the engine's: names the track between workers
};
// Where a track is published, for a receiver on another worker.
struct TrackOrigin {
  size_t worker = 0;
  std::shared_ptr<const Publish> publish;
};
struct UpdatePublication {
  std::string room, session, track;
  bool muted = false;
};
struct Unpublish {
  std::string room, session, track;
};
struct Subscribe {
  std::string room, session;
  TransportRole role = TransportRole::kUnspecified;
  std::string track, mid;
  std::vector<PayloadMapping> payloads;
  bool paused = false;
  uint32_t max_quality = 0;
  std::optional<TrackOrigin> origin;  // the engine's
};
struct UpdateSubscription {
  std::string room, session, track;
  bool paused = false;
  uint32_t max_quality = 0;
  uint32_t max_fps = 0;
};
struct Unsubscribe {
  std::string room, session, track;
};
struct SendData {
  std::string room;
  std::vector<uint8_t> packet;
  bool reliable = false;
  std::vector<std::string> destination_sessions;
};
// Not a call of the contract by itself: the numbers that the statistics event carries, now.
struct SessionStatisticsQuery {
  std::string room, session;
};

// The last two are never a caller's but what the engine tells workers: which of them have sessions of a room, bit by bit,
// and that a track of another worker is no more (before whoever ended it gets the answer).
struct RoomWorkers {
  std::string room;
  uint64_t workers = 0;
};
struct EndTrack {
  std::string room;
  uint64_t key = 0;
};

using Command = std::variant<CreateSession, UpdateSession, CloseSession, CloseRoom, DescribeSession, CreateTransport,
                             ConnectTransport, RestartIce, Publish, UpdatePublication, Unpublish, Subscribe,
                             UpdateSubscription, Unsubscribe, SendData, SessionStatisticsQuery, RoomWorkers, EndTrack>;
inline constexpr size_t kCallableCommands = std::variant_size_v<Command> - 2;

// The facade's method names, in the order of the variant: how TypeScript names a kind.
inline constexpr std::array<const char*, kCallableCommands> kCommandNames = {
    "createSession", "updateSession",     "closeSession",     "closeRoom", "describeSession", "createTransport",
    "connectTransport", "restartIce",     "publish",          "updatePublication", "unpublish", "subscribe",
    "updateSubscription", "unsubscribe",  "sendData",         "sessionStatistics"};

inline std::string_view room_of(const Command& command) {
  return std::visit([](const auto& c) { return std::string_view(c.room); }, command);
}

}  // namespace chroom::engine
