#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "router/data_packet.h"

namespace chroom::router {

struct DataParticipantConfig {
  uint64_t key = 0;              // The engine's name for the session.
  std::string sid;
  std::string identity;
  bool hidden = false;
  bool can_publish_data = true;
  bool can_subscribe = true;
  bool can_transcribe = false;
  bool can_impersonate = false;
};

enum class DataVerdict : uint8_t { kForward, kRefused, kDuplicate, kNotAllowed, kUnknownSender };

// Who gets which data message in one room. Sans-IO: the engine hands in what an SCTP stream delivered and sends what
// comes back. Reliable messages for a participant whose channels are not open yet are kept, bounded.
class RoomDataRouter {
 public:
  static constexpr size_t kMaxQueuedBytes = 1 << 20;   // per participant
  static constexpr size_t kMaxQueuedMessages = 256;    // per participant

  // A second participant with the same key replaces the permissions of the first.
  void set_participant(const DataParticipantConfig& config);
  void remove_participant(uint64_t key);

  struct Routed {
    DataVerdict verdict = DataVerdict::kRefused;
    DataPacketError error = DataPacketError::kNone;
    Bytes packet;                            // To send, valid until the next call.
    std::span<const uint64_t> recipients;    // Keys of open participants, never the sender; valid likewise.
  };
  // A DataPacket that `sender` sent on the reliable or the lossy channel.
  Routed route(uint64_t sender, bool reliable, Bytes packet);
  // One that another worker's router let through, for the participants of this worker.
  Routed route_from_worker(bool reliable, Bytes packet);
  // A DataPacket of the server itself (SendData); destinations: keys, empty for everybody. Taken as it is.
  Routed route_from_server(bool reliable, Bytes packet, std::span<const std::string> destination_sids);

  // The channels of `key` opened: deliver(Bytes) is called for everything that was kept, in order. Closed again: keep.
  template <typename Deliver>
  void set_open(uint64_t key, Deliver&& deliver) {
    Participant* participant = find(key);
    if (participant == nullptr || participant->open) return;
    participant->open = true;
    for (const std::vector<uint8_t>& message : participant->queued) deliver(Bytes{message});
    participant->queued.clear();
    participant->queued_bytes = 0;
  }
  void set_closed(uint64_t key);

  uint64_t queue_overflows() const { return queue_overflows_; }

 private:
  struct Participant {
    DataParticipantConfig config;
    bool open = false;
    uint32_t last_sequence = 0;                 // of its reliable packets; duplicates after a resume are dropped
    std::vector<std::vector<uint8_t>> queued;
    size_t queued_bytes = 0;
  };
  Participant* find(uint64_t key);
  bool is_addressed(const Participant& participant) const;
  void offer(Participant& participant, bool reliable, Bytes packet);

  std::vector<std::unique_ptr<Participant>> participants_;
  std::vector<uint8_t> rewritten_;
  DataDestinations destinations_;
  std::vector<uint64_t> recipients_;
  uint64_t queue_overflows_ = 0;
};

}  // namespace chroom::router
