#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "vocabulary/time.h"

namespace chroom::router {

struct SpeakerChange {
  uint64_t track_key = 0;
  float level = 0;      // 0..1, linear; 0 when not active
  bool active = false;
};

// Who speaks in one room, from the audio levels that clients send (RFC 6464). Observed in steps of kInterval with
// smoothing, told as changes: start, stop, or a level that moved noticeably. Owned by a Room.
class SpeakerObserver {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(400);
  static constexpr uint8_t kActiveDbov = 35;     // As loud as this or louder is speech (minus dBov).
  static constexpr int kActivePercent = 40;      // ... in at least this share of the interval's packets.
  static constexpr int kStopIntervals = 2;       // Silent for this many intervals ends it.

  // Slot for a track; reuse by remove(). Control path: may allocate.
  int add(uint64_t track_key);
  // The track ended. If it was active, the next end_interval() says that it stopped.
  void remove(int slot);

  // level_dbov: 0 (loudest) to 127 (silence).
  void observe(int slot, uint8_t level_dbov) {
    Slot& s = slots_[static_cast<size_t>(slot)];
    ++s.packets;
    if (level_dbov > kActiveDbov) return;
    ++s.active_packets;
    s.loudness_sum += kAmplitude[level_dbov & 127];
  }

  // The caller's clock says that kInterval is over: appends what changed to `changes`.
  void end_interval(std::vector<SpeakerChange>& changes);
  bool empty() const { return slots_in_use_ == 0; }

 private:
  struct Slot {
    uint64_t track_key = 0;
    float loudness_sum = 0;
    float smoothed = 0;
    float told = 0;
    uint16_t packets = 0;
    uint16_t active_packets = 0;
    uint8_t silent_intervals = 0;
    bool active = false;
    bool used = false;
    bool ended = false;   // The track is gone; the slot is free once that was told.
  };
  static void settle(Slot& slot, std::vector<SpeakerChange>& changes);
  static const std::array<float, 128> kAmplitude;

  std::vector<Slot> slots_;
  size_t slots_in_use_ = 0;
};

}  // namespace chroom::router
