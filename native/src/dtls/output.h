#pragma once
#include <array>
#include <cstring>
#include <vector>

#include "vocabulary/bytes.h"

namespace chroom::dtls {

// What one call of a Connection gave: datagrams for the peer and application data from it. One per worker, cleared
// and used again for every call; allocates only when it is made.
class Output {
 public:
  // A flight is 1-3 datagrams; a received datagram of 1500 bytes has at most 39 records with content.
  static constexpr size_t kMaxDatagrams = 32;
  static constexpr size_t kMaxApplicationRecords = 64;
  static constexpr size_t kMaxBytes = 32 * 1024;

  Output() : storage_(kMaxBytes) {}

  void clear() { used_ = datagram_count_ = application_count_ = 0; }

  size_t datagram_count() const { return datagram_count_; }
  Bytes datagram(size_t i) const { return datagrams_[i]; }
  // Borrowed from the datagram that was handled, or from this Output.
  size_t application_count() const { return application_count_; }
  Bytes application(size_t i) const { return application_[i]; }

  // For Connection. False when full: what does not fit is lost like any datagram, and DTLS repeats it.
  bool add_datagram(Bytes bytes) {
    if (datagram_count_ == kMaxDatagrams || bytes.size() > kMaxBytes - used_) return false;
    datagrams_[datagram_count_++] = store(bytes);
    return true;
  }
  bool add_application(Bytes bytes) {
    if (application_count_ == kMaxApplicationRecords) return false;
    application_[application_count_++] = bytes;
    return true;
  }
  bool add_application_copy(Bytes bytes) {
    if (application_count_ == kMaxApplicationRecords || bytes.size() > kMaxBytes - used_) return false;
    application_[application_count_++] = store(bytes);
    return true;
  }

 private:
  Bytes store(Bytes bytes) {
    uint8_t* at = storage_.data() + used_;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {at, bytes.size()};
  }

  std::vector<uint8_t> storage_;
  size_t used_ = 0;
  size_t datagram_count_ = 0;
  size_t application_count_ = 0;
  std::array<Bytes, kMaxDatagrams> datagrams_;
  std::array<Bytes, kMaxApplicationRecords> application_;
};

}  // namespace chroom::dtls
