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

// One datagram as a generator's socket got it.
struct Arrival {
  MutableBytes bytes;           // inside the Inbox; valid until its next use
  int64_t received_wall_ns = 0;  // CLOCK_REALTIME when the kernel took it in; 0 unless stamping is on
};

// Buffers of one recvmmsg call, shared by all sockets of the generator.
class Inbox {
 public:
  static constexpr size_t kMessages = 32;
  static constexpr size_t kMessageBytes = 2048;

  Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

 private:
  friend class LoadSocket;
  std::unique_ptr<uint8_t[]> memory_;
  std::array<mmsghdr, kMessages> messages_;
  std::array<iovec, kMessages> pieces_;
  std::array<std::array<char, 64>, kMessages> control_;
  std::array<Arrival, kMessages> arrivals_;
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

  std::span<Arrival> receive(Inbox& inbox);
  void send(Bytes datagram);
  // datagrams back to back; as one run: cut by the kernel, all of one size but the last, which may be shorter.
  void send_burst(std::span<const Bytes> datagrams, bool as_one_run);

 private:
  int fd_;
  TransportAddress local_;
};

}  // namespace chroom::load
