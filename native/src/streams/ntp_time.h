#pragma once
#include <cstdint>

#include "vocabulary/time.h"

namespace chroom::streams {

// 32.32 fixed-point seconds (RFC 3550 section 4). The monotonic clock is shifted by a constant: receivers only ever
// compare our values with each other, and no wall clock is needed that may jump.
inline constexpr uint64_t kNtpEpochShiftSeconds = 0xE000'0000;

constexpr uint64_t to_ntp(Instant instant) {
  const auto us = static_cast<uint64_t>(instant.time_since_epoch().count());
  const uint64_t seconds = us / 1'000'000 + kNtpEpochShiftSeconds;
  return seconds << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

constexpr uint64_t ntp_of_duration(Duration duration) {
  const auto us = static_cast<uint64_t>(duration.count());
  return (us / 1'000'000) << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

// The middle 32 bits: 16.16 seconds, what report blocks carry.
constexpr uint32_t compact_ntp(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }

// Differences of compact times are taken modulo 2^32; more than half the circle counts as a clock error and gives 0.
constexpr Duration duration_of_compact(uint32_t compact) {
  if (compact > 0x7FFF'FFFF) return Duration{0};
  return Duration{(uint64_t{compact} * 1'000'000) >> 16};
}
constexpr uint32_t compact_of_duration(Duration duration) { return compact_ntp(ntp_of_duration(duration)); }

}  // namespace chroom::streams
