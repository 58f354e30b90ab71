#include "engine/egress.h"

#include <algorithm>
#include <cstring>

namespace chroom::engine {

namespace {

// A retransmission is of the layer that it repairs.
bool is_upper_video(const streams::EgressPacket& packet) {
  return !packet.audio && packet.packet.descriptor<streams::PacketDescriptor>().upper_layer;
}

}  // namespace

Egress::Egress(WorkerState& state, std::vector<TransportAddress> sockets)
    : state_(state), memory_(new uint8_t[kMemoryBytes]), pending_(sockets.size()), sockets_(std::move(sockets)) {
  for (Pending& pending : pending_) {
    pending.runs.reserve(1024);
    pending.owners.reserve(1024);
  }
}

size_t Egress::socket_of(const TransportAddress& local) const {
  for (size_t i = 1; i < sockets_.size(); ++i) {
    if (sockets_[i] == local) return i;
  }
  return 0;
}

void Egress::push(const ice::Path& path, Bytes bytes, size_t segment_bytes, Owner owner) {
  Pending& pending = pending_[socket_of(path.local)];
  pending.runs.push_back({path.remote, bytes, static_cast<uint16_t>(segment_bytes), false});
  pending.owners.push_back(owner);
}

// After the kernel took the first `taken` runs.
void Egress::settle(Pending& pending, size_t taken, Instant now) {
  for (size_t r = 0; r < pending.runs.size(); ++r) {
    const net::DatagramRun& run = pending.runs[r];
    const Owner& owner = pending.owners[r];
    if (run.unsegmented && owner.peer != nullptr) owner.peer->single_sends_until = now + kSingleSends;
    if (r >= taken) drop(pending.backlog.keep(run, owner.content, now));
  }
  pending.runs.clear();
  pending.owners.clear();
}

Instant Egress::next_deadline() const {
  Instant next = kNever;
  for (const Pending& pending : pending_) next = std::min(next, pending.backlog.next_deadline());
  return next;
}

void Egress::add_control_datagrams() {
  for (const session::Outbox::Entry& entry : state_.outbox.entries()) push(entry.path, entry.bytes, entry.bytes.size(), {nullptr, {SendRank::kControl}});
}

void Egress::add_rtcp(Peer& peer, Bytes compound) {
  const ice::Path* path = peer.transport.media_path();
  srtp::SendContext* srtp = peer.transport.srtp_send();
  if (path == nullptr || srtp == nullptr) return state_.counters.drop(DropReason::kReceiverNotReady);
  // RTCP leaves by the outbox: it is as rare as control, and the run memory belongs to media.
  const MutableBytes out = state_.outbox.reserve();
  if (out.size() < compound.size() + srtp->rtcp_overhead_bytes()) return state_.counters.drop(DropReason::kSendBufferFull);
  std::memcpy(out.data(), compound.data(), compound.size());
  const size_t length = srtp->protect_rtcp(out, compound.size());
  if (length == 0) return state_.counters.drop(DropReason::kSrtpProtectFailed);
  state_.outbox.commit(*path, length);
}

void Egress::fetch_ahead(const router::MediaTransport& next, size_t turns) {
  Peer& peer = *static_cast<Peer*>(next.owner());
  const srtp::SendContext* srtp = turns < 3 ? peer.transport.srtp_send() : nullptr;
  switch (turns) {
    case 4: return next.prefetch_run();
    case 3:
      __builtin_prefetch(&peer.single_sends_until);
      return peer.transport.prefetch();
    case 2:
      next.prefetch_history();
      __builtin_prefetch(peer.transport.media_path());
      if (srtp != nullptr) srtp->prefetch_state();
      return;
    default:
      if (srtp != nullptr) srtp->prefetch_key();
  }
}

// A run takes packets while each is as large as the first (with up to kMaxPadding added); a smaller one may end it.
size_t Egress::add_run(Peer& peer, std::span<streams::EgressPacket> packets, Instant now) {
  const ice::Path* path = peer.transport.media_path();
  srtp::SendContext* srtp = peer.transport.srtp_send();
  if (path == nullptr || srtp == nullptr) {
    state_.counters.drop(DropReason::kReceiverNotReady, packets.size());
    return packets.size();
  }
  const size_t most = now < peer.single_sends_until ? 1 : std::min(packets.size(), net::UdpSocket::kMaxSegments);
  // The largest payload within reach of the first decides how far the others are padded.
  size_t largest = packets[0].payload_bytes();
  for (size_t i = 1; i < most; ++i) {
    const size_t bytes = packets[i].payload_bytes();
    if (bytes > largest && bytes - packets[0].payload_bytes() <= kMaxPadding) largest = bytes;
    if (bytes + kMaxPadding < largest) break;
  }
  uint8_t* start = memory_.get() + used_;
  size_t stride = 0;
  size_t length = 0;
  size_t taken = 0;
  size_t sent = 0;
  RunContent content{SendRank::kVideo};
  while (taken < most) {
    const Written written = write_packet(peer, *srtp, packets[taken], stride, largest, now);
    if (!written.fits) break;
    length += written.bytes;
    if (written.bytes != 0) {
      ++sent;
      if (packets[taken].audio) content.rank = SendRank::kAudio;
      content.upper = static_cast<uint16_t>(content.upper << 1 | is_upper_video(packets[taken]));
    }
    ++taken;
    if (stride == 0) stride = written.bytes;
    if (written.bytes < stride && written.bytes != 0) break;
  }
  if (length > 0) {
    push(*path, {start, length}, stride, {&peer, content});
    state_.counters.add(Counter::kRtpPacketsSent, sent);
    state_.counters.add(Counter::kRtpBytesSent, length);
    ++media_runs_;
  }
  return taken;
}

Egress::Written Egress::write_packet(Peer& peer, srtp::SendContext& srtp, streams::EgressPacket& packet, size_t stride,
                                     size_t first_payload_bytes, Instant now) {
  const MutableBytes out(memory_.get() + used_, kMaxPacketBytes);
  packet.fields.abs_send_time = abs_send_time_;
  const rtp::EgressHeader header = streams::write_header(out, packet);
  const size_t payload_bytes = packet.payload_bytes();
  const size_t bytes = header.length + payload_bytes + srtp.rtp_overhead_bytes();
  if (header.length == 0 || bytes + kMaxPadding > kMaxPacketBytes) {
    state_.counters.drop(DropReason::kRunTooLong);
    return {};
  }
  if (stride != 0 && bytes > stride) return {0, false};
  const size_t missing = stride == 0 ? first_payload_bytes - payload_bytes : stride - bytes;
  const size_t padding = missing <= kMaxPadding ? missing : 0;
  if (padding > 0) out[0] |= 0x20;  // The P bit (RFC 3550 section 5.1).
  if (header.transport_sequence_offset != 0) {
    store_be16(out.data() + header.transport_sequence_offset, peer.media->number_packet(bytes + padding, now));
  }
  const srtp::PayloadParts parts{packet.payload_head(), packet.payload_body(), static_cast<uint8_t>(padding)};
  const size_t length = srtp.protect_rtp(out, header.length, parts, packet.rollover, &unsigned_);
  if (length == 0) {
    state_.counters.drop(DropReason::kSrtpProtectFailed);
    return {};
  }
  used_ += length;
  if (padding > 0) state_.counters.add(Counter::kRunPaddingBytes, padding);
  return {length, true};
}

}  // namespace chroom::engine
