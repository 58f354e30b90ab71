#pragma once
#include "engine/commands.h"
#include "engine/data_path.h"
#include "engine/peer_upkeep.h"
#include "engine/reports.h"
#include "engine/worker_state.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// Carries out commands on the worker's thread and writes each one's answer. Borrowed state; one per worker. Errors name
// the field at fault first ("track: expected ..."), which TypeScript reads.
class CommandRunner {
 public:
  CommandRunner(WorkerState& state, DataPath& data, PeerUpkeep& upkeep, Reports& reports)
      : state_(state), data_(data), upkeep_(upkeep), reports_(reports) {}

  void run(uint32_t request_id, Command&& command, Instant now);
  // The publisher's worker says that nothing comes any more.
  void end_import(Import& import, Instant now);

 private:
  // Each appends its response to response_, or says why not; then nothing has changed.
  Result<void> carry_out(CreateSession& command, Instant now);
  Result<void> carry_out(UpdateSession& command, Instant now);
  Result<void> carry_out(CloseSession& command, Instant now);
  Result<void> carry_out(CloseRoom& command, Instant now);
  Result<void> carry_out(DescribeSession& command, Instant now);
  Result<void> carry_out(SessionStatisticsQuery& command, Instant now);
  Result<void> carry_out(CreateTransport& command, Instant now);
  Result<void> carry_out(ConnectTransport& command, Instant now);
  Result<void> carry_out(RestartIce& command, Instant now);
  Result<void> carry_out(Publish& command, Instant now);
  Result<void> carry_out(UpdatePublication& command, Instant now);
  Result<void> carry_out(Unpublish& command, Instant now);
  Result<void> carry_out(Subscribe& command, Instant now);
  Result<void> carry_out(UpdateSubscription& command, Instant now);
  Result<void> carry_out(Unsubscribe& command, Instant now);
  Result<void> carry_out(SendData& command, Instant now);
  Result<void> carry_out(RoomWorkers& command, Instant now);
  Result<void> carry_out(EndTrack& command, Instant now);

  Result<Session*> find_session(const std::string& room, const std::string& session) const;
  Result<Peer*> find_peer(const std::string& room, const std::string& session, TransportRole role) const;

  Result<Room*> open_room(const std::string& name, uint64_t key);
  void append_final_statistics(Session& session, uint32_t field, Instant now);
  void close_session(Session& session, Instant now);
  void close_room(Room& room);
  void append_transport(const Peer& peer);
  Result<Publication*> find_publication_in_room(Room& room, const std::string& track) const;
  Result<Source*> find_source(Room& room, const Subscribe& command);
  Result<router::Subscription*> begin_subscription(Source& source, Peer& receiver, const Subscribe& command, Instant now);
  // An import lives as long as somebody receives it.
  void remove_if_unused(Room& room, Source& source);
  void end_publication(Publication& publication, Instant now);
  void end_subscription(router::Subscription& subscription, Instant now);

  WorkerState& state_;    // borrowed
  DataPath& data_;        // borrowed
  PeerUpkeep& upkeep_;    // borrowed
  Reports& reports_;      // borrowed
  MessageBytes response_;
};

}  // namespace chroom::engine
