#pragma once
#include <chrono>

namespace chroom {

// Monotonic time with microsecond grain. Protocol classes never read a clock: `now` is always handed in
// (only engine/ owns one), so that every test and the simulation can say what time it is.
struct MonotonicClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = MonotonicClock::duration;
using Instant = MonotonicClock::time_point;

// "No deadline": later than every real instant.
inline constexpr Instant kNever = Instant::max();

}  // namespace chroom
