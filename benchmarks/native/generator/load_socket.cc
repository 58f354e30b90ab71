#include "generator/load_socket.h"

#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace chroom::load {
namespace {

// Enough for what one receiver gets in 100 ms at the highest rates measured.
constexpr int kReceiveBufferBytes = 8 << 20;
constexpr size_t kMaxRun = 64;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "LOAD_SOCKET_FAILED: expected %s, received %s; raise the limit it names\n", what, std::strerror(errno));
  std::exit(1);
}

int64_t stamp_of(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    std::memcpy(&time, CMSG_DATA(c), sizeof time);
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }
  return 0;
}

}  // namespace

Inbox::Inbox() : memory_(new uint8_t[kMessages * kMessageBytes]) {
  for (size_t i = 0; i < kMessages; ++i) {
    pieces_[i].iov_base = memory_.get() + i * kMessageBytes;
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &pieces_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  prepared_ = Reading::kWhole;
  prepare(Reading::kHeads);
}

void Inbox::prepare(Reading reading) {
  if (reading == prepared_) return;
  prepared_ = reading;
  const bool whole = reading == Reading::kWhole;
  for (size_t i = 0; i < kMessages; ++i) {
    pieces_[i].iov_len = whole ? kMessageBytes : kHeadBytes;
    messages_[i].msg_hdr.msg_control = whole ? control_[i].data() : nullptr;
    messages_[i].msg_hdr.msg_controllen = whole ? control_[i].size() : 0;
  }
}

LoadSocket::LoadSocket(const std::string& local) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  require(fd_ >= 0, "a socket (ulimit -n)");
  if (setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes) != 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  }
  net::SocketAddress address{};
  socklen_t bytes = net::to_socket_address(net::parse_address(local, 0).value(), address);
  require(bind(fd_, &address.any, bytes) == 0, "a port of an own address");
  bytes = sizeof address;
  require(getsockname(fd_, &address.any, &bytes) == 0, "the port's number");
  local_ = net::from_socket_address(address);
}

LoadSocket::~LoadSocket() { close(fd_); }

void LoadSocket::connect(const TransportAddress& remote) {
  net::SocketAddress address{};
  const socklen_t bytes = net::to_socket_address(remote, address);
  require(::connect(fd_, &address.any, bytes) == 0, "a route to the node");
}

void LoadSocket::stamp(bool on) {
  const int value = on;
  require(setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &value, sizeof value) == 0, "SO_TIMESTAMPNS");
}

std::span<Arrival> LoadSocket::receive(Inbox& inbox, Reading reading) {
  inbox.prepare(reading);
  // MSG_TRUNC: lengths are those of the datagrams, however much of them is copied.
  const int received = recvmmsg(fd_, inbox.messages_.data(), Inbox::kMessages, MSG_DONTWAIT | MSG_TRUNC, nullptr);
  if (received <= 0) return {};
  for (size_t i = 0; i < static_cast<size_t>(received); ++i) {
    auto& [header, datagram_bytes] = inbox.messages_[i];
    const size_t bytes = std::min<size_t>(datagram_bytes, inbox.pieces_[i].iov_len);
    inbox.arrivals_[i] = {{inbox.memory_.get() + i * Inbox::kMessageBytes, bytes}, datagram_bytes, stamp_of(header)};
    if (reading == Reading::kWhole) header.msg_controllen = inbox.control_[i].size();
  }
  return {inbox.arrivals_.data(), static_cast<size_t>(received)};
}

void LoadSocket::send(Bytes datagram) { (void)::send(fd_, datagram.data(), datagram.size(), MSG_DONTWAIT); }

void LoadSocket::send_run(std::span<const Bytes> datagrams) {
  if (datagrams.size() == 1) return send(datagrams[0]);
  std::array<iovec, kMaxRun> pieces;
  const size_t count = std::min(datagrams.size(), kMaxRun);
  for (size_t i = 0; i < count; ++i) pieces[i] = {const_cast<uint8_t*>(datagrams[i].data()), datagrams[i].size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {};
  msghdr header{};
  header.msg_iov = pieces.data();
  header.msg_iovlen = count;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_UDP;
  c->cmsg_type = UDP_SEGMENT;
  c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  const auto segment_bytes = static_cast<uint16_t>(datagrams[0].size());
  std::memcpy(CMSG_DATA(c), &segment_bytes, sizeof segment_bytes);
  (void)sendmsg(fd_, &header, MSG_DONTWAIT);
}

}  // namespace chroom::load
