#pragma once
// For tests only, included by one file of a test program: sendmmsg() and sendto() of the whole program, which fail as the
// test says and else do what they should.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace chroom::net {

struct SendFaults {
  // errno of sends that have segments to cut, and of all sends; 0: none. Threads that are exempt are not disturbed.
  std::atomic<int> segmented{0};
  std::atomic<int> any{0};
  // The same for single sends, of which `singles_before` are taken first.
  std::atomic<int> single{0};
  std::atomic<int> singles_before{0};
  std::atomic<int> calls_failed{0};
  static thread_local bool exempt;
};
inline thread_local bool SendFaults::exempt = false;
inline SendFaults send_faults;

inline bool has_segments(const msghdr& message) { return message.msg_controllen > 0; }

// kind: the fault of this kind of send.
inline bool fails(int kind) {
  if (SendFaults::exempt) return false;
  const int error = send_faults.any != 0 ? send_faults.any.load() : kind;
  if (error == 0) return false;
  ++send_faults.calls_failed;
  errno = error;
  return true;
}

}  // namespace chroom::net

extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  // As the kernel: what comes before the fault is sent, the fault is told when it is the first.
  unsigned fine = 0;
  while (fine < count && !chroom::net::SendFaults::exempt && chroom::net::send_faults.any == 0 &&
         !(chroom::net::has_segments(messages[fine].msg_hdr) && chroom::net::send_faults.segmented != 0)) {
    ++fine;
  }
  if (chroom::net::SendFaults::exempt) fine = count;
  const bool segmented = fine == 0 && count > 0 && chroom::net::has_segments(messages[0].msg_hdr);
  if (fine == 0 && count > 0 && chroom::net::fails(segmented ? chroom::net::send_faults.segmented.load() : 0)) return -1;
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, fine, flags));
}

extern "C" ssize_t sendto(int fd, const void* bytes, size_t length, int flags, const sockaddr* to, socklen_t to_length) {
  auto& faults = chroom::net::send_faults;
  const bool taken = faults.single == 0 || faults.singles_before-- > 0;
  if (chroom::net::fails(taken ? 0 : faults.single.load())) return -1;
  return syscall(SYS_sendto, fd, bytes, length, flags, to, to_length);
}
