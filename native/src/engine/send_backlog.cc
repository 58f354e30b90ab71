#include "engine/send_backlog.h"

#include <algorithm>
#include <cstring>

namespace chroom::engine {

uint64_t SendBacklog::keep(const net::DatagramRun& run, RunContent content, Instant now) {
  const size_t datagrams = run.datagrams();
  const size_t most = content.rank == SendRank::kVideo ? kMaxVideoBytes : kMaxBytes;
  if (runs_.size() == kMaxRuns || used_ + run.bytes.size() > most) return datagrams;
  uint8_t* const start = memory_.get() + used_;
  size_t length = 0;
  uint64_t refused = 0;
  // All are of one size but the last: they still are without those in between.
  for (size_t i = 0; i < datagrams; ++i) {
    if ((content.upper >> (datagrams - 1 - i) & 1) != 0) {
      ++refused;
      continue;
    }
    const size_t at = i * run.segment_bytes;
    const Bytes datagram = run.bytes.subspan(at, std::min<size_t>(run.segment_bytes, run.bytes.size() - at));
    std::memcpy(start + length, datagram.data(), datagram.size());
    length += datagram.size();
  }
  if (length == 0) return refused;
  net::DatagramRun kept = run;
  kept.bytes = {start, length};
  runs_.push_back({kept, now, content.rank});
  used_ += length;
  next_ = std::min(next_, now + kRetry);
  return refused;
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
