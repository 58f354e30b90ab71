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

Duration seconds(double count) { return Duration(static_cast<int64_t>(count * 1e6)); }

}  // namespace

LoadRun::LoadRun(const RunParameters& parameters, Workshop& workshop, std::span<const std::unique_ptr<LoadPeer>> peers, Instant now)
    : parameters_(parameters),
      workshop_(workshop),
      peers_(peers),
      interval_(std::max(seconds(1 / parameters.frames_per_second), Duration(1))),
      started_(now),
      ends_(now + seconds(parameters.seconds)),
      last_received_(now),
      missing_before_(missing_of(peers)),
      cpu_before_ns_(thread_cpu_ns()) {
  for (const auto& peer : peers) {
    peer->stamp(parameters.stamp);
    if (peer->publishes()) publishers_.push_back({peer.get(), now});
  }
  for (size_t i = 0; i < publishers_.size(); ++i) publishers_[i].next += interval_ * i / publishers_.size();
  workshop_.tally = {};
}

void LoadRun::beat(Instant now) {
  for (Publisher& publisher : publishers_) {
    if (publisher.next > now || publisher.next >= ends_) continue;
    const Duration late = now - publisher.next;
    latest_ = std::max(latest_, late);
    if (late > kLate) ++late_frames_;
    packets_ += publisher.peer->send_frames(parameters_.shape, parameters_.as_one_run, now);
    ++frames_;
    publisher.next += interval_;
  }
}

void LoadRun::count_received(size_t datagrams, Instant now) {
  if (datagrams > 0) last_received_ = now;
}

Instant LoadRun::next_beat() const {
  Instant earliest = kNever;
  for (const Publisher& publisher : publishers_) {
    if (publisher.next < ends_) earliest = std::min(earliest, publisher.next);
  }
  return earliest;
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
      "{\"run\":{\"seconds\":%.6f,\"frames\":%" PRIu64 ",\"lateFrames\":%" PRIu64 ",\"latestMs\":%.3f,\"packetsSent\":%" PRIu64
      ",\"packetsReceived\":%" PRIu64 ",\"bytesReceived\":%" PRIu64 ",\"missing\":%" PRId64 ",\"reordered\":%" PRIu64
      ",\"opened\":%" PRIu64 ",\"unopenable\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"other\":%" PRIu64
      ",\"delays\":%" PRIu64 ",\"delayP50Us\":%.1f,\"delayP99Us\":%.1f,\"delayMaxUs\":%.1f,\"generatorCpu\":%.3f}}\n",
      wall_seconds, frames_, late_frames_, static_cast<double>(latest_.count()) / 1000, packets_, tally.packets, tally.bytes,
      missing_of(peers_) - missing_before_, tally.reordered, tally.opened, tally.unopenable, tally.damaged, tally.other,
      tally.delays.total(), tally.delays.quantile_ns(0.5) / 1000, tally.delays.quantile_ns(0.99) / 1000,
      static_cast<double>(tally.delays.max_ns()) / 1000, cpu);
}

}  // namespace chroom::load
