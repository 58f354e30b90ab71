#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "sctp/association.h"
#include "sctp/fifo.h"

namespace chroom::sctp {

// A message on its way out. Owned jointly by the send queue and the chunks in flight.
struct OutgoingMessage {
  static constexpr uint32_t kReliable = std::numeric_limits<uint32_t>::max();

  SharedPayload payload;  // Never empty: SCTP cannot carry zero bytes.
  uint16_t stream_id = 0;
  uint16_t ssn = 0;  // Given when the first fragment leaves, so that dropping before that leaves no hole.
  uint32_t ppid = 0;
  bool ordered = true;
  bool abandoned = false;
  uint32_t max_retransmits = kReliable;
  Instant expires_at = kNever;
  uint32_t fragmented_bytes = 0;  // How much has been given a TSN.

  size_t remaining_bytes() const { return payload->size() - fragmented_bytes; }
};
using OutgoingMessagePtr = std::shared_ptr<OutgoingMessage>;

struct Fragment {
  OutgoingMessagePtr message;
  uint32_t offset;
  uint16_t length;
  uint8_t flags;  // Begin, end and unordered bits.
};

// Messages that have no TSN yet, one queue per stream, served in turn. Without I-DATA a message that was begun must be
// finished first. Expired messages of timed streams are dropped when their turn comes.
class SendQueue {
 public:
  void add_stream(uint16_t id);
  void remove_stream(uint16_t id);
  // The peer will read the next ordered message as SSN 0.
  void restart_stream(uint16_t id);

  // The stream exists.
  void push(OutgoingMessagePtr message);
  // The message whose turn it is; null if there is none. Drops expired ones first.
  OutgoingMessagePtr next(Instant now);
  // Cuts at most `max_bytes` (> 0) from the message that next() gave.
  Fragment cut(size_t max_bytes);
  // Stops cutting a begun message that was abandoned.
  void forget_current();
  // Removes messages that were not begun.
  void discard(uint16_t stream_id);
  void clear();

  bool empty() const { return queued_messages_ == 0; }
  size_t stream_bytes(uint16_t id) const;
  bool stream_empty(uint16_t id) const;
  // Messages dropped by next() and discard(), and their bytes, since the last call.
  struct Dropped {
    size_t messages = 0;
    size_t bytes = 0;
  };
  Dropped take_dropped();

 private:
  struct Stream {
    uint16_t id;
    uint16_t next_ssn = 0;
    size_t bytes = 0;
    Fifo<OutgoingMessagePtr> messages;
  };
  Stream* find(uint16_t id);
  const Stream* find(uint16_t id) const { return const_cast<SendQueue*>(this)->find(id); }
  void drop_front(Stream& stream);

  std::vector<Stream> streams_;
  size_t turn_ = 0;             // Index of the stream that is served next.
  bool current_begun_ = false;  // The front message of streams_[turn_] was begun.
  size_t queued_messages_ = 0;
  Dropped dropped_;
};

}  // namespace chroom::sctp
