#pragma once
#include <algorithm>
#include <cstdint>

#include "vocabulary/time.h"

namespace chroom::streams {

// How much a receiver may make us send again. Requests: a token bucket, so that a flood of NACKs costs bounded work.
// Bytes: a share of what is sent anyway plus a burst that repairs one large frame.
class ResendBudget {
 public:
  static constexpr int64_t kRequestsPerSecond = 2000;
  static constexpr int64_t kRequestBurst = 1024;
  static constexpr int64_t kBurstBytes = 150'000;

  bool take_request(Instant now) {
    const int64_t elapsed_us = std::clamp<int64_t>((now - requests_at_).count(), 0, 1'000'000);
    const int64_t earned = elapsed_us * kRequestsPerSecond / 1'000'000;
    if (earned > 0) {
      requests_ = std::min(requests_ + earned, kRequestBurst);
      requests_at_ = now;
    }
    if (requests_ == 0) return false;
    --requests_;
    return true;
  }

  // Half of every byte of media is credit. media_bytes: all that was sent so far.
  bool take_bytes(size_t bytes, uint64_t media_bytes) {
    const auto earned = static_cast<int64_t>((media_bytes - credited_) / 2);
    credit_bytes_ = std::min(credit_bytes_ + earned, kBurstBytes);
    credited_ = media_bytes;
    if (credit_bytes_ < static_cast<int64_t>(bytes)) return false;
    credit_bytes_ -= static_cast<int64_t>(bytes);
    return true;
  }

 private:
  int64_t requests_ = kRequestBurst;
  Instant requests_at_{};
  int64_t credit_bytes_ = kBurstBytes;
  uint64_t credited_ = 0;  // bytes of media
};

}  // namespace chroom::streams
