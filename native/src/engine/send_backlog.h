#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "net/udp_socket.h"
#include "vocabulary/time.h"

namespace chroom::engine {

// What matters first when not everything can leave.
enum class SendRank : uint8_t { kControl, kAudio, kVideo };

// What a run holds: the best rank of its datagrams, and which of them are upper layers of video (bit 0 the last).
struct RunContent {
  SendRank rank = SendRank::kControl;
  uint16_t upper = 0;
};
static_assert(net::UdpSocket::kMaxSegments <= 16);

// Runs of one socket whose buffer was full, kept for a moment: control and audio, then the lowest layer of video as far
// as its share of the room goes; upper layers are not kept at all. The kernel is asked again every kRetry. Owned by
// Egress; takes its memory once.
class SendBacklog {
 public:
  static constexpr size_t kMaxBytes = 256 * 1024;
  static constexpr size_t kMaxVideoBytes = 128 * 1024;
  static constexpr size_t kMaxRuns = 1024;
  static constexpr Duration kRetry = std::chrono::milliseconds(1);
  // Later they are of no use: a jitter buffer has given up on the audio, a NACK brings the video.
  static constexpr Duration kMaxAge = std::chrono::milliseconds(100);
  static constexpr Duration kMaxVideoAge = std::chrono::milliseconds(20);

  SendBacklog() : memory_(new uint8_t[kMaxBytes]) { runs_.reserve(kMaxRuns); }

  bool empty() const { return runs_.empty(); }
  // How many of its datagrams are not kept; the caller counts them.
  uint64_t keep(const net::DatagramRun& run, RunContent content, Instant now);
  // Offers what is kept: send(std::span<net::DatagramRun>) says how many the kernel took or refused. Returns how many
  // datagrams became too old.
  template <typename Send>
  uint64_t offer(Instant now, Send&& send) {
    const uint64_t expired = expire(now);
    offered_.clear();
    for (const Kept& kept : runs_) offered_.push_back(kept.run);
    const size_t taken = offered_.empty() ? 0 : send(std::span(offered_));
    // What is left of a run that was taken in part, and how it is to be sent.
    if (taken < runs_.size()) runs_[taken].run = offered_[taken];
    forget(taken);
    next_ = runs_.empty() ? kNever : now + kRetry;
    return expired;
  }
  Instant next_deadline() const { return next_; }

 private:
  struct Kept {
    net::DatagramRun run;
    Instant since;
    SendRank rank;
  };
  uint64_t expire(Instant now);
  void forget(size_t first);
  void compact();

  std::unique_ptr<uint8_t[]> memory_;
  size_t used_ = 0;
  std::vector<Kept> runs_;  // in the order of memory_
  std::vector<net::DatagramRun> offered_;
  Instant next_ = kNever;
};

}  // namespace chroom::engine
