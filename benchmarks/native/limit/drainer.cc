#include "limit/drainer.h"

#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace chroom::limit {
namespace {

constexpr size_t kMessages = 32;
constexpr size_t kMessageBytes = 2048;
constexpr std::chrono::seconds kPatience{1};

}  // namespace

Drainer::Drainer(std::vector<int> sinks, int cpu) : sinks_(std::move(sinks)), cpu_(cpu), thread_([this] { poll(); }) {}

Drainer::~Drainer() {
  over_ = true;
  thread_.join();
}

void Drainer::poll() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu_), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) std::perror("sched_setaffinity");
  std::vector<uint8_t> memory(kMessages * kMessageBytes);
  std::array<mmsghdr, kMessages> messages{};
  std::array<iovec, kMessages> parts;
  for (size_t i = 0; i < kMessages; i++) {
    parts[i] = {memory.data() + kMessageBytes * i, kMessageBytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (!over_) {
    for (const int sink : sinks_) {
      const int got = recvmmsg(sink, messages.data(), kMessages, MSG_DONTWAIT, nullptr);
      if (got > 0) arrived_.fetch_add(static_cast<uint64_t>(got), std::memory_order_release);
    }
  }
}

size_t Drainer::wait_for(size_t more) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (arrived_.load(std::memory_order_acquire) - taken_ < more && std::chrono::steady_clock::now() < until) {
  }
  const uint64_t come = arrived_.load(std::memory_order_acquire) - taken_;
  taken_ += come;
  return static_cast<size_t>(come);
}

}  // namespace chroom::limit
