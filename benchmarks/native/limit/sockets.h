#pragma once
#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <vector>

// The sockets of the yardstick: one that the publisher sends to, and many destinations on loopback addresses that are
// emptied outside the timed part. Destinations do not set UDP_GRO: with it the kernel would never cut segmented sends.
namespace chroom::limit {

class Sockets {
 public:
  // receivers: how many connected egress sockets; they share `destinations` distinct addresses.
  Sockets(int receivers, int destinations);
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  int ingress() const { return ingress_; }
  int egress() const { return egress_; }
  int connected(int receiver) const { return connected_[static_cast<size_t>(receiver)]; }
  const sockaddr_in& destination(int receiver) const { return addresses_[static_cast<size_t>(receiver) % addresses_.size()]; }

  void set_gro(bool on);
  // Bytes of each segment of every connected socket's sends; 0 turns segmentation off.
  void set_segment(int bytes);
  // Sends `count` packets of `bytes` each, which lie one behind the other, to the ingress socket.
  void publish(const uint8_t* packets, int count, size_t bytes, bool as_one_run);
  const std::vector<int>& sinks() const { return sinks_; }
  // Empties the destinations by polling. Returns the datagrams found.
  size_t drain();

 private:
  int ingress_, egress_, publisher_;
  sockaddr_in ingress_address_{};
  std::vector<sockaddr_in> addresses_;
  std::vector<int> connected_, sinks_;
  std::vector<uint8_t> drained_;
};

}  // namespace chroom::limit
