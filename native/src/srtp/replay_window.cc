#include "srtp/replay_window.h"

namespace chroom::srtp {

ReplayWindow::Verdict ReplayWindow::check(uint64_t index) const {
  if (index > highest_) return Verdict::kFresh;
  if (highest_ - index >= kReplayWindowPackets) return Verdict::kTooOld;
  return (bits_[index / 64 % kWords] >> (index % 64) & 1) != 0 ? Verdict::kReplayed : Verdict::kFresh;
}

void ReplayWindow::accept(uint64_t index) {
  if (index > highest_) {
    if (index - highest_ >= kReplayWindowPackets) {
      bits_.fill(0);
    } else {
      for (uint64_t skipped = highest_ + 1; skipped < index; ++skipped) {
        bits_[skipped / 64 % kWords] &= ~(uint64_t{1} << (skipped % 64));
      }
    }
    highest_ = index;
  }
  mark(index);
}

}  // namespace chroom::srtp
