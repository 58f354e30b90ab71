#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "cmsha1/hmac_sha1_many.h"

namespace chroom::srtp {

// Encrypted packets of many receivers that still lack their tags (CM profiles; GCM makes its tag while it encrypts).
// HMAC-SHA1 over many equally long packets side by side costs a third of one after the other, and an egress slice is
// full of them: a track's packets to all its receivers. The packets stay where they are until sign_all().
class UnsignedPackets {
 public:
  // More than one slice of egress holds.
  static constexpr size_t kMost = 640;

  bool full() const { return count_ == kMost; }
  // Not when full().
  void add(const cmsha1::SignedMessage& message, size_t message_bytes) {
    packets_[count_++] = {message, static_cast<uint32_t>(message_bytes)};
  }
  void sign_all();

 private:
  struct Packet {
    cmsha1::SignedMessage message;
    uint32_t bytes;
  };

  std::array<Packet, kMost> packets_;
  size_t count_ = 0;
};

}  // namespace chroom::srtp
