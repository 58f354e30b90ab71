#include "router/speaker_observer.h"

#include <algorithm>
#include <cmath>

namespace chroom::router {
namespace {

constexpr float kRise = 0.6f;   // Share of a louder interval that is taken over at once.
constexpr float kFall = 0.4f;
constexpr float kToldStep = 0.25f;        // Relative change of level worth telling ...
constexpr float kToldMinimum = 0.02f;     // ... but not less than this.

constexpr std::array<float, 128> make_amplitudes() {
  constexpr double kOneDecibel = 0.8912509381337456;  // 10 ^ (-1 / 20)
  std::array<float, 128> table{};
  double amplitude = 1;
  for (size_t i = 0; i < 127; ++i, amplitude *= kOneDecibel) table[i] = static_cast<float>(amplitude);
  return table;  // 127 is silence.
}

}  // namespace

const std::array<float, 128> SpeakerObserver::kAmplitude = make_amplitudes();

int SpeakerObserver::add(uint64_t track_key) {
  auto free = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.used; });
  if (free == slots_.end()) free = slots_.insert(slots_.end(), Slot{});
  *free = Slot{};
  free->track_key = track_key;
  free->used = true;
  ++slots_in_use_;
  return static_cast<int>(free - slots_.begin());
}

void SpeakerObserver::remove(int slot) { slots_[static_cast<size_t>(slot)].ended = true; }

void SpeakerObserver::end_interval(std::vector<SpeakerChange>& changes) {
  for (Slot& slot : slots_) {
    if (!slot.used) continue;
    settle(slot, changes);
    if (!slot.ended) continue;
    slot.used = false;
    --slots_in_use_;
  }
}

void SpeakerObserver::settle(Slot& slot, std::vector<SpeakerChange>& changes) {
  const bool loud = !slot.ended && slot.active_packets > 0 &&
                    int{slot.active_packets} * 100 >= int{slot.packets} * kActivePercent;
  const float observed = loud ? slot.loudness_sum / static_cast<float>(slot.active_packets) : 0;
  slot.smoothed += (observed - slot.smoothed) * (observed > slot.smoothed ? kRise : kFall);
  slot.silent_intervals = loud ? 0 : static_cast<uint8_t>(std::min(slot.silent_intervals + 1, 255));
  slot.packets = 0;
  slot.active_packets = 0;
  slot.loudness_sum = 0;

  const bool was_active = slot.active;
  if (loud) slot.active = true;
  if (slot.ended || slot.silent_intervals >= kStopIntervals) slot.active = false;
  if (!slot.active) slot.smoothed = 0;
  const bool moved = std::abs(slot.smoothed - slot.told) > std::max(kToldMinimum, slot.told * kToldStep);
  if (slot.active == was_active && !(slot.active && moved)) return;
  slot.told = slot.smoothed;
  changes.push_back({slot.track_key, slot.smoothed, slot.active});
}

}  // namespace chroom::router
