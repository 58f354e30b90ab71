#include "net/udp_socket.h"

#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace chroom::net {

namespace {

// A key frame to hundreds of receivers must fit while the worker is busy; the kernel caps it at rmem_max/wmem_max.
constexpr int kSocketBufferBytes = 16 << 20;

Error system_error(const char* what, const TransportAddress& local) {
  return {ErrorCode::kSystem,
          std::string("bind_addresses: expected to ") + what + " " + address_and_port_text(local) + ", received " + std::strerror(errno)};
}

void set_option(int fd, int level, int name, int value) { (void)setsockopt(fd, level, name, &value, sizeof value); }

void enlarge_buffers(int fd) {
  // FORCE passes the system's cap where the process may; the plain option comes first and is kept otherwise.
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kSocketBufferBytes);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, kSocketBufferBytes);
  set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, kSocketBufferBytes);
  set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, kSocketBufferBytes);
}

// Room for one int of ancillary data, aligned as the kernel wants it.
union IntControl {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr align;
};

}  // namespace

struct ReceiveBatch::Headers {
  std::array<mmsghdr, kMessages> messages;
  std::array<iovec, kMessages> pieces;
  std::array<SocketAddress, kMessages> from;
  std::array<IntControl, kMessages> control;
};

ReceiveBatch::ReceiveBatch()
    : memory_(new uint8_t[kMessages * kMessageBytes]),
      headers_(std::make_unique<Headers>()),
      datagrams_(std::make_unique<Datagram[]>(kMaxDatagrams)) {}

ReceiveBatch::~ReceiveBatch() = default;

void ReceiveBatch::split(size_t message, size_t bytes, size_t segment_bytes, const TransportAddress& from) {
  uint8_t* start = memory_.get() + message * kMessageBytes;
  if (segment_bytes == 0 || segment_bytes > bytes) segment_bytes = bytes;
  for (size_t offset = 0; offset < bytes && count_ < kMaxDatagrams; offset += segment_bytes) {
    datagrams_[count_++] = {from, {start + offset, std::min(segment_bytes, bytes - offset)}};
  }
}

Result<UdpSocket> UdpSocket::open(const TransportAddress& local) {
  int family = local.is_ipv6 ? AF_INET6 : AF_INET;
  int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_error("open a UDP socket for", local);
  UdpSocket socket(fd, local);
  enlarge_buffers(fd);
  set_option(fd, SOL_UDP, UDP_GRO, 1);
  // Never fragment, and do not let a forged ICMP message shrink the path: the protocol's own size bound is 1200 bytes.
  if (family == AF_INET) {
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
  SocketAddress address{};
  socklen_t bytes = to_socket_address(local, address);
  if (::bind(fd, &address.any, bytes) != 0) return system_error("bind", local);
  bytes = sizeof address;
  if (::getsockname(fd, &address.any, &bytes) != 0) return system_error("name", local);
  socket.local_ = from_socket_address(address);
  return socket;
}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

size_t UdpSocket::receive(ReceiveBatch& batch) {
  ReceiveBatch::Headers& headers = *batch.headers_;
  batch.count_ = 0;
  for (size_t i = 0; i < ReceiveBatch::kMessages; ++i) {
    headers.pieces[i] = {batch.memory_.get() + i * ReceiveBatch::kMessageBytes, ReceiveBatch::kMessageBytes};
    msghdr& header = headers.messages[i].msg_hdr;
    header = {};
    header.msg_name = &headers.from[i];
    header.msg_namelen = sizeof headers.from[i];
    header.msg_iov = &headers.pieces[i];
    header.msg_iovlen = 1;
    header.msg_control = &headers.control[i];
    header.msg_controllen = sizeof headers.control[i];
  }
  int received;
  // ICMP errors of earlier sends are reported once each by a receive; a handful of tries passes them all.
  int tries = 8;
  do {
    received = ::recvmmsg(fd_, headers.messages.data(), ReceiveBatch::kMessages, MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno != EAGAIN && --tries > 0);
  for (int i = 0; i < received; ++i) {
    msghdr& header = headers.messages[i].msg_hdr;
    size_t segment_bytes = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO) continue;
      int value = 0;
      std::memcpy(&value, CMSG_DATA(c), sizeof value);
      if (value > 0) segment_bytes = static_cast<size_t>(value);
    }
    batch.split(static_cast<size_t>(i), headers.messages[i].msg_len, segment_bytes, from_socket_address(headers.from[i]));
  }
  return batch.count_;
}

size_t UdpSocket::send(std::span<DatagramRun> runs, SendOutcome& outcome) {
  std::array<mmsghdr, kRunsPerCall> messages;
  std::array<iovec, kRunsPerCall> pieces;
  std::array<SocketAddress, kRunsPerCall> to;
  std::array<IntControl, kRunsPerCall> control;
  size_t next = 0;
  while (next < runs.size()) {
    if (runs[next].unsegmented) {
      if (!send_singly(runs[next], outcome)) return next;
      ++next;
      continue;
    }
    size_t count = 0;
    for (size_t i = 0; i < std::min(runs.size() - next, kRunsPerCall) && !runs[next + i].unsegmented; ++i, ++count) {
      DatagramRun& run = runs[next + i];
      pieces[i] = {const_cast<uint8_t*>(run.bytes.data()), run.bytes.size()};
      msghdr& header = messages[i].msg_hdr;
      header = {};
      header.msg_name = &to[i];
      header.msg_namelen = to_socket_address(run.to, to[i]);
      header.msg_iov = &pieces[i];
      header.msg_iovlen = 1;
      if (run.bytes.size() > run.segment_bytes) {
        header.msg_control = &control[i];
        header.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
        cmsghdr* c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        std::memcpy(CMSG_DATA(c), &run.segment_bytes, sizeof run.segment_bytes);
      }
    }
    int taken = ::sendmmsg(fd_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    int error = errno;
    ++outcome.system_calls;
    for (int i = 0; i < taken; ++i) {
      const DatagramRun& run = runs[next + static_cast<size_t>(i)];
      outcome.datagrams_sent += run.datagrams();
      outcome.bytes_sent += run.bytes.size();
      if (run.bytes.size() > run.segment_bytes) outcome.segments_sent += run.datagrams();
    }
    next += static_cast<size_t>(std::max(taken, 0));
    if (taken == static_cast<int>(count) || next == runs.size()) continue;
    if (taken > 0) continue;  // The error of the run that stopped the call is reported by the next one.
    if (error == EAGAIN || error == ENOBUFS) return next;
    DatagramRun& refused = runs[next];
    bool segmented = refused.bytes.size() > refused.segment_bytes;
    if (segmented && (error == EMSGSIZE || error == EINVAL || error == EIO)) {
      refused.unsegmented = true;
      ++outcome.segmentation_fallbacks;
    } else {
      outcome.datagrams_refused += refused.datagrams();
      ++next;
    }
  }
  return runs.size();
}

bool UdpSocket::send_singly(DatagramRun& run, SendOutcome& outcome) {
  SocketAddress to;
  socklen_t to_bytes = to_socket_address(run.to, to);
  while (!run.bytes.empty()) {
    Bytes piece = run.bytes.first(std::min<size_t>(run.segment_bytes, run.bytes.size()));
    ssize_t sent = ::sendto(fd_, piece.data(), piece.size(), MSG_DONTWAIT, &to.any, to_bytes);
    ++outcome.system_calls;
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) return false;
    if (sent < 0) {
      ++outcome.datagrams_refused;
    } else {
      ++outcome.datagrams_sent;
      outcome.bytes_sent += piece.size();
    }
    run.bytes = run.bytes.subspan(piece.size());
  }
  return true;
}

}  // namespace chroom::net
