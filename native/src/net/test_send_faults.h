#pragma once
// For tests only, included by one file of a test program: sendmmsg() and sendto() of the whole program, which fail as the
// test says and else do what they should.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>

namespace chroom::net {

struct SendFaults {
  // errno of sends that have segments to cut, and of all sends; 0: none. Threads that are exempt are not disturbed.
  std::atomic<int> segmented{0};
  std::atomic<int> any{0};
  // The same for single sends, of which `singles_before` are taken first.
  std::atomic<int> single{0};
  std::atomic<int> singles_before{0};
  std::atomic<int> calls_failed{0};
  // Asked by who sends, before each send that may fail: true ends all faults, however late the test's thread would come to
  // do it. Changed only while there are none.
  std::function<bool()> over;
  static thread_local bool exempt;

  void end() { any = segmented = single = 0; }
  // True: this thread's sends may fail.
  bool active() {
    if (exempt || (any == 0 && segmented == 0 && single == 0)) return false;
    if (over && over()) end();
    return true;
  }
};
inline thread_local bool SendFaults::exempt = false;
inline SendFaults send_faults;

inline bool has_segments(const msghdr& message) { return message.msg_controllen > 0; }

// error: the fault of this kind of send.
inline bool fails(int error) {
  if (send_faults.any != 0) error = send_faults.any;
  if (error == 0) return false;
  ++send_faults.calls_failed;
  errno = error;
  return true;
}

}  // namespace chroom::net

extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  using namespace chroom::net;
  unsigned fine = count;
  if (send_faults.active()) {
    // As the kernel: what comes before the fault is sent, the fault is told when it is the first.
    const auto error_of = [](const mmsghdr& message) { return has_segments(message.msg_hdr) ? send_faults.segmented.load() : 0; };
    fine = 0;
    while (fine < count && send_faults.any == 0 && error_of(messages[fine]) == 0) ++fine;
    if (fine == 0 && count > 0 && fails(error_of(messages[0]))) return -1;
  }
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, fine, flags));
}

extern "C" ssize_t sendto(int fd, const void* bytes, size_t length, int flags, const sockaddr* to, socklen_t to_length) {
  using namespace chroom::net;
  if (send_faults.active()) {
    const bool taken = send_faults.single == 0 || send_faults.singles_before-- > 0;
    if (fails(taken ? 0 : send_faults.single.load())) return -1;
  }
  return syscall(SYS_sendto, fd, bytes, length, flags, to, to_length);
}
