#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/control_messages.h"
#include "engine/event_ring.h"
#include "metering/counters.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// Whose event it is; `session` is empty for a room's.
struct EventSubject {
  std::string_view room;
  std::string_view session;
};

// Writes the worker's answers and events into its ring, as messages of control.proto. Events that do not fit are
// counted as kEventRingFull; answers always fit. Used by the worker's thread.
class EventWriter {
 public:
  EventWriter(EventRing& ring, metering::Counters& counters) : ring_(ring), counters_(counters) { bytes_.reserve(4096); }

  void result(uint32_t request_id, Bytes response);
  void error(uint32_t request_id, const Error& error);
  void room_gone(std::string_view room);

  void transport_state(EventSubject subject, TransportRole role, TransportState state, std::string_view reason);
  void track_started(EventSubject subject, std::string_view track);
  void track_encodings(EventSubject subject, std::string_view track, std::span<const uint32_t> active_qualities);
  void subscription_layer(EventSubject subject, std::string_view track, uint32_t quality);
  void data_channels_opened(EventSubject subject, TransportRole role);
  void speakers(EventSubject subject, std::span<const Speaker> speakers);
  void statistics(EventSubject subject, const SessionStatistics& statistics);

  // True once after anything was written; whether it is worth waking the reader at once.
  struct Written {
    bool anything = false;
    bool urgent = false;  // an answer, or an event that somebody waits for
  };
  Written take_written() { return std::exchange(written_, {}); }

 private:
  void begin(EventSubject subject);
  void send(EventRing::Importance importance);

  EventRing& ring_;                // borrowed
  metering::Counters& counters_;   // borrowed
  MessageBytes bytes_;
  Written written_;
};

}  // namespace chroom::engine
