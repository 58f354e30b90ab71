#include "srtp/receive_context.h"

#include <algorithm>
#include <vector>

#include "srtp/packet_cipher.h"

namespace chroom::srtp {
namespace {

constexpr size_t kRtpFixedHeaderBytes = 12;
constexpr size_t kRtcpClearBytes = 8;
constexpr uint32_t kEncryptedFlag = 0x80000000;
constexpr uint64_t kMaxIndex = (uint64_t{1} << 48) - 1;

// Replay windows by SSRC, in two flat arrays; the one used last is looked at first. Made only for authentic senders.
class Streams {
 public:
  explicit Streams(size_t max_streams) : max_streams_(max_streams) {}

  ReplayWindow* find(uint32_t ssrc) {
    if (last_ < ssrcs_.size() && ssrcs_[last_] == ssrc) return &windows_[last_];
    const auto found = std::find(ssrcs_.begin(), ssrcs_.end(), ssrc);
    if (found == ssrcs_.end()) return nullptr;
    last_ = static_cast<size_t>(found - ssrcs_.begin());
    return &windows_[last_];
  }
  bool full() const { return ssrcs_.size() >= max_streams_; }
  size_t size() const { return ssrcs_.size(); }
  void add(uint32_t ssrc, uint64_t first_index) {
    ssrcs_.push_back(ssrc);
    windows_.emplace_back(first_index);
  }
  void remove(uint32_t ssrc) {
    const auto found = std::find(ssrcs_.begin(), ssrcs_.end(), ssrc);
    if (found == ssrcs_.end()) return;
    windows_[static_cast<size_t>(found - ssrcs_.begin())] = windows_.back();
    *found = ssrcs_.back();
    ssrcs_.pop_back();
    windows_.pop_back();
  }

 private:
  std::vector<uint32_t> ssrcs_;
  std::vector<ReplayWindow> windows_;
  size_t max_streams_;
  size_t last_ = 0;
};

Unprotected refused(DropReason reason) { return {.drop = reason}; }

}  // namespace

class ReceiveState {
 public:
  ReceiveState(Profile profile, const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys, size_t max_streams)
      : rtp(profile, rtp_keys),
        rtcp(profile, rtcp_keys),
        rtp_streams(max_streams),
        rtcp_streams(max_streams) {}

  PacketCipher rtp;
  PacketCipher rtcp;
  Streams rtp_streams;
  Streams rtcp_streams;
};

Result<ReceiveContext> ReceiveContext::create(Profile profile, Bytes master_key, Bytes master_salt,
                                              size_t max_streams) {
  const auto rtp = derive_session_keys(profile, KeyUse::kRtp, master_key, master_salt);
  if (!rtp) return rtp.error();
  const auto rtcp = derive_session_keys(profile, KeyUse::kRtcp, master_key, master_salt);
  if (!rtcp) return rtcp.error();
  return ReceiveContext(std::make_unique<ReceiveState>(profile, rtp.value(), rtcp.value(), max_streams));
}

ReceiveContext::ReceiveContext(std::unique_ptr<ReceiveState> state) : state_(std::move(state)) {}
ReceiveContext::ReceiveContext(ReceiveContext&&) noexcept = default;
ReceiveContext& ReceiveContext::operator=(ReceiveContext&&) noexcept = default;
ReceiveContext::~ReceiveContext() = default;

Profile ReceiveContext::profile() const { return state_->rtp.profile(); }
size_t ReceiveContext::streams() const { return state_->rtp_streams.size(); }

Unprotected ReceiveContext::unprotect_rtp(MutableBytes packet, size_t header_length) {
  const size_t overhead = tag_bytes(profile());
  if (header_length < kRtpFixedHeaderBytes || packet.size() < header_length + overhead) {
    return refused(DropReason::kSrtpTooShort);
  }
  const uint16_t sequence = load_be16(packet.data() + 2);
  const uint32_t ssrc = load_be32(packet.data() + 8);
  ReplayWindow* window = state_->rtp_streams.find(ssrc);
  if (window == nullptr && state_->rtp_streams.full()) return refused(DropReason::kSrtpStreamLimit);
  const uint64_t index = window == nullptr ? sequence : estimate_index(window->highest(), sequence);
  if (index > kMaxIndex) return refused(DropReason::kSrtpIndexExhausted);
  if (window != nullptr) {
    const auto verdict = window->check(index);
    if (verdict == ReplayWindow::Verdict::kReplayed) return refused(DropReason::kSrtpReplayed);
    if (verdict == ReplayWindow::Verdict::kTooOld) return refused(DropReason::kSrtpTooOld);
  }
  if (!state_->rtp.open_rtp(packet, header_length, index)) return refused(DropReason::kSrtpAuthFailed);
  if (window != nullptr) {
    window->accept(index);
  } else {
    state_->rtp_streams.add(ssrc, index);
  }
  return {.length = static_cast<uint32_t>(packet.size() - overhead), .index = index};
}

Unprotected ReceiveContext::unprotect_rtcp(MutableBytes packet) {
  const size_t overhead = state_->rtcp.rtcp_overhead_bytes();
  if (packet.size() < kRtcpClearBytes + overhead) return refused(DropReason::kSrtcpTooShort);
  const uint32_t index_word = state_->rtcp.rtcp_index_word(packet);
  if ((index_word & kEncryptedFlag) == 0) return refused(DropReason::kSrtcpNotEncrypted);
  const uint32_t index = index_word & ~kEncryptedFlag;
  const uint32_t ssrc = load_be32(packet.data() + 4);
  ReplayWindow* window = state_->rtcp_streams.find(ssrc);
  if (window == nullptr && state_->rtcp_streams.full()) return refused(DropReason::kSrtcpStreamLimit);
  if (window != nullptr) {
    const auto verdict = window->check(index);
    if (verdict == ReplayWindow::Verdict::kReplayed) return refused(DropReason::kSrtcpReplayed);
    if (verdict == ReplayWindow::Verdict::kTooOld) return refused(DropReason::kSrtcpTooOld);
  }
  if (!state_->rtcp.open_rtcp(packet)) return refused(DropReason::kSrtcpAuthFailed);
  if (window != nullptr) {
    window->accept(index);
  } else {
    state_->rtcp_streams.add(ssrc, index);
  }
  return {.length = static_cast<uint32_t>(packet.size() - overhead), .index = index};
}

void ReceiveContext::forget(uint32_t ssrc) {
  state_->rtp_streams.remove(ssrc);
  state_->rtcp_streams.remove(ssrc);
}

}  // namespace chroom::srtp
