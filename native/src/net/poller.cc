#include "net/poller.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace chroom::net {

namespace {

Error system_error(const char* what) {
  return {ErrorCode::kSystem, std::string("expected ") + what + ", received " + std::strerror(errno)};
}

// Microsecond sleeps where the kernel has them (5.11), whole milliseconds rounded up elsewhere.
int wait_for_events(int fd, epoll_event* events, int count, std::optional<Duration> wait) {
  timespec time{};
  if (wait) {
    int64_t us = std::max<int64_t>(wait->count(), 0);
    time.tv_sec = us / 1'000'000;
    time.tv_nsec = us % 1'000'000 * 1000;
  }
  int ready = epoll_pwait2(fd, events, count, wait ? &time : nullptr, nullptr);
  if (ready >= 0 || errno != ENOSYS) return ready;
  int64_t ms = wait ? std::clamp<int64_t>((wait->count() + 999) / 1000, 0, 60'000) : -1;
  return epoll_wait(fd, events, count, static_cast<int>(ms));
}

}  // namespace

Result<Poller> Poller::open() {
  Poller poller(epoll_create1(EPOLL_CLOEXEC), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (poller.epoll_fd_ < 0 || poller.event_fd_ < 0) return system_error("an epoll and an event descriptor");
  Result<void> watched = poller.watch(poller.event_fd_);
  if (!watched) return watched.error();
  return poller;
}

Poller::Poller(Poller&& other) noexcept : epoll_fd_(other.epoll_fd_), event_fd_(other.event_fd_) {
  other.epoll_fd_ = -1;
  other.event_fd_ = -1;
}

Poller::~Poller() {
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
  if (event_fd_ >= 0) ::close(event_fd_);
}

Result<void> Poller::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return system_error("to watch a descriptor");
  return {};
}

void Poller::sleep(std::optional<Duration> wait) {
  std::array<epoll_event, 16> events;
  int ready = wait_for_events(epoll_fd_, events.data(), static_cast<int>(events.size()), wait);
  for (int i = 0; i < ready; ++i) {
    if (events[static_cast<size_t>(i)].data.fd == event_fd_) take_wakes();
  }
}

void Poller::rest_unless_woken(Duration time) {
  pollfd woken{event_fd_, POLLIN, 0};
  const timespec span{0, std::clamp<int64_t>(time.count(), 0, 999'999) * 1000};
  if (ppoll(&woken, 1, &span, nullptr) == 1) take_wakes();
}

void Poller::take_wakes() {
  uint64_t wakes;
  (void)!::read(event_fd_, &wakes, sizeof wakes);
}

void Poller::rest(Duration time) {
  const timespec span{0, std::clamp<int64_t>(time.count(), 0, 999'999) * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
}

void Poller::wake() const {
  uint64_t one = 1;
  (void)!::write(event_fd_, &one, sizeof one);
}

}  // namespace chroom::net
