#include "streams/nack_generator.h"

#include <algorithm>

namespace chroom::streams {

NackGenerator::PacketOutcome NackGenerator::on_packet(int64_t sequence, Instant now) {
  if (highest_ == 0) {
    highest_ = sequence;
    return {};
  }
  if (sequence <= highest_) return remove(sequence, now);
  PacketOutcome outcome;
  outcome.overflowed = sequence > highest_ + 1 && !note_gap(highest_ + 1, sequence, now);
  highest_ = sequence;
  if (size_ > 0) schedule(last_interval_);
  return outcome;
}

bool NackGenerator::note_gap(int64_t from, int64_t to, Instant now) {
  if (to - from > static_cast<int64_t>(kCapacity - size_)) {
    size_ = 0;
    next_deadline_ = kNever;
    return false;
  }
  for (int64_t sequence = from; sequence < to; ++sequence) missing_[size_++] = {sequence, now, Instant{}, 0};
  return true;
}

NackGenerator::PacketOutcome NackGenerator::remove(int64_t sequence, Instant now) {
  const auto end = missing_.begin() + static_cast<std::ptrdiff_t>(size_);
  const auto at = std::lower_bound(missing_.begin(), end, sequence,
                                   [](const Missing& m, int64_t s) { return m.sequence < s; });
  if (at == end || at->sequence != sequence) return {};
  PacketOutcome outcome;
  outcome.recovered = at->tries > 0;
  if (at->tries == 1) outcome.round_trip = now - at->asked_at;
  std::move(at + 1, end, at);
  if (--size_ == 0) next_deadline_ = kNever;
  return outcome;
}

size_t NackGenerator::collect(Instant now, Duration round_trip, std::span<uint16_t> out) {
  const Duration interval = std::clamp(round_trip, kMinRetryInterval, kMaxRetryInterval);
  last_interval_ = interval;
  size_t written = 0;
  size_t kept = 0;
  for (size_t i = 0; i < size_; ++i) {
    Missing& m = missing_[i];
    const bool given_up = now - m.noticed_at > kMaxAge || (m.tries >= kMaxTries && now - m.asked_at >= interval);
    if (given_up) continue;
    if (written < out.size() && is_due(m, now, interval)) {
      out[written++] = static_cast<uint16_t>(m.sequence);
      m.asked_at = now;
      ++m.tries;
    }
    missing_[kept++] = m;
  }
  size_ = kept;
  schedule(interval);
  return written;
}

bool NackGenerator::is_due(const Missing& m, Instant now, Duration interval) const {
  if (m.tries > 0) return now - m.asked_at >= interval && m.tries < kMaxTries;
  return now - m.noticed_at >= kReorderDelay || highest_ - m.sequence >= kReorderPackets;
}

void NackGenerator::schedule(Duration interval) {
  Instant earliest = kNever;
  for (size_t i = 0; i < size_; ++i) {
    const Missing& m = missing_[i];
    const Instant first = highest_ - m.sequence >= kReorderPackets ? m.noticed_at : m.noticed_at + kReorderDelay;
    earliest = std::min(earliest, m.tries > 0 ? m.asked_at + interval : first);
  }
  next_deadline_ = earliest;
}

void NackGenerator::reset() {
  size_ = 0;
  highest_ = 0;
  next_deadline_ = kNever;
}

}  // namespace chroom::streams
