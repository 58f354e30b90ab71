#pragma once
#include <vector>

#include "ice/agent.h"
#include "vocabulary/bytes.h"

namespace chroom::session {

// Control datagrams (STUN, DTLS, SCTP inside DTLS) that transports want sent. One per worker; the engine sends and
// clears it after each batch of input and timers. Allocates only when it is made. Media does not pass here.
class Outbox {
 public:
  static constexpr size_t kMaxDatagramBytes = 1280;

  explicit Outbox(size_t max_datagrams = 512) : max_datagrams_(max_datagrams), storage_(max_datagrams * kMaxDatagramBytes) {
    entries_.reserve(max_datagrams);
  }

  struct Entry {
    ice::Path path;
    Bytes bytes;
  };

  bool full() const { return entries_.size() == max_datagrams_; }
  // Room for one datagram of up to kMaxDatagramBytes, empty when full; commit() makes it an entry.
  MutableBytes reserve() {
    if (full()) return {};
    return {storage_.data() + entries_.size() * kMaxDatagramBytes, kMaxDatagramBytes};
  }
  void commit(const ice::Path& path, size_t bytes) {
    entries_.push_back({path, Bytes(storage_.data() + entries_.size() * kMaxDatagramBytes, bytes)});
  }

  const std::vector<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  size_t max_datagrams_;
  std::vector<uint8_t> storage_;
  std::vector<Entry> entries_;
};

}  // namespace chroom::session
