#include "generator/load_run.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "generator/wall_clock.h"

namespace chroom::load {
namespace {

int64_t missing_of(std::span<const std::unique_ptr<LoadPeer>> peers) {
  int64_t sum = 0;
  for (const auto& peer : peers) sum += peer->missing_packets();
  return sum;
}

// For heaps whose front is the soonest.
constexpr auto later = [](const auto& a, const auto& b) { return a.next > b.next; };

Duration seconds(double count) { return Duration(static_cast<int64_t>(count * 1e6)); }

}  // namespace

LoadRun::LoadRun(const RunParameters& parameters, Workshop& workshop, std::span<const std::unique_ptr<LoadPeer>> peers, Instant now)
    : parameters_(parameters),
      workshop_(workshop),
      peers_(peers),
      started_(now),
      ends_(now + seconds(parameters.seconds)),
      last_received_(now),
      missing_before_(missing_of(peers)),
      cpu_before_ns_(thread_cpu_ns()) {
  const auto publishes = [](const auto& peer) { return !peer->published().empty(); };
  const auto publishers = static_cast<double>(std::count_if(peers.begin(), peers.end(), publishes));
  double phase = 0;
  for (const auto& peer : peers) {
    peer->stamp(parameters.stamp);
    if (!publishes(peer)) continue;
    add_beats(*peer, phase / publishers);
    ++phase;
  }
  std::make_heap(beats_.begin(), beats_.end(), later);
  workshop_.tally = {};
}

// phase: share of each interval by which the peer's first frames wait.
void LoadRun::add_beats(LoadPeer& peer, double phase) {
  for (const auto& stream : peer.published()) {
    const FrameShape shape = stream->shape().value_or(parameters_.shape);
    const Duration interval = std::max(seconds(1 / shape.frames_per_second), Duration(1));
    beats_.push_back({started_ + seconds(phase / shape.frames_per_second), interval, &peer, stream.get(), shape});
  }
}

void LoadRun::beat(Instant now) {
  while (!beats_.empty() && beats_.front().next <= now) {
    std::pop_heap(beats_.begin(), beats_.end(), later);
    Beat& due = beats_.back();
    if (due.next >= ends_) {
      beats_.pop_back();
      continue;
    }
    const Duration late = now - due.next;
    lateness_.add(late.count() * 1000);
    if (late > kLate) ++late_frames_;
    packets_ += due.peer->send_frame(*due.stream, due.shape, parameters_.as_one_run, now);
    ++frames_;
    due.next += due.interval;
    std::push_heap(beats_.begin(), beats_.end(), later);
  }
}

void LoadRun::count_received(size_t datagrams, Instant now) {
  if (datagrams > 0) last_received_ = now;
}

Instant LoadRun::next_beat() const {
  return beats_.empty() || beats_.front().next >= ends_ ? kNever : beats_.front().next;
}

bool LoadRun::finished(Instant now) const {
  if (now < ends_ || next_beat() != kNever) return false;
  return now - std::max(last_received_, ends_) >= kQuiet || now - ends_ >= kLongestDrain;
}

void LoadRun::report(Instant now) {
  const Tally& tally = workshop_.tally;
  const double wall_seconds = static_cast<double>((now - started_).count()) / 1e6;
  const double cpu = static_cast<double>(thread_cpu_ns() - cpu_before_ns_) / 1e9 / wall_seconds;
  std::printf(
      "{\"run\":{\"seconds\":%.6f,\"frames\":%" PRIu64 ",\"lateFrames\":%" PRIu64 ",\"lateP99Us\":%.1f,\"latestMs\":%.3f,\"packetsSent\":%" PRIu64
      ",\"packetsReceived\":%" PRIu64 ",\"bytesReceived\":%" PRIu64 ",\"missing\":%" PRId64 ",\"reordered\":%" PRIu64
      ",\"opened\":%" PRIu64 ",\"unopenable\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"other\":%" PRIu64
      ",\"delays\":%" PRIu64 ",\"delayP50Us\":%.1f,\"delayP99Us\":%.1f,\"delayMaxUs\":%.1f,\"generatorCpu\":%.3f}}\n",
      wall_seconds, frames_, late_frames_, lateness_.quantile_ns(0.99) / 1000, static_cast<double>(lateness_.max_ns()) / 1e6, packets_, tally.packets, tally.bytes,
      missing_of(peers_) - missing_before_, tally.reordered, tally.opened, tally.unopenable, tally.damaged, tally.other,
      tally.delays.total(), tally.delays.quantile_ns(0.5) / 1000, tally.delays.quantile_ns(0.99) / 1000,
      static_cast<double>(tally.delays.max_ns()) / 1000, cpu);
}

}  // namespace chroom::load
