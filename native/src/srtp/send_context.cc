#include "srtp/send_context.h"

#include "srtp/packet_cipher.h"

namespace chroom::srtp {
namespace {
constexpr uint32_t kMaxRtcpIndex = 0x7FFFFFFF;  // RFC 3711 section 3.4
}

class SendState {
 public:
  SendState(Profile profile, const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys)
      : rtp(profile, rtp_keys), rtcp(profile, rtcp_keys) {}

  PacketCipher rtp;
  PacketCipher rtcp;
  uint32_t next_rtcp_index = 1;
};

Result<SendContext> SendContext::create(Profile profile, Bytes master_key, Bytes master_salt) {
  const auto rtp = derive_session_keys(profile, KeyUse::kRtp, master_key, master_salt);
  if (!rtp) return rtp.error();
  const auto rtcp = derive_session_keys(profile, KeyUse::kRtcp, master_key, master_salt);
  if (!rtcp) return rtcp.error();
  return SendContext(std::make_unique<SendState>(profile, rtp.value(), rtcp.value()));
}

SendContext::SendContext(std::unique_ptr<SendState> state) : state_(std::move(state)) {}
SendContext::SendContext(SendContext&&) noexcept = default;
SendContext& SendContext::operator=(SendContext&&) noexcept = default;
SendContext::~SendContext() = default;

Profile SendContext::profile() const { return state_->rtp.profile(); }

size_t SendContext::protect_rtp(MutableBytes out, size_t header_length, const PayloadParts& payload,
                                uint32_t rollover, UnsignedPackets* unsigned_packets) {
  if (out.size() < header_length || header_length < 12) return 0;
  const uint64_t index = uint64_t{rollover} << 16 | load_be16(out.data() + 2);
  return state_->rtp.seal_rtp(out, header_length, payload, index, unsigned_packets);
}

void SendContext::prefetch_state() const {
  const auto* line = reinterpret_cast<const uint8_t*>(&state_->rtp);
  for (size_t at = 0; at < sizeof state_->rtp; at += 64) __builtin_prefetch(line + at);
}

void SendContext::prefetch_key() const { state_->rtp.prefetch(); }

size_t SendContext::protect_rtcp(MutableBytes buffer, size_t length) {
  if (state_->next_rtcp_index > kMaxRtcpIndex) return 0;
  const size_t protected_length = state_->rtcp.seal_rtcp(buffer, length, state_->next_rtcp_index);
  if (protected_length != 0) ++state_->next_rtcp_index;
  return protected_length;
}

}  // namespace chroom::srtp
