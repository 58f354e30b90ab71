#pragma once
#include <cstdint>
#include <ctime>

namespace chroom::load {

inline int64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The clock of the kernel's time stamps; sender and receivers share it, being on one machine.
inline int64_t wall_ns() { return nanoseconds_of(CLOCK_REALTIME); }
inline int64_t thread_cpu_ns() { return nanoseconds_of(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace chroom::load
