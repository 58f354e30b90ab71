#pragma once
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "net/socket_address.h"
#include "vocabulary/bytes.h"
#include "vocabulary/transport_address.h"

namespace chroom::load {

// How much of each datagram is copied out of the kernel. What is not copied stays in the cache of the core that wrote it.
enum class Reading : uint8_t {
  kHeads,  // Inbox::kHeadBytes of each, without time stamps: headers, checks and reports fit
  kWhole,
};

// One datagram as a generator's socket got it.
struct Arrival {
  MutableBytes bytes;            // inside the Inbox; valid until its next use
  size_t datagram_bytes = 0;     // more than bytes.size() when only the head was read
  int64_t received_wall_ns = 0;  // CLOCK_REALTIME when the kernel took it in; 0 unless stamping is on

  bool whole() const { return bytes.size() == datagram_bytes; }
};

// Buffers of one recvmmsg call, shared by all sockets of the generator.
class Inbox {
 public:
  static constexpr size_t kMessages = 64;
  static constexpr size_t kMessageBytes = 2048;
  static constexpr size_t kHeadBytes = 256;

  Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

 private:
  friend class LoadSocket;
  void prepare(Reading reading);

  std::unique_ptr<uint8_t[]> memory_;
  std::array<mmsghdr, kMessages> messages_;
  std::array<iovec, kMessages> pieces_;
  std::array<std::array<char, 64>, kMessages> control_;
  std::array<Arrival, kMessages> arrivals_;
  Reading prepared_ = Reading::kHeads;
};

// A browser's UDP socket, on an address of this machine, connected to the node once connect() was called. It never sets UDP_GRO: with it
// the kernel would not cut the node's segmented sends, and the node would look cheaper than it is. Nobody ever sleeps on
// it: a waiter would cost the node a wake-up per packet.
class LoadSocket {
 public:
  // address: an IPv4 literal. Ends the process with a message when the system refuses.
  explicit LoadSocket(const std::string& address);
  ~LoadSocket();
  LoadSocket(const LoadSocket&) = delete;
  LoadSocket& operator=(const LoadSocket&) = delete;

  const TransportAddress& local() const { return local_; }
  void connect(const TransportAddress& remote);
  // Kernel time stamps on arrivals: costs the whole machine a clock reading per packet while any socket has it.
  void stamp(bool on);

  // Up to Inbox::kMessages of what waits.
  std::span<Arrival> receive(Inbox& inbox, Reading reading);
  void send(Bytes datagram);
  // Cut by the kernel into datagrams of one size; the last may be shorter.
  void send_run(std::span<const Bytes> datagrams);

 private:
  int fd_;
  TransportAddress local_;
};

}  // namespace chroom::load
