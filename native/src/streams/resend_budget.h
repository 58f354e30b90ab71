#pragma once
#include <algorithm>
#include <cstdint>

#include "vocabulary/time.h"

namespace chroom::streams {

// How much a receiver may make us send again. Requests: a token bucket, so that a flood of NACKs costs bounded work.
// Bytes: a share of what is sent anyway plus a burst that repairs one large frame. Its clocks and sums are the lower bits of
// the real ones: what they wrap after, 49 days and 4 GB, lies between two requests of no receiver that matters.
class ResendBudget {
 public:
  static constexpr uint32_t kRequestsPerMs = 2;
  static constexpr uint32_t kRequestBurst = 1024;
  static constexpr uint32_t kBurstBytes = 150'000;

  bool take_request(Instant now) {
    const auto now_ms = static_cast<uint32_t>(now.time_since_epoch().count() / 1000);
    const uint32_t earned = std::min<uint32_t>(now_ms - requests_at_ms_, 1000) * kRequestsPerMs;
    requests_ = static_cast<uint16_t>(std::min(requests_ + earned, kRequestBurst));
    requests_at_ms_ = now_ms;
    if (requests_ == 0) return false;
    --requests_;
    return true;
  }

  // Half of every byte of media is credit. media_bytes: all that was sent so far.
  bool take_bytes(size_t bytes, uint64_t media_bytes) {
    const uint32_t earned = (static_cast<uint32_t>(media_bytes) - credited_) / 2;
    credit_bytes_ = std::min(credit_bytes_ + std::min(earned, kBurstBytes), kBurstBytes);
    credited_ = static_cast<uint32_t>(media_bytes);
    if (credit_bytes_ < bytes) return false;
    credit_bytes_ -= static_cast<uint32_t>(bytes);
    return true;
  }

 private:
  uint32_t requests_at_ms_ = 0;
  uint32_t credit_bytes_ = kBurstBytes;
  uint32_t credited_ = 0;  // bytes of media
  uint16_t requests_ = kRequestBurst;
};

}  // namespace chroom::streams
