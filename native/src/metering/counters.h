#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "metering/drop_reason.h"

// What one worker counts: X(enumerator, stable_name). Names follow the rule of drop_reason.h.
#define CHROOM_COUNTERS(X)                               \
  X(kDatagramsReceived, datagrams_received)              \
  X(kDatagramBytesReceived, datagram_bytes_received)     \
  X(kReceiveCalls, receive_calls)                        \
  X(kDatagramsSent, datagrams_sent)                      \
  X(kDatagramBytesSent, datagram_bytes_sent)             \
  X(kSendCalls, send_calls)                              \
  X(kRunsSent, runs_sent)                                \
  X(kSegmentsSent, segments_sent)                        \
  X(kSegmentationFallbacks, segmentation_fallbacks)      \
  X(kRunPaddingBytes, run_padding_bytes)                 \
  X(kStunRequestsReceived, stun_requests_received)       \
  X(kStunResponsesSent, stun_responses_sent)             \
  X(kStunErrorsSent, stun_errors_sent)                   \
  X(kIceNominations, ice_nominations)                    \
  X(kDtlsDatagramsReceived, dtls_datagrams_received)     \
  X(kDtlsDatagramsSent, dtls_datagrams_sent)             \
  X(kDtlsHandshakes, dtls_handshakes)                    \
  X(kDtlsFailures, dtls_failures)                        \
  X(kRtpPacketsReceived, rtp_packets_received)           \
  X(kRtpBytesReceived, rtp_bytes_received)               \
  X(kRtpPacketsSent, rtp_packets_sent)                   \
  X(kRtpBytesSent, rtp_bytes_sent)                       \
  X(kRtpPacketsLost, rtp_packets_lost)                   \
  X(kRtpPacketsRecovered, rtp_packets_recovered)         \
  X(kRtcpPacketsReceived, rtcp_packets_received)         \
  X(kRtcpPacketsSent, rtcp_packets_sent)                 \
  X(kNacksReceived, nacks_received)                      \
  X(kNackedPacketsReceived, nacked_packets_received)     \
  X(kNacksSent, nacks_sent)                              \
  X(kNackedPacketsSent, nacked_packets_sent)             \
  X(kPlisReceived, plis_received)                        \
  X(kPlisSent, plis_sent)                                \
  X(kFirsReceived, firs_received)                        \
  X(kFirsSent, firs_sent)                                \
  X(kRtxPacketsReceived, rtx_packets_received)           \
  X(kRtxPacketsSent, rtx_packets_sent)                   \
  X(kTransportFeedbackReceived, transport_feedback_received) \
  X(kTransportFeedbackSent, transport_feedback_sent)     \
  X(kKeyFramesReceived, key_frames_received)             \
  X(kLayerSwitches, layer_switches)                      \
  X(kLinkPacketsSent, link_packets_sent)                 \
  X(kLinkPacketsReceived, link_packets_received)         \
  X(kSctpPacketsReceived, sctp_packets_received)         \
  X(kSctpPacketsSent, sctp_packets_sent)                 \
  X(kSctpRetransmissions, sctp_retransmissions)          \
  X(kDataMessagesReceived, data_messages_received)       \
  X(kDataBytesReceived, data_bytes_received)             \
  X(kDataMessagesSent, data_messages_sent)               \
  X(kDataBytesSent, data_bytes_sent)                     \
  X(kSessionsOpened, sessions_opened)                    \
  X(kSessionsClosed, sessions_closed)                    \
  X(kCommandsReceived, commands_received)                \
  X(kEventsSent, events_sent)                            \
  X(kWakes, wakes)                                       \
  X(kLoopIterations, loop_iterations)                    \
  X(kBusyMicroseconds, busy_microseconds)

namespace chroom::metering {

enum class Counter : uint16_t {
#define CHROOM_COUNTER_ENUMERATOR(enumerator, name) enumerator,
  CHROOM_COUNTERS(CHROOM_COUNTER_ENUMERATOR)
#undef CHROOM_COUNTER_ENUMERATOR
};

#define CHROOM_COUNTER_ONE(enumerator, name) +1
inline constexpr size_t kCounterCount = 0 CHROOM_COUNTERS(CHROOM_COUNTER_ONE);
#undef CHROOM_COUNTER_ONE

// Words of the flat layout: first every Counter, then every DropReason.
inline constexpr size_t kCounterWords = kCounterCount + kDropReasonCount;

// Name of one word of the flat layout: "rtp_packets_sent", or "drop.srtp_replayed" for drops. nullptr past the end.
// The strings live as long as the process.
const char* counter_word_name(size_t word);

// Counters of one worker: plain words with a single writer, that worker's thread. Never read from another thread;
// publish() copies them into shared memory that others may read. They only grow, and wrap after 2^64.
class Counters {
 public:
  void add(Counter counter, uint64_t amount = 1) { words_[static_cast<size_t>(counter)] += amount; }
  void drop(DropReason reason, uint64_t packets = 1) {
    words_[kCounterCount + static_cast<size_t>(reason)] += packets;
  }
  uint64_t get(Counter counter) const { return words_[static_cast<size_t>(counter)]; }
  uint64_t dropped(DropReason reason) const { return words_[kCounterCount + static_cast<size_t>(reason)]; }
  uint64_t dropped_total() const;
  std::span<const uint64_t, kCounterWords> words() const { return words_; }

  // Copies every word into `shared` with relaxed atomic stores: what a BigUint64Array over the same memory shows.
  // `shared` must have at least kCounterWords words, aligned to 8.
  void publish(std::span<uint64_t> shared) const;

 private:
  std::array<uint64_t, kCounterWords> words_{};
};

}  // namespace chroom::metering

namespace chroom {
using metering::Counter;
using metering::Counters;
}
