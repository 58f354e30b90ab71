#pragma once
#include <memory>

#include "srtp/profile.h"
#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::srtp {

class SendState;
class UnsignedPackets;

// Plaintext payload of one packet in pieces, so that a shared packet is never copied to be changed: `head` replaces
// what the caller left out of `body` (a rewritten VP8 descriptor, the RTX header), `padding_bytes` of RTP padding
// follow (the header must have the P bit).
struct PayloadParts {
  Bytes head = {};
  Bytes body = {};
  uint8_t padding_bytes = 0;

  size_t size() const { return head.size() + body.size() + padding_bytes; }
};

// Protects what one transport sends. One per direction and session; belongs to one thread. Ciphers are set up at the
// first packet of each kind, after that nothing is allocated.
class SendContext {
 public:
  static Result<SendContext> create(Profile profile, Bytes master_key, Bytes master_salt);
  SendContext(SendContext&&) noexcept;
  SendContext& operator=(SendContext&&) noexcept;
  ~SendContext();

  Profile profile() const;
  size_t rtp_overhead_bytes() const { return tag_bytes(profile()); }
  size_t rtcp_overhead_bytes() const { return tag_bytes(profile()) + kSrtcpIndexBytes; }

  // The RTP header (header_length bytes) stands at the front of `out`; encrypts the payload behind it and appends the
  // tag. `out` must not overlap the payload. rollover: upper 32 bits of the packet's 48-bit index (RFC 3711 3.3.1); the
  // caller numbers packets and never uses an index of an SSRC twice (a retransmission has its own SSRC).
  // Length of the SRTP packet; 0 when `out` is too small or the cipher failed (count kSrtpProtectFailed).
  // unsigned_packets: where a packet of a CM profile waits for its tag, if there is room; it is complete after sign_all().
  size_t protect_rtp(MutableBytes out, size_t header_length, const PayloadParts& payload, uint32_t rollover,
                     UnsignedPackets* unsigned_packets = nullptr);
  size_t protect_rtp(MutableBytes out, size_t header_length, Bytes payload, uint32_t rollover) {
    return protect_rtp(out, header_length, PayloadParts{.body = payload}, rollover);
  }

  // Bring the RTP key towards the cache: it is two kilobytes, and many receivers take turns. The state leads to it.
  void prefetch_state() const;
  void prefetch_key() const;

  // Encrypts the compound in buffer[0, length) in place and appends the trailer. The SRTCP index is kept here.
  // Length of the SRTCP packet; 0 when the buffer is too small, shorter than 8 bytes, or 2^31 packets were sent.
  size_t protect_rtcp(MutableBytes buffer, size_t length);

 private:
  explicit SendContext(std::unique_ptr<SendState> state);
  std::unique_ptr<SendState> state_;
};

}  // namespace chroom::srtp
