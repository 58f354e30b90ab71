#include "limit/sockets.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace chroom::limit {
namespace {

constexpr int kBufferBytes = 32 << 20;
constexpr uint32_t kFirstDestination = 0x7f010001;  // 127.1.0.1

void require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

int udp_socket() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(fd >= 0, "socket");
  return fd;
}

void enlarge(int fd, int force_option, int option) {
  if (setsockopt(fd, SOL_SOCKET, force_option, &kBufferBytes, sizeof kBufferBytes) == 0) return;
  setsockopt(fd, SOL_SOCKET, option, &kBufferBytes, sizeof kBufferBytes);
}

sockaddr_in bound_address(int fd, uint32_t address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  require(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0, "bind");
  socklen_t length = sizeof name;
  require(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0, "getsockname");
  return name;
}

}  // namespace

Sockets::Sockets(int receivers, int destinations) : drained_(65536) {
  ingress_ = udp_socket();
  enlarge(ingress_, SO_RCVBUFFORCE, SO_RCVBUF);
  ingress_address_ = bound_address(ingress_, INADDR_LOOPBACK);
  publisher_ = udp_socket();
  egress_ = udp_socket();
  enlarge(egress_, SO_SNDBUFFORCE, SO_SNDBUF);
  for (int i = 0; i < destinations; i++) {
    const int sink = udp_socket();
    enlarge(sink, SO_RCVBUFFORCE, SO_RCVBUF);
    addresses_.push_back(bound_address(sink, kFirstDestination + static_cast<uint32_t>(i)));
    sinks_.push_back(sink);
  }
  for (int i = 0; i < receivers; i++) {
    const int fd = udp_socket();
    enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    require(connect(fd, reinterpret_cast<const sockaddr*>(&destination(i)), sizeof(sockaddr_in)) == 0, "connect");
    connected_.push_back(fd);
  }
}

Sockets::~Sockets() {
  for (int fd : connected_) close(fd);
  for (int fd : sinks_) close(fd);
  for (int fd : {ingress_, egress_, publisher_}) close(fd);
}

void Sockets::set_gro(bool on) {
  const int value = on;
  require(setsockopt(ingress_, IPPROTO_UDP, UDP_GRO, &value, sizeof value) == 0, "UDP_GRO");
}

void Sockets::set_segment(int bytes) {
  for (int fd : connected_) require(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &bytes, sizeof bytes) == 0, "UDP_SEGMENT");
}

void Sockets::publish(const uint8_t* packets, int count, size_t bytes, bool as_one_run) {
  const int segment = as_one_run && count > 1 ? static_cast<int>(bytes) : 0;
  require(setsockopt(publisher_, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) == 0, "UDP_SEGMENT");
  const int sends = segment ? 1 : count;
  const size_t each = segment ? bytes * static_cast<size_t>(count) : bytes;
  for (int i = 0; i < sends; i++) {
    const ssize_t sent = sendto(publisher_, packets + each * static_cast<size_t>(i), each, 0,
                                reinterpret_cast<const sockaddr*>(&ingress_address_), sizeof ingress_address_);
    require(sent == static_cast<ssize_t>(each), "publish");
  }
}

size_t Sockets::drain() {
  size_t found = 0;
  for (int fd : sinks_) {
    while (recv(fd, drained_.data(), drained_.size(), MSG_TRUNC) >= 0) found++;
  }
  return found;
}

}  // namespace chroom::limit
