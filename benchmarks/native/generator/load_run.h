#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "generator/load_peer.h"

namespace chroom::load {

struct RunParameters {
  // A real-time thread that never leaves its core is halted for 50 ms of each second (sched_rt_runtime_us).
  static constexpr Duration kUsualRest{200};

  double seconds = 1;
  FrameShape shape;  // of streams that have none of their own
  bool as_one_run = false;  // hands a frame to the kernel in one segmented send, instead of packet by packet
  bool stamp = false;       // kernel time stamps, for delays
  Duration rest = kUsualRest;  // between two rounds over all sockets, unless one has much waiting
};

// Media for a while: every stream sends frames on its own beat and everybody receives. The beats of the publishers are
// spread evenly, those of one publisher's streams begin together, as the layers of one camera do. The beat is kept
// between any two receivers' turns, so that a long round over many receivers does not delay a frame. Ends when nothing
// has come for kQuiet after the last frame.
class LoadRun {
 public:
  static constexpr Duration kQuiet = std::chrono::milliseconds(100);
  static constexpr Duration kLongestDrain = std::chrono::seconds(3);
  static constexpr Duration kLate = std::chrono::milliseconds(1);

  LoadRun(const RunParameters& parameters, Workshop& workshop, std::span<const std::unique_ptr<LoadPeer>> peers, Instant now);

  // To be called between turns of peers. Sends what is due.
  void beat(Instant now);
  void count_received(size_t datagrams, Instant now);
  bool finished(Instant now) const;
  Instant next_beat() const;
  Duration rest() const { return parameters_.rest; }
  // Prints the report, one line.
  void report(Instant now);

 private:
  struct Beat {
    Instant next;
    Duration interval;
    LoadPeer* peer;
    PublishedStream* stream;
    FrameShape shape;
  };
  void add_beats(LoadPeer& peer, double phase);

  const RunParameters parameters_;
  Workshop& workshop_;  // borrowed
  std::span<const std::unique_ptr<LoadPeer>> peers_;
  std::vector<Beat> beats_;  // a heap, the soonest in front
  const Instant started_;
  const Instant ends_;
  Instant last_received_;
  uint64_t frames_ = 0;
  uint64_t late_frames_ = 0;
  uint64_t packets_ = 0;
  DelayHistogram lateness_;
  int64_t missing_before_ = 0;
  int64_t cpu_before_ns_ = 0;
};

}  // namespace chroom::load
