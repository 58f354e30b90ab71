#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "rtcp/transport_feedback.h"
#include "vocabulary/time.h"

namespace chroom::congestion {

// What the far end of a transport said about one packet of ours. The input of a bandwidth estimator.
struct PacketResult {
  Instant sent_at{};
  int64_t arrived_at_us = rtcp::kNotReceived;  // on the receiver's clock
  uint16_t bytes = 0;
  bool received() const { return arrived_at_us != rtcp::kNotReceived; }
};

// One feedback message put together. Rates are 0 where fewer than two packets arrived.
struct FeedbackSummary {
  uint32_t received_packets = 0;  // newly known
  uint32_t lost_packets = 0;      // newly known
  uint64_t received_bytes = 0;
  uint64_t received_bps = 0;      // by arrival times
  Duration round_trip{0};         // of the newest packet; contains the receiver's feedback delay (up to 100 ms)
  bool has_round_trip = false;
};

// Sent packets of one transport by their transport-wide sequence number, until feedback about them comes. Bounded:
// the last kWindow packets. One per transport that sends media; nothing is allocated after construction.
class SendHistory {
 public:
  static constexpr size_t kWindow = 2048;

  SendHistory() : slots_(std::make_unique<std::array<Slot, kWindow>>()) {}

  // Numbers the packet that leaves now.
  uint16_t on_send(size_t bytes, Instant now) {
    const uint16_t sequence = next_++;
    // Many transports take turns, so the next line has left the cache since it was last used.
    __builtin_prefetch(&(*slots_)[(sequence + kSlotsPerLine) & (kWindow - 1)], 1);
    Slot& slot = (*slots_)[sequence & (kWindow - 1)];
    if (slot.state == State::kInFlight) in_flight_bytes_ -= slot.bytes;  // Never reported on.
    slot.sent_us = to_us(now);
    slot.sequence = sequence;
    slot.bytes = std::min(bytes, kMaxBytes) & kMaxBytes;
    slot.state = State::kInFlight;
    in_flight_bytes_ += slot.bytes;
    return sequence;
  }

  // Asks for what the next on_send() will touch, without waiting.
  void prefetch() const { __builtin_prefetch(&(*slots_)[next_ & (kWindow - 1)], 1); }

  // Calls sink(const PacketResult&) for every packet that the message tells something new about, in sending order.
  // A packet that was reported lost and arrives after all is told a second time, as received.
  template <typename Sink>
  FeedbackSummary on_feedback(const rtcp::TransportFeedback& feedback, Instant now, Sink&& sink) {
    FeedbackSummary summary;
    int64_t first_us = rtcp::kNotReceived;
    int64_t last_us = rtcp::kNotReceived;
    size_t first_bytes = 0;
    feedback.for_each([&](uint16_t sequence, int64_t arrival_us) {
      Slot& slot = (*slots_)[sequence & (kWindow - 1)];
      const bool received = arrival_us != rtcp::kNotReceived;
      if (slot.state == State::kFree || slot.sequence != sequence || slot.state == State::kReceived) return;
      if (!received && slot.state == State::kLost) return;
      if (slot.state == State::kInFlight) in_flight_bytes_ -= slot.bytes;
      slot.state = received ? State::kReceived : State::kLost;
      if (received) {
        ++summary.received_packets;
        summary.received_bytes += slot.bytes;
        summary.round_trip = now - slot.sent_at(now);
        summary.has_round_trip = true;
        if (first_us == rtcp::kNotReceived) {
          first_us = arrival_us;
          first_bytes = slot.bytes;
        }
        last_us = arrival_us > last_us ? arrival_us : last_us;
      } else {
        ++summary.lost_packets;
      }
      sink(PacketResult{slot.sent_at(now), arrival_us, slot.bytes});
    });
    if (summary.received_packets >= 2 && last_us > first_us) {
      const auto spread_us = static_cast<uint64_t>(last_us - first_us);
      summary.received_bps = (summary.received_bytes - first_bytes) * 8 * 1'000'000 / spread_us;
    }
    return summary;
  }

  // Sent and not yet reported on, among the last kWindow packets.
  uint64_t in_flight_bytes() const { return in_flight_bytes_; }

 private:
  // The clock's lower bits: unambiguous for an hour, and the window is minutes at most.
  static uint32_t to_us(Instant time) { return static_cast<uint32_t>(time.time_since_epoch().count()); }
  static constexpr size_t kMaxBytes = (1 << 14) - 1;

  enum class State : uint16_t { kFree, kInFlight, kReceived, kLost };
  struct Slot {
    uint32_t sent_us = 0;
    uint16_t sequence = 0;
    uint16_t bytes : 14 = 0;
    State state : 2 = State::kFree;

    Instant sent_at(Instant now) const { return now - Duration(to_us(now) - sent_us); }
  };
  static_assert(sizeof(Slot) == 8);

  static constexpr size_t kSlotsPerLine = 64 / sizeof(Slot);

  std::unique_ptr<std::array<Slot, kWindow>> slots_;
  uint64_t in_flight_bytes_ = 0;
  uint16_t next_ = 0;
};

}  // namespace chroom::congestion
