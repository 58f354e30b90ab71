#pragma once
#include <memory>

#include "metering/drop_reason.h"
#include "srtp/profile.h"
#include "srtp/replay_window.h"
#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::srtp {

class ReceiveState;

inline constexpr size_t kDefaultMaxStreams = 256;

struct Unprotected {
  DropReason drop = DropReason::kNone;  // kNone: the packet is authentic and now in clear
  uint32_t length = 0;                  // of the packet in clear
  uint64_t index = 0;                   // RTP: rollover * 65536 + sequence; RTCP: the 31-bit index

  explicit operator bool() const { return drop == DropReason::kNone; }
};

// Opens what one transport receives: authenticates, refuses replays, decrypts in place. One per direction and session;
// belongs to one thread. State per SSRC is made only after its first packet was authentic, and is bounded. Allocates at
// the first packet of each kind and of each SSRC, never else.
class ReceiveContext {
 public:
  // max_streams: SSRCs of RTP, and as many of RTCP.
  static Result<ReceiveContext> create(Profile profile, Bytes master_key, Bytes master_salt,
                                       size_t max_streams = kDefaultMaxStreams);
  ReceiveContext(ReceiveContext&&) noexcept;
  ReceiveContext& operator=(ReceiveContext&&) noexcept;
  ~ReceiveContext();

  Profile profile() const;
  size_t streams() const;

  // header_length: rtp::Header::header_length of this packet. On a refusal the packet's bytes may be changed and must
  // not be used. Replayed means: this very index was authentic before; padding and RTX packets have own indices.
  Unprotected unprotect_rtp(MutableBytes packet, size_t header_length);
  Unprotected unprotect_rtcp(MutableBytes packet);

  // Forgets an SSRC (its publication ended), so that its place is free.
  void forget(uint32_t ssrc);

 private:
  explicit ReceiveContext(std::unique_ptr<ReceiveState> state);
  std::unique_ptr<ReceiveState> state_;
};

}  // namespace chroom::srtp
