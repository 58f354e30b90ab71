#include "congestion/feedback_generator.h"

#include <algorithm>

namespace chroom::congestion {
namespace {
constexpr size_t kUsefulRoomBytes = 256;
}  // namespace

FeedbackGenerator::FeedbackGenerator(uint32_t sender_ssrc)
    : arrivals_(std::make_unique<std::array<int64_t, kWindow>>()),
      scratch_(std::make_unique<std::array<int64_t, kWindow>>()),
      sender_ssrc_(sender_ssrc) {
  arrivals_->fill(rtcp::kNotReceived);
}

void FeedbackGenerator::on_packet(uint16_t transport_sequence, uint32_t media_ssrc, Instant arrival) {
  media_ssrc_ = media_ssrc;
  if (next_ < 0) {
    next_ = base_ = 0x10000 + transport_sequence;
  }
  const auto distance = static_cast<int16_t>(static_cast<uint16_t>(transport_sequence - static_cast<uint16_t>(next_)));
  const int64_t sequence = next_ + distance;
  if (sequence >= next_) {
    advance_to(sequence);
  } else if (sequence <= next_ - kWindow || arrival_of(sequence) != rtcp::kNotReceived) {
    return;  // Too old to tell, or a duplicate: the first arrival counts.
  }
  arrival_of(sequence) = arrival.time_since_epoch().count();
  // A packet that came after its number was reported missing is told again, with all that followed it.
  base_ = std::min(base_, sequence);
  if (deadline_ == kNever) deadline_ = arrival + kInterval;
  if (next_ - base_ >= kEagerPackets) deadline_ = std::min(deadline_, arrival);
}

void FeedbackGenerator::advance_to(int64_t sequence) {
  if (sequence - next_ >= kWindow) {
    arrivals_->fill(rtcp::kNotReceived);
    base_ = sequence;
  } else {
    for (int64_t i = next_; i <= sequence; ++i) arrival_of(i) = rtcp::kNotReceived;
  }
  next_ = sequence + 1;
  base_ = std::max(base_, next_ - kWindow);
}

bool FeedbackGenerator::write(rtcp::Writer& out, Instant now) {
  if (now < deadline_) return false;
  while (base_ < next_ && arrival_of(base_) == rtcp::kNotReceived) ++base_;
  if (base_ >= next_) {
    deadline_ = kNever;
    return false;
  }
  const auto count = static_cast<size_t>(next_ - base_);
  for (size_t i = 0; i < count; ++i) (*scratch_)[i] = arrival_of(base_ + static_cast<int64_t>(i));
  const rtcp::FeedbackWritten written = rtcp::write_transport_feedback(
      out.rest(), sender_ssrc_, media_ssrc_, feedback_count_, static_cast<uint16_t>(base_), {scratch_->data(), count});
  if (written.length == 0 || written.packets == 0) {
    // With room for a message of any kind this cannot be told at all: forget it rather than try for ever.
    if (out.rest().size() >= kUsefulRoomBytes) {
      base_ = next_;
      deadline_ = kNever;
    }
    return false;
  }
  out.advance(written.length);
  ++feedback_count_;
  base_ += static_cast<int64_t>(written.packets);
  if (base_ >= next_) deadline_ = kNever;
  return true;
}

}  // namespace chroom::congestion
