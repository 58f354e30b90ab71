#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "net/socket_address.h"
#include "vocabulary/bytes.h"
#include "vocabulary/transport_address.h"
#include "vocabulary/result.h"

namespace chroom::net {

// One datagram as it came, or one of several that the kernel had glued together (UDP_GRO).
struct Datagram {
  TransportAddress from;
  MutableBytes bytes;  // Inside the ReceiveBatch; valid until its next use.
};

// The buffers of one recvmmsg call and what it brought, split into datagrams. About 1 MB of address space, of which
// only pages that were received into become resident. Owned by a worker, reused forever.
class ReceiveBatch {
 public:
  static constexpr size_t kMessages = 16;
  static constexpr size_t kMessageBytes = 65536;
  // A GRO buffer holds at most 64 segments (the kernel's UDP_MAX_SEGMENTS is 64, later 128).
  static constexpr size_t kMaxDatagrams = kMessages * 128;

  ReceiveBatch();
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  std::span<const Datagram> datagrams() const { return {datagrams_.get(), count_}; }

 private:
  friend class UdpSocket;
  struct Headers;

  void split(size_t message, size_t bytes, size_t segment_bytes, const TransportAddress& from);

  std::unique_ptr<uint8_t[]> memory_;
  std::unique_ptr<Headers> headers_;
  std::unique_ptr<Datagram[]> datagrams_;
  size_t count_ = 0;
};

// What goes to one receiver in one system call: `bytes` cut into datagrams of `segment_bytes`, the last may be shorter.
struct DatagramRun {
  TransportAddress to;
  Bytes bytes;
  uint16_t segment_bytes = 0;  // 1..; equal to bytes.size() for a single datagram.
  bool unsegmented = false;    // In: to be sent as single datagrams. Out: the path refused segmentation.

  size_t datagrams() const { return (bytes.size() + segment_bytes - 1) / segment_bytes; }
};

struct SendOutcome {
  uint64_t datagrams_sent = 0;
  uint64_t bytes_sent = 0;
  uint64_t datagrams_refused = 0;  // The destination cannot be reached, or the datagram is too long for the path.
  uint64_t segments_sent = 0;         // Datagrams that the kernel cut.
  uint64_t segmentation_fallbacks = 0;
  uint64_t system_calls = 0;
};

// One bound UDP socket, non-blocking, unconnected. Used by one thread.
class UdpSocket {
 public:
  // Runs handed to the kernel per system call: about 100 us of work, after which the caller looks at input again.
  static constexpr size_t kRunsPerCall = 32;
  static constexpr size_t kMaxSegments = 16;

  // kSystem when the address cannot be bound. Port 0: chosen by the system.
  static Result<UdpSocket> open(const TransportAddress& local);

  UdpSocket(UdpSocket&& other) noexcept : fd_(other.fd_), local_(other.local_) { other.fd_ = -1; }
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  int fd() const { return fd_; }
  const TransportAddress& local() const { return local_; }

  // Fills the batch with what is waiting, at most kMessages system buffers. Returns the number of datagrams; 0: nothing
  // was waiting. Errors that a peer can cause (ICMP) are skipped.
  size_t receive(ReceiveBatch& batch);

  // Sends runs and never blocks. Returns how many of them were sent or refused (and counted): all, unless the socket's
  // buffer is full. A run whose segmentation is refused is marked and sent again datagram by datagram; if the buffer is
  // full in its middle, its `bytes` become the rest.
  size_t send(std::span<DatagramRun> runs, SendOutcome& outcome);

 private:
  UdpSocket(int fd, const TransportAddress& local) : fd_(fd), local_(local) {}
  // True: all of it was sent or refused.
  bool send_singly(DatagramRun& run, SendOutcome& outcome);

  int fd_;
  TransportAddress local_;
};

}  // namespace chroom::net
