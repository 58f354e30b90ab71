#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "rtp/extensions.h"

namespace chroom::rtp {

// Enough for every header a publisher's packet of 1500 bytes can lead to: its own header, fresh elements, wider forms.
inline constexpr size_t kMaxEgressHeaderBytes = 1600;
// What browsers really produce stays below this; room to plan buffers with.
inline constexpr size_t kUsualEgressHeaderBytes = 96;
inline constexpr size_t kMaxMidBytes = 16;

// What differs per packet.
struct EgressFields {
  uint32_t ssrc = 0;
  uint32_t timestamp = 0;
  uint16_t sequence = 0;
  uint16_t transport_sequence = 0;  // used when the plan writes it
  uint32_t abs_send_time = 0;       // 24 bits, to_abs_send_time(); used when the plan writes it
  uint8_t payload_type = 0;
  bool marker = false;
  bool padding = false;             // sets the P bit; the padding itself is the payload's matter
};

// What was written, and where the values are for senders that know them only when the packet leaves.
struct EgressHeader {
  uint16_t length = 0;
  uint16_t transport_sequence_offset = 0;  // from the start of the header; 0: absent
  uint16_t abs_send_time_offset = 0;       // the same
};

// Precomputed translation of headers for one subscription, its retransmissions included: what is the same in each packet
// is laid out once. One cache line, copied freely.
class EgressPlan {
 public:
  EgressPlan() = default;
  // mid: the subscriber's, at most kMaxMidBytes (longer is not sent). Extensions the subscriber did not negotiate are
  // dropped; mid, transport-wide-cc and abs-send-time are written fresh, rid and repaired-rid removed, the rest is
  // copied under the subscriber's ids.
  EgressPlan(std::string_view mid, const ExtensionMap& subscriber);

  bool writes_transport_sequence() const { return transport_sequence_at_ != 0; }
  bool writes_abs_send_time() const { return abs_send_time_at_ != 0; }
  // Off by default: contributing sources are not shown to subscribers.
  void set_keep_csrcs(bool keep) { keep_csrcs_ = keep; }

 private:
  friend class ExtensionBlockWriter;
  friend EgressHeader write_egress_header(MutableBytes, const EgressPlan&, const EgressFields&, Bytes, const Header&,
                                          const ExtensionTable&);
  uint16_t copied_kinds_ = 0;           // bit per ExtensionKind
  uint8_t fresh_length_ = 0;            // bytes used of fresh_
  uint8_t transport_sequence_at_ = 0;   // offset + 1 of its value in fresh_; 0: not negotiated
  uint8_t abs_send_time_at_ = 0;        // the same
  bool always_two_byte_ = false;        // form in which fresh_ is laid out
  bool keep_csrcs_ = false;
  std::array<uint8_t, kExtensionKindCount> ids_{};
  // Elements written new for each packet, laid out; copied whole, so that the copy has a constant size.
  std::array<uint8_t, 32> fresh_{};
};
static_assert(sizeof(EgressPlan) <= 64);

// Writes a fresh header for the packet at the front of `out`; never touches `packet`. May use up to 40 bytes of `out`
// behind the header's end as scratch. Length 0 when `out` is too small (kMaxEgressHeaderBytes is always enough).
EgressHeader write_egress_header(MutableBytes out, const EgressPlan& plan, const EgressFields& fields, Bytes packet,
                                 const Header& header, const ExtensionTable& extensions);
// Without a packet to copy from: padding probes.
EgressHeader write_egress_header(MutableBytes out, const EgressPlan& plan, const EgressFields& fields);

// 6.18 fixed point seconds modulo 64 of a monotonic time in microseconds.
constexpr uint32_t to_abs_send_time(int64_t now_us) {
  return static_cast<uint32_t>(((static_cast<uint64_t>(now_us) << 18) + 500000) / 1000000) & 0xFFFFFF;
}

}  // namespace chroom::rtp
