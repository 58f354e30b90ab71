#pragma once
#include "digest/hmac_sha1.h"
#include "srtp/cipher.h"
#include "srtp/key_derivation.h"

namespace chroom::srtp {

struct PayloadParts;
class UnsignedPackets;

// RTP or RTCP under one set of session keys: what is encrypted, what is authenticated, where the
// tag goes (RFC 3711 sections 3.1, 3.4, 4; RFC 7714 sections 8, 9). Knows no replay and no rollover: the index comes
// from the caller. Not part of the public surface; the contexts are.
class PacketCipher {
 public:
  PacketCipher(Profile profile, const SessionKeys& keys);

  Profile profile() const { return profile_; }
  void prefetch() const { cipher_.prefetch(); }

  // RTP. index: rollover * 65536 + sequence. Length of the SRTP packet; 0 when `out` is too small. unsigned_packets: as in
  // SendContext::protect_rtp().
  size_t seal_rtp(MutableBytes out, size_t header_length, const PayloadParts& payload, uint64_t index,
                  UnsignedPackets* unsigned_packets = nullptr);
  // In place. False when not authentic. `packet` is the whole SRTP packet, at least header and tag.
  bool open_rtp(MutableBytes packet, size_t header_length, uint64_t index);

  // RTCP: buffer[0, length) is the compound, at least 8 bytes. Length of the SRTCP packet or 0.
  size_t seal_rtcp(MutableBytes buffer, size_t length, uint32_t index);
  // In place. The index is the one the trailer says, read by rtcp_index().
  bool open_rtcp(MutableBytes packet);

  // Overhead of RTCP: the tag and the index word.
  size_t rtcp_overhead_bytes() const { return tag_bytes(profile_) + kSrtcpIndexBytes; }
  // The trailer's index word with its E bit: last in GCM (RFC 7714 9.2), before the tag in CM (RFC 3711 3.4).
  uint32_t rtcp_index_word(Bytes packet) const;

 private:
  // CM: the tag over the message and, behind it, the rollover counter or the index word of RTCP.
  void sign(Bytes message, uint32_t word, uint8_t* tag) const;
  std::array<uint8_t, 12> gcm_iv(uint32_t ssrc, uint64_t index) const;
  std::array<uint8_t, 16> cm_iv(uint32_t ssrc, uint64_t index) const;

  Cipher cipher_;
  digest::HmacSha1Key authentication_;  // CM only
  std::array<uint8_t, kMaxSaltBytes> salt_;
  Profile profile_;
};

}  // namespace chroom::srtp
