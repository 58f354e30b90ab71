#include "engine/event_writer.h"

#include "vocabulary/check.h"

namespace chroom::engine {

namespace {
// Field numbers of Event in control.proto.
enum EventField : uint32_t {
  kRoom = 2,
  kSession = 3,
  kTransportState = 10,
  kTrackStarted = 11,
  kTrackEncodings = 12,
  kSubscriptionLayer = 13,
  kDataChannels = 14,
  kSpeakers = 15,
  kStatistics = 16,
};
}  // namespace

void EventWriter::result(uint32_t request_id, Bytes response) {
  const bool fits = ring_.write(RecordKind::kResult, request_id, 0, response, EventRing::Importance::kOwed);
  CHROOM_CHECK(fits, "the engine admits no more commands than the ring keeps room for");
  written_ = {true, true};
}

void EventWriter::error(uint32_t request_id, const Error& error) {
  const Bytes text(reinterpret_cast<const uint8_t*>(error.detail.data()), error.detail.size());
  const bool fits = ring_.write(RecordKind::kError, request_id, static_cast<uint8_t>(error.code), text,
                                EventRing::Importance::kOwed);
  CHROOM_CHECK(fits, "the engine admits no more commands than the ring keeps room for");
  written_ = {true, true};
}

void EventWriter::room_gone(std::string_view room) {
  const Bytes text(reinterpret_cast<const uint8_t*>(room.data()), room.size());
  // Losing it would leave a name in the engine's bounded table; the next session of that name makes good for it.
  if (!ring_.write(RecordKind::kRoomGone, 0, 0, text, EventRing::Importance::kImportant)) {
    counters_.drop(DropReason::kEventRingFull);
  }
  written_.anything = true;
}

void EventWriter::transport_state(EventSubject subject, TransportRole role, TransportState state, std::string_view reason) {
  begin(subject);
  {
    NestedMessage message(bytes_, kTransportState);
    append_number(bytes_, 1, static_cast<uint64_t>(role));
    append_number(bytes_, 2, static_cast<uint64_t>(state));
    append_text(bytes_, 3, reason);
  }
  send(EventRing::Importance::kImportant);
}

void EventWriter::track_started(EventSubject subject, std::string_view track) {
  begin(subject);
  {
    NestedMessage message(bytes_, kTrackStarted);
    append_text(bytes_, 1, track);
  }
  send(EventRing::Importance::kImportant);
}

void EventWriter::track_encodings(EventSubject subject, std::string_view track, std::span<const uint32_t> active_qualities) {
  begin(subject);
  {
    NestedMessage message(bytes_, kTrackEncodings);
    append_text(bytes_, 1, track);
    if (!active_qualities.empty()) {
      NestedMessage packed(bytes_, 2);
      for (uint32_t quality : active_qualities) bytes_.push_back(static_cast<uint8_t>(quality));
    }
  }
  send(EventRing::Importance::kImportant);
}

void EventWriter::subscription_layer(EventSubject subject, std::string_view track, uint32_t quality) {
  begin(subject);
  {
    NestedMessage message(bytes_, kSubscriptionLayer);
    append_text(bytes_, 1, track);
    append_number(bytes_, 2, quality);
  }
  send(EventRing::Importance::kImportant);
}

void EventWriter::data_channels_opened(EventSubject subject, TransportRole role) {
  begin(subject);
  {
    NestedMessage message(bytes_, kDataChannels);
    append_number(bytes_, 1, static_cast<uint64_t>(role));
  }
  send(EventRing::Importance::kImportant);
}

void EventWriter::speakers(EventSubject subject, std::span<const Speaker> speakers) {
  begin(subject);
  {
    NestedMessage message(bytes_, kSpeakers);
    for (const Speaker& speaker : speakers) append_speaker(bytes_, 1, speaker);
  }
  send(EventRing::Importance::kDroppable);
}

void EventWriter::statistics(EventSubject subject, const SessionStatistics& statistics) {
  begin(subject);
  {
    NestedMessage message(bytes_, kStatistics);
    append_session_statistics(bytes_, statistics);
  }
  send(EventRing::Importance::kDroppable);
}

void EventWriter::begin(EventSubject subject) {
  bytes_.clear();
  append_text(bytes_, kRoom, subject.room);
  append_text(bytes_, kSession, subject.session);
}

void EventWriter::send(EventRing::Importance importance) {
  if (!ring_.write(RecordKind::kEvent, 0, 0, bytes_, importance)) {
    counters_.drop(DropReason::kEventRingFull);
    return;
  }
  counters_.add(Counter::kEventsSent);
  written_.anything = true;
  written_.urgent |= importance == EventRing::Importance::kImportant;
}

}  // namespace chroom::engine
