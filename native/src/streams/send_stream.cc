#include "streams/send_stream.h"

#include <algorithm>

#include "rtp/rtx.h"
#include "rtp/sequence.h"

namespace chroom::streams {
namespace {

// How far back a receiver may ask. The histories of publications hold as many.
constexpr int64_t kResendWindow = 512;
// A clock-aligned timestamp further than this from the elapsed time is not believed (a broken sender report).
constexpr uint32_t kMaxAlignmentErrorSeconds = 5;

// Ticks of a clock between two NTP times; wraps like RTP timestamps do.
uint32_t ticks_between(uint64_t from_ntp, uint64_t to_ntp, uint32_t clock_rate_hz) {
  const auto difference = static_cast<int64_t>(to_ntp - from_ntp);
  const __int128 ticks = (static_cast<__int128>(difference) * clock_rate_hz) >> 32;
  return static_cast<uint32_t>(static_cast<int64_t>(ticks));
}

// Picture ids have 7 or 15 bits; the one meant is the nearest to `highest`.
int32_t unwrap_picture(uint16_t picture_id, bool wide, int32_t highest) {
  const int32_t cycle = wide ? 0x8000 : 0x80;
  int32_t distance = (picture_id - highest) & (cycle - 1);
  if (distance >= cycle / 2) distance -= cycle;
  return highest + distance;
}

}  // namespace

SendStream::SendStream(const SendStreamConfig& config)
    : config_ssrc_(config.ssrc),
      plan_(config.mid, config.extensions),
      payload_count_(static_cast<uint8_t>(std::min(config.payloads.size(), kMaxPayloadMappings))),
      video_(config.video),
      rtx_(config.rtx),
      first_rtx_(config.first_rtx_sequence & 0x7FFF),
      clock_rate_hz_(config.clock_rate_hz) {
  hot_.next_out = config.first_sequence & 0x7FFF;
  std::copy_n(config.payloads.begin(), payload_count_, payloads_.begin());
}

void SendStream::switch_to(uint8_t encoding, const PacketDescriptor& first,
                           const std::optional<SenderClock>& clock_before,
                           const std::optional<SenderClock>& clock_after, Instant now) {
  former_ = close_encoding();
  align_timestamp(first.header.timestamp, clock_before, clock_after, now);
  hot_.encoding = last_encoding_ = encoding;
  first_out_ = hot_.next_out;
  hot_.lowest_in = first.sequence;
  hot_.next_in = first.sequence;
  if (exceptions_) exceptions_->packets_left_out.restart(first.sequence);
  hot_.max_temporal = hot_.wanted_temporal;

  hot_.vp8 = first.codec == rtp::Codec::kVp8 && first.vp8.has_picture_id();
  if (!hot_.vp8) return;
  const int32_t next_picture_out = hot_.picture_next_in + hot_.picture_offset;
  hot_.picture_next_in = 0x8000 + first.vp8.picture_id;
  hot_.picture_offset = sent_any_ ? next_picture_out - hot_.picture_next_in : 0;
  hot_.tl0_offset = sent_any_ ? static_cast<uint8_t>(hot_.last_tl0 + 1 - first.vp8.tl0_picture_index) : 0;
  if (exceptions_) exceptions_->pictures_left_out.restart(hot_.picture_next_in);
}

SendStream::Former SendStream::close_encoding() {
  if (last_encoding_ == kNoEncoding) return {};
  Omissions<8>& left_out = exceptions().packets_left_out;
  left_out.update(hot_.next_in);
  const int64_t oldest = left_out.oldest(hot_.lowest_in, hot_.next_in);
  int64_t first_in = hot_.next_in;
  while (first_in > oldest && !left_out.contains(first_in - 1)) --first_in;
  const int64_t packets = std::min(hot_.next_in - first_in, hot_.next_out - first_out_);
  return {hot_.next_in - hot_.next_out, hot_.timestamp_offset,             hot_.picture_next_in, hot_.picture_offset,
          static_cast<uint16_t>(packets), hot_.tl0_offset, last_encoding_};
}

void SendStream::align_timestamp(uint32_t first, const std::optional<SenderClock>& before,
                                 const std::optional<SenderClock>& after, Instant now) {
  if (!sent_any_) {
    hot_.timestamp_offset = ideal_timestamp_offset_ = 0;
    return;
  }
  const uint32_t elapsed_ms = to_ms(now) - hot_.last_timestamp_at_ms;
  const auto elapsed_ticks = static_cast<uint32_t>(uint64_t{elapsed_ms} * clock_rate_hz_ / 1000);
  const uint32_t expected = hot_.last_timestamp + std::max(elapsed_ticks, 1u);
  uint32_t sent_as = expected;
  bool aligned = false;
  if (before && after) {
    const uint32_t by_clock = before->rtp_timestamp + ideal_timestamp_offset_ + (first - after->rtp_timestamp) +
                              ticks_between(before->ntp_time, after->ntp_time, clock_rate_hz_);
    const auto error = static_cast<int32_t>(by_clock - expected);
    aligned = std::abs(int64_t{error}) < int64_t{kMaxAlignmentErrorSeconds} * clock_rate_hz_;
    if (aligned) sent_as = by_clock;
  }
  ideal_timestamp_offset_ = sent_as - first;
  if (!rtp::is_newer_timestamp(sent_as, hot_.last_timestamp)) sent_as = hot_.last_timestamp + 1;
  hot_.timestamp_offset = sent_as - first;
  if (!aligned) ideal_timestamp_offset_ = hot_.timestamp_offset;
}

DropReason SendStream::forward(const buffer::PacketRef& packet, Instant now, EgressPacket& out) {
  const PacketDescriptor& descriptor = packet.descriptor<PacketDescriptor>();
  if (descriptor.sequence < hot_.lowest_in) return DropReason::kRouterTooOld;
  if (descriptor.header.payload_length == 0) {
    leave_out(descriptor);
    return DropReason::kRtpPaddingOnly;
  }
  if (!wants_temporal_layer(descriptor)) {
    leave_out(descriptor);
    return DropReason::kLayerNotWanted;
  }
  const PayloadMapping* mapping = mapping_of(descriptor.header.payload_type);
  if (mapping == nullptr) {
    leave_out(descriptor);
    return DropReason::kRtpUnknownPayloadType;
  }
  uint16_t picture_id = 0;
  uint8_t tl0 = 0;
  if (hot_.vp8 && !number_picture(descriptor, picture_id, tl0)) return DropReason::kRouterTooOld;

  int64_t sequence = 0;
  if (descriptor.sequence >= hot_.next_in) {
    sequence = hot_.next_out + (descriptor.sequence - hot_.next_in);
    hot_.next_in = descriptor.sequence + 1;
    hot_.next_out = sequence + 1;
  } else {
    sequence = number_late(descriptor.sequence);
    if (sequence < 0) return DropReason::kRouterTooOld;
  }
  const uint32_t timestamp = descriptor.header.timestamp + hot_.timestamp_offset;
  if (!sent_any_ || rtp::is_newer_timestamp(timestamp, hot_.last_timestamp)) {
    hot_.last_timestamp = timestamp;
    hot_.last_timestamp_at_ms = to_ms(now);
  }
  sent_any_ = true;

  out.packet = packet.share();
  out.plan = &plan_;
  out.fields = {};
  out.fields.ssrc = config_ssrc_;
  out.fields.payload_type = mapping->subscribed;
  out.fields.timestamp = timestamp;
  out.fields.sequence = static_cast<uint16_t>(sequence);
  out.fields.marker = descriptor.header.marker;
  out.rollover = static_cast<uint32_t>(sequence >> 16);
  out.audio = !video_;
  out.retransmission = false;
  out.head_length = 0;
  out.body_skip = 0;
  if (hot_.vp8) fill_payload_head(out, descriptor, descriptor.payload(packet), picture_id, tl0);

  const size_t bytes = rtp::kFixedHeaderBytes + out.payload_bytes();
  ++hot_.packets;
  hot_.bytes += bytes;
  return DropReason::kNone;
}

// Rises one layer at a time and only at a packet that says it depends on lower layers alone; falls at once, but never
// in the middle of a frame that was begun.
bool SendStream::wants_temporal_layer(const PacketDescriptor& descriptor) {
  const uint8_t layer = descriptor.temporal_layer;
  if (layer == kNoTemporalLayer || layer == 0) {
    const bool may_change = hot_.wanted_temporal < hot_.max_temporal || descriptor.starts_key_frame;
    if (may_change) hot_.max_temporal = hot_.wanted_temporal;
    return true;
  }
  if (layer > hot_.max_temporal && layer <= hot_.wanted_temporal && descriptor.layer_sync &&
      layer == hot_.max_temporal + 1 && descriptor.sequence >= hot_.next_in) {
    hot_.max_temporal = layer;
  }
  return layer <= hot_.max_temporal;
}

void SendStream::leave_out(const PacketDescriptor& descriptor) {
  if (descriptor.sequence < hot_.next_in) return;  // Late: its place is already a hole.
  exceptions().packets_left_out.add(descriptor.sequence, hot_.lowest_in, hot_.next_in);
  hot_.next_out += descriptor.sequence - hot_.next_in;
  hot_.next_in = descriptor.sequence + 1;
  if (!hot_.vp8 || !descriptor.vp8.has_picture_id() || descriptor.header.payload_length == 0) return;
  const int32_t picture = unwrap_picture(descriptor.vp8.picture_id, descriptor.vp8.wide_picture_id, hot_.picture_next_in);
  if (picture < hot_.picture_next_in) return;
  exceptions_->pictures_left_out.add(picture, 0, hot_.picture_next_in);
  hot_.picture_next_in = picture + 1;
  --hot_.picture_offset;
}

int64_t SendStream::number_late(int64_t sequence) {
  Omissions<8>& left_out = exceptions().packets_left_out;
  left_out.update(hot_.next_in);
  if (sequence < left_out.oldest(hot_.lowest_in, hot_.next_in) || left_out.contains(sequence)) return -1;
  return hot_.next_out - ((hot_.next_in - sequence) - left_out.count_since(sequence));
}

// False: the picture was left out, so this late piece of it must not be sent.
bool SendStream::number_picture(const PacketDescriptor& descriptor, uint16_t& picture_id, uint8_t& tl0) {
  const rtp::Vp8Descriptor& vp8 = descriptor.vp8;
  if (!vp8.has_picture_id()) return true;
  const int32_t picture = unwrap_picture(vp8.picture_id, vp8.wide_picture_id, hot_.picture_next_in);
  int32_t sent_as = picture + hot_.picture_offset;
  if (picture >= hot_.picture_next_in) {
    hot_.picture_next_in = picture + 1;
  } else if (descriptor.sequence < hot_.next_in) {
    Omissions<2>& left_out = exceptions().pictures_left_out;
    left_out.update(hot_.picture_next_in);
    if (picture < left_out.oldest(0, hot_.picture_next_in) || left_out.contains(picture)) return false;
    sent_as += static_cast<int32_t>(left_out.count_since(picture));
  }
  picture_id = static_cast<uint16_t>(sent_as & 0x7FFF);
  tl0 = static_cast<uint8_t>(vp8.tl0_picture_index + hot_.tl0_offset);
  if (static_cast<int8_t>(tl0 - hot_.last_tl0) > 0 || !sent_any_) hot_.last_tl0 = tl0;
  return true;
}

void SendStream::fill_payload_head(EgressPacket& out, const PacketDescriptor& descriptor, Bytes payload,
                                   uint16_t picture_id, uint8_t tl0) const {
  const rtp::Vp8Descriptor& vp8 = descriptor.vp8;
  if (descriptor.codec != rtp::Codec::kVp8 || !vp8.has_picture_id()) return;
  // Mostly, before the first switch, it is what was read: then the payload needs no joining.
  const bool same_picture = (picture_id & (vp8.wide_picture_id ? 0x7FFF : 0x7F)) == vp8.picture_id;
  if (same_picture && (!vp8.has_tl0_picture_index() || tl0 == vp8.tl0_picture_index)) return;
  const size_t length = rtp::rewrite_vp8(payload, descriptor.vp8, picture_id, tl0, descriptor.vp8.key_index,
                                         out.head.data() + out.head_length);
  out.head_length = static_cast<uint8_t>(out.head_length + length);
  out.body_skip = static_cast<uint8_t>(length);
}

std::optional<ResendSource> SendStream::find_for_resend(uint16_t sequence, RecentResends& recent, Instant now,
                                                        DropReason& reason) {
  Exceptions& kept = exceptions();
  ++kept.requests;
  if (!kept.budget.take_request(now)) {
    reason = DropReason::kNackLimited;
    return std::nullopt;
  }
  const std::optional<ResendSource> source = rtx_ ? source_of(sequence) : std::nullopt;
  if (!source) {
    reason = DropReason::kNackNotInHistory;
    return std::nullopt;
  }
  // Asked for again sooner than an answer can have come: the first answer is under way.
  const auto patience_ms = static_cast<uint16_t>(std::clamp<uint32_t>(round_trip_us_ / 2000, 5, 250));
  if (!recent.take(config_ssrc_, sequence, static_cast<uint16_t>(to_ms(now)), patience_ms)) {
    reason = DropReason::kNackLimited;
    return std::nullopt;
  }
  return source;
}

SendStream::Exceptions& SendStream::exceptions() {
  if (!exceptions_) exceptions_ = std::make_unique<Exceptions>(first_rtx_);
  return *exceptions_;
}

// forward() backwards: the number that was read for one that was sent.
std::optional<ResendSource> SendStream::source_of(uint16_t sequence) {
  const int64_t back = static_cast<uint16_t>(hot_.next_out - 1 - sequence);
  const int64_t out = hot_.next_out - 1 - back;
  if (!sent_any_ || back >= kResendWindow) return std::nullopt;
  if (out < first_out_) {
    if (former_.encoding == kNoEncoding || out < first_out_ - former_.packets) return std::nullopt;
    return ResendSource{out + former_.in_ahead, sequence, former_.encoding, true};
  }
  Omissions<8>& left_out = exceptions().packets_left_out;
  left_out.update(hot_.next_in);
  const int64_t oldest = left_out.oldest(hot_.lowest_in, hot_.next_in);
  // Goes down by what was left out in between, until that is all.
  const int64_t without_omissions = hot_.next_in - 1 - back;
  int64_t in = without_omissions;
  for (;;) {
    if (in < oldest) return std::nullopt;
    const int64_t next = without_omissions - left_out.count_since(in);
    if (next == in) return ResendSource{in, sequence, last_encoding_, false};
    in = next;
  }
}

bool SendStream::number_former_picture(const PacketDescriptor& descriptor, uint16_t& picture_id, uint8_t& tl0) const {
  const rtp::Vp8Descriptor& vp8 = descriptor.vp8;
  if (!vp8.has_picture_id()) return true;
  const int32_t picture = unwrap_picture(vp8.picture_id, vp8.wide_picture_id, former_.picture_next_in);
  picture_id = static_cast<uint16_t>((picture + former_.picture_offset) & 0x7FFF);
  tl0 = static_cast<uint8_t>(vp8.tl0_picture_index + former_.tl0_offset);
  return true;
}

bool SendStream::resend(const ResendSource& source, const buffer::PacketRef& packet, EgressPacket& out,
                        DropReason& reason) {
  const PacketDescriptor& descriptor = packet.descriptor<PacketDescriptor>();
  const PayloadMapping* mapping = mapping_of(descriptor.header.payload_type);
  if (mapping == nullptr || mapping->subscribed_rtx == 0) {
    reason = DropReason::kRtpUnknownPayloadType;
    return false;
  }
  uint16_t picture_id = 0;
  uint8_t tl0 = 0;
  const bool numbered = descriptor.codec != rtp::Codec::kVp8 ||
                        (source.before_switch ? number_former_picture(descriptor, picture_id, tl0)
                                              : number_picture(descriptor, picture_id, tl0));
  if (!numbered) {
    reason = DropReason::kNackNotInHistory;
    return false;
  }
  out.body_skip = 0;
  const auto original = rtp::rtx_payload_header(source.sent_as);
  std::copy(original.begin(), original.end(), out.head.begin());
  out.head_length = static_cast<uint8_t>(original.size());
  fill_payload_head(out, descriptor, descriptor.payload(packet), picture_id, tl0);
  out.packet = packet.share();
  const size_t bytes = rtp::kFixedHeaderBytes + out.payload_bytes();
  Exceptions& kept = exceptions();
  if (!kept.budget.take_bytes(bytes, hot_.bytes)) {
    out.packet.reset();
    reason = DropReason::kNackLimited;
    return false;
  }
  out.plan = &plan_;
  out.fields = {};
  out.fields.ssrc = rtx_ssrc();
  out.fields.payload_type = mapping->subscribed_rtx;
  out.fields.timestamp =
      descriptor.header.timestamp + (source.before_switch ? former_.timestamp_offset : hot_.timestamp_offset);
  out.fields.sequence = static_cast<uint16_t>(kept.next_rtx);
  out.fields.marker = descriptor.header.marker;
  out.rollover = static_cast<uint32_t>(kept.next_rtx >> 16);
  out.audio = !video_;
  out.retransmission = true;
  ++kept.next_rtx;
  kept.resent_bytes += bytes;
  return true;
}

const PayloadMapping* SendStream::mapping_of(uint8_t published_payload_type) const {
  for (size_t i = 0; i < payload_count_; ++i) {
    if (payloads_[i].published == published_payload_type) return &payloads_[i];
  }
  return nullptr;
}

}  // namespace chroom::streams
