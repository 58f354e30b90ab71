#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace chroom::sctp {

// Slow start, congestion avoidance and fast recovery of RFC 9260, section 7.2, in payload bytes.
class CongestionWindow {
 public:
  // Ten packets, as RFC 6928 and the WebRTC stacks of browsers.
  static constexpr size_t kInitialPackets = 10;

  explicit CongestionWindow(size_t mtu_bytes)
      : mtu_bytes_(mtu_bytes), window_bytes_(kInitialPackets * mtu_bytes), slow_start_threshold_bytes_(SIZE_MAX) {}

  size_t bytes() const { return window_bytes_; }
  bool in_fast_recovery() const { return in_fast_recovery_; }

  // `flight_bytes_before` is what was in flight when the SACK came: only a window that was used may grow.
  void on_ack(size_t acked_bytes, bool cumulative_moved, size_t flight_bytes_before) {
    if (!cumulative_moved || in_fast_recovery_) return;
    if (window_bytes_ <= slow_start_threshold_bytes_) {
      if (flight_bytes_before + mtu_bytes_ > window_bytes_) window_bytes_ += std::min(acked_bytes, mtu_bytes_);
    } else {
      partial_acked_bytes_ += acked_bytes;
      if (partial_acked_bytes_ >= window_bytes_ && flight_bytes_before + mtu_bytes_ > window_bytes_) {
        partial_acked_bytes_ -= window_bytes_;
        window_bytes_ += mtu_bytes_;
      }
      partial_acked_bytes_ = std::min(partial_acked_bytes_, window_bytes_);
    }
    window_bytes_ = std::min(window_bytes_, kMaxBytes);
  }
  void on_all_acked() { partial_acked_bytes_ = 0; }

  void enter_fast_recovery(uint32_t exit_tsn) {
    halve_threshold();
    window_bytes_ = slow_start_threshold_bytes_;
    in_fast_recovery_ = true;
    exit_tsn_ = exit_tsn;
  }
  uint32_t exit_tsn() const { return exit_tsn_; }
  void leave_fast_recovery() { in_fast_recovery_ = false; }

  void on_timeout() {
    halve_threshold();
    window_bytes_ = mtu_bytes_;
    in_fast_recovery_ = false;
  }
  // Once per RTO without sending (section 7.2.1): what was learned about the path is no longer true.
  void on_idle() { window_bytes_ = std::min(window_bytes_, std::max(window_bytes_ / 2, kInitialPackets * mtu_bytes_)); }

 private:
  static constexpr size_t kMaxBytes = 16 * 1024 * 1024;

  void halve_threshold() {
    slow_start_threshold_bytes_ = std::max(window_bytes_ / 2, 4 * mtu_bytes_);
    partial_acked_bytes_ = 0;
  }

  size_t mtu_bytes_;
  size_t window_bytes_;
  size_t slow_start_threshold_bytes_;
  size_t partial_acked_bytes_ = 0;
  uint32_t exit_tsn_ = 0;
  bool in_fast_recovery_ = false;
};

}  // namespace chroom::sctp
