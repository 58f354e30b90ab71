#pragma once
#include "engine/worker_state.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// LiveKit's data channels: what participants send is rewritten and routed by the room's RoomDataRouter and goes out on
// each receiver's channels. Reliable messages wait (bounded) until those are open; lossy ones are dropped when a
// receiver cannot take them. Borrowed state; one per worker.
class DataPath {
 public:
  // A lossy message is not queued behind more than this for a receiver: it would come too late.
  static constexpr size_t kMaxLossyBufferedBytes = 64 * 1024;

  explicit DataPath(WorkerState& state) : state_(state) {}

  // Carries out what SCTP of `peer` reported.
  void take_events(Peer& peer, Instant now);
  // If it is our part to open them and DTLS is finished.
  void open_channels(Peer& peer, Instant now);
  // From the server, to the sessions named, or to all.
  Result<void> send(Room& room, const SendData& command, Instant now);
  // A participant on another worker sent it; that worker let it through.
  void take_from_worker(Room& room, const sctp::SharedPayload& message, bool reliable, Instant now);
  // The transport that data of this session goes to has changed or ended.
  void close(Session& session);

 private:
  void on_channel_opened(Peer& peer, const sctp::ChannelOpened& opened, Instant now);
  void on_channel_closed(Peer& peer, uint16_t stream_id);
  void on_message(Peer& peer, const sctp::MessageReceived& message, Instant now);
  void deliver(const router::RoomDataRouter::Routed& routed, const sctp::SharedPayload& payload, bool reliable, Instant now);
  void pass_on(const Room& room, const sctp::SharedPayload& payload, bool reliable);
  void send_to(Peer& peer, DataLabel label, const sctp::SharedPayload& payload, Instant now);

  WorkerState& state_;  // borrowed
};

}  // namespace chroom::engine
