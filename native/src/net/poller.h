#pragma once
#include <atomic>
#include <optional>

#include "vocabulary/result.h"
#include "vocabulary/time.h"

namespace chroom::net {

// Where a worker sleeps: until a socket has input, another thread wakes it, or a time has come. wake() may be called
// from any thread; everything else belongs to the worker.
class Poller {
 public:
  // kSystem when the process is out of descriptors.
  static Result<Poller> open();

  Poller(Poller&& other) noexcept;
  Poller& operator=(Poller&&) = delete;
  ~Poller();

  // kSystem when the kernel refuses the descriptor. The socket must outlive the poller or be closed first.
  Result<void> watch(int fd);

  // Sleeps at most `wait` (negative or zero: only looks; no value: until something happens).
  void sleep(std::optional<Duration> wait);

  // Sleeps for `time` whatever sockets receive; wake() ends it.
  void rest_unless_woken(Duration time);

  // Sleeps for `time`, whatever happens.
  static void rest(Duration time);

  void wake() const;

 private:
  Poller(int epoll_fd, int event_fd) : epoll_fd_(epoll_fd), event_fd_(event_fd) {}

  void take_wakes();

  int epoll_fd_;
  int event_fd_;
};

}  // namespace chroom::net
