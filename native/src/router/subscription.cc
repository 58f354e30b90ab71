#include "router/subscription.h"

#include <algorithm>

#include "router/router.h"

namespace chroom::router {

using streams::kNoEncoding;

Subscription::Subscription(const SubscribeConfig& config, const streams::SendStreamConfig& stream,
                           PublishedTrack& track, MediaTransport& receiver)
    : stream_(stream),
      track_(track),
      receiver_(receiver),
      max_fps_(config.max_fps),
      max_quality_(config.max_quality),
      paused_(config.paused),
      mid_length_(static_cast<uint8_t>(std::min(config.mid.size(), mid_.size()))) {
  config.mid.copy(mid_.data(), mid_length_);
}

void DeleteSubscription::operator()(Subscription* subscription) const {
  std::pmr::polymorphic_allocator<>(&subscription->receiver_.router_.subscription_memory_).delete_object(subscription);
}

void Subscription::on_packet(const buffer::PacketRef& packet, const streams::PacketDescriptor& descriptor, Instant now,
                             Counters& counters) {
  if (descriptor.encoding == stream_.encoding()) {
    send(packet, now, counters);
    return;
  }
  if (descriptor.encoding != stream_.wanted_encoding()) {
    counters.drop(paused_                ? DropReason::kSubscriptionPaused
                  : !receiver_.ready() ? DropReason::kReceiverNotReady
                                       : DropReason::kLayerNotWanted);
    return;
  }
  if (track_.video() && !descriptor.starts_key_frame) {
    counters.drop(DropReason::kWaitingForKeyFrame);
    return;
  }
  switch_to(packet, descriptor, now, counters);
}

void Subscription::switch_to(const buffer::PacketRef& packet, const streams::PacketDescriptor& descriptor, Instant now,
                             Counters& counters) {
  const uint8_t encoding = descriptor.encoding;
  const uint8_t before = stream_.last_encoding();
  std::optional<streams::SenderClock> clock_before;
  if (before != kNoEncoding) clock_before = track_.encoding(before).stream.sender_clock();
  stream_.switch_to(encoding, descriptor, clock_before, track_.encoding(encoding).stream.sender_clock(), now);
  if (before != encoding) {
    counters.add(Counter::kLayerSwitches);
    receiver_.router_.add_event({.kind = RouterEvent::Kind::kLayerChanged,
                                 .quality = track_.encoding(encoding).config.quality,
                                 .track = track_.key(),
                                 .subscription = this});
  }
  send(packet, now, counters);
  send_following(encoding, descriptor.sequence, now, counters);
}

// Pieces of the key frame that overtook its first packet are there already: without them the switch would begin with a
// hole that nobody fills.
void Subscription::send_following(uint8_t encoding, int64_t after, Instant now, Counters& counters) {
  const streams::PacketHistory& history = track_.encoding(encoding).stream.history();
  for (int64_t sequence = after + 1; sequence <= history.newest(); ++sequence) {
    if (const buffer::PacketRef* packet = history.find(sequence)) send(*packet, now, counters);
  }
}

void Subscription::send(const buffer::PacketRef& packet, Instant now, Counters& counters) {
  streams::EgressPacket* out = receiver_.reserve(track_.video(), packet.descriptor<streams::PacketDescriptor>().upper_layer);
  if (out == nullptr) {
    counters.drop(DropReason::kPacerQueueFull);
    return;
  }
  const DropReason reason = stream_.forward(packet, now, *out);
  if (reason == DropReason::kNone) {
    receiver_.on_egress();
    return;
  }
  receiver_.cancel_reserved();
  counters.drop(reason);
}

void Subscription::evaluate(Instant now) {
  if (paused_ || track_.muted() || !receiver_.ready()) {
    stream_.stop();
    stream_.set_wanted_encoding(kNoEncoding);
    return;
  }
  const uint8_t wanted = track_.choose_encoding(max_quality_);
  if (wanted == kNoEncoding) return;  // Nothing is active: what was sent last may come back.
  if (track_.imported() && wanted != stream_.wanted_encoding()) track_.publisher().note_interest(now);
  stream_.set_wanted_encoding(wanted);
  stream_.set_max_temporal_layer(track_.choose_temporal_layer(wanted, max_fps_, now));
  if (wanted == stream_.encoding() || !track_.video()) return;
  track_.encoding(wanted).stream.request_key_frame(now);
  track_.publisher().note_feedback(track_.encoding(wanted).stream);
}

void Subscription::update(bool paused, uint8_t max_quality, uint16_t max_fps, Instant now) {
  paused_ = paused;
  max_quality_ = max_quality;
  max_fps_ = max_fps;
  evaluate(now);
}

void Subscription::on_nack(uint16_t sequence, Instant now, Counters& counters) {
  DropReason reason = DropReason::kNackNotInHistory;
  const std::optional<streams::ResendSource> source = stream_.find_for_resend(sequence, receiver_.recent_resends(), now, reason);
  const buffer::PacketRef* packet =
      source ? track_.encoding(source->encoding).stream.history().find(source->sequence) : nullptr;
  if (packet == nullptr) {
    counters.drop(reason);
    return;
  }
  streams::EgressPacket* out = receiver_.reserve(track_.video(), packet->descriptor<streams::PacketDescriptor>().upper_layer);
  if (out == nullptr) {
    counters.drop(DropReason::kPacerQueueFull);
    return;
  }
  if (stream_.resend(*source, *packet, *out, reason)) {
    counters.add(Counter::kRtxPacketsSent);
    receiver_.on_egress();
    return;
  }
  receiver_.cancel_reserved();
  counters.drop(reason);
}

void Subscription::on_key_frame_request(Instant now, Counters& counters) {
  stream_.count_key_frame_request();
  const uint8_t encoding = stream_.encoding() != kNoEncoding ? stream_.encoding() : stream_.wanted_encoding();
  if (encoding == kNoEncoding) return;
  const bool is_first = track_.encoding(encoding).stream.request_key_frame(now);
  if (!is_first) counters.drop(DropReason::kKeyFrameRequestThrottled);
  track_.publisher().note_feedback(track_.encoding(encoding).stream);
}

uint8_t Subscription::current_quality() const {
  const uint8_t encoding = stream_.encoding();
  return encoding == kNoEncoding ? kNoEncoding : track_.encoding(encoding).config.quality;
}

}  // namespace chroom::router
