#include "engine/send_backlog.h"

#include <cstring>

namespace chroom::engine {

bool SendBacklog::keep(const net::DatagramRun& run, SendRank rank, Instant now) {
  if (rank == SendRank::kUpperVideo || runs_.size() == kMaxRuns) return false;
  const size_t most = rank == SendRank::kVideo ? kMaxVideoBytes : kMaxBytes;
  if (used_ + run.bytes.size() > most) return false;
  std::memcpy(memory_.get() + used_, run.bytes.data(), run.bytes.size());
  runs_.push_back({run, now, rank});
  runs_.back().run.bytes = {memory_.get() + used_, run.bytes.size()};
  used_ += run.bytes.size();
  next_ = std::min(next_, now + kRetry);
  return true;
}

uint64_t SendBacklog::expire(Instant now) {
  uint64_t datagrams = 0;
  std::erase_if(runs_, [&](const Kept& kept) {
    const bool old = now - kept.since > (kept.rank == SendRank::kVideo ? kMaxVideoAge : kMaxAge);
    if (old) datagrams += kept.run.datagrams();
    return old;
  });
  if (datagrams > 0) compact();
  return datagrams;
}

void SendBacklog::forget(size_t first) {
  if (first == 0) return;
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first));
  compact();
}

void SendBacklog::compact() {
  used_ = 0;
  for (Kept& kept : runs_) {
    std::memmove(memory_.get() + used_, kept.run.bytes.data(), kept.run.bytes.size());
    kept.run.bytes = {memory_.get() + used_, kept.run.bytes.size()};
    used_ += kept.run.bytes.size();
  }
}

}  // namespace chroom::engine
