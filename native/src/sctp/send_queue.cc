#include "sctp/send_queue.h"

#include <algorithm>

#include "sctp/wire.h"
#include "vocabulary/check.h"

namespace chroom::sctp {

void SendQueue::add_stream(uint16_t id) { streams_.push_back(Stream{id, 0, 0, {}}); }

void SendQueue::remove_stream(uint16_t id) {
  Stream* stream = find(id);
  if (stream == nullptr) return;
  const auto index = static_cast<size_t>(stream - streams_.data());
  while (!stream->messages.empty()) drop_front(*stream);
  if (index == turn_) current_begun_ = false;
  if (index < turn_) --turn_;
  streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(index));
}

void SendQueue::restart_stream(uint16_t id) {
  if (Stream* stream = find(id)) stream->next_ssn = 0;
}

void SendQueue::push(OutgoingMessagePtr message) {
  Stream* stream = find(message->stream_id);
  CHROOM_CHECK(stream != nullptr && !message->payload->empty(), "channels add their stream and replace empty messages");
  stream->bytes += message->payload->size();
  stream->messages.push_back(std::move(message));
  ++queued_messages_;
}

OutgoingMessagePtr SendQueue::next(Instant now) {
  if (streams_.empty()) return nullptr;
  if (current_begun_) return streams_[turn_].messages.front();
  for (size_t step = 0; step < streams_.size() && queued_messages_ > 0; ++step) {
    if (turn_ >= streams_.size()) turn_ = 0;
    Stream& stream = streams_[turn_];
    while (!stream.messages.empty() && stream.messages.front()->expires_at <= now) drop_front(stream);
    if (!stream.messages.empty()) return stream.messages.front();
    ++turn_;
  }
  return nullptr;
}

Fragment SendQueue::cut(size_t max_bytes) {
  Stream& stream = streams_[turn_];
  OutgoingMessage& message = *stream.messages.front();
  uint8_t flags = message.ordered ? 0 : kDataFlagUnordered;
  if (!current_begun_) {
    flags |= kDataFlagBegin;
    if (message.ordered) message.ssn = stream.next_ssn++;
    current_begun_ = true;
  }
  const size_t length = std::min({max_bytes, message.remaining_bytes(), size_t{0xFFFF}});
  Fragment fragment{stream.messages.front(), message.fragmented_bytes, static_cast<uint16_t>(length), flags};
  message.fragmented_bytes += static_cast<uint32_t>(length);
  stream.bytes -= length;
  if (message.remaining_bytes() == 0) {
    fragment.flags |= kDataFlagEnd;
    stream.messages.pop_front();
    --queued_messages_;
    current_begun_ = false;
    ++turn_;
  }
  return fragment;
}

void SendQueue::forget_current() {
  CHROOM_CHECK(current_begun_, "only a begun message that still has bytes is forgotten");
  Stream& stream = streams_[turn_];
  stream.bytes -= stream.messages.front()->remaining_bytes();
  stream.messages.pop_front();
  --queued_messages_;
  current_begun_ = false;
  ++turn_;
}

void SendQueue::discard(uint16_t stream_id) {
  Stream* stream = find(stream_id);
  if (stream == nullptr) return;
  const bool keeps_front = current_begun_ && stream == &streams_[turn_];
  OutgoingMessagePtr begun;
  if (keeps_front) begun = stream->messages.pop_front();
  while (!stream->messages.empty()) drop_front(*stream);
  if (keeps_front) stream->messages.push_back(std::move(begun));
}

void SendQueue::clear() {
  streams_.clear();
  turn_ = 0;
  current_begun_ = false;
  queued_messages_ = 0;
}

size_t SendQueue::stream_bytes(uint16_t id) const {
  const Stream* stream = find(id);
  return stream == nullptr ? 0 : stream->bytes;
}

bool SendQueue::stream_empty(uint16_t id) const {
  const Stream* stream = find(id);
  return stream == nullptr || stream->messages.empty();
}

SendQueue::Dropped SendQueue::take_dropped() { return std::exchange(dropped_, Dropped{}); }

SendQueue::Stream* SendQueue::find(uint16_t id) {
  const auto at = std::find_if(streams_.begin(), streams_.end(), [id](const Stream& s) { return s.id == id; });
  return at == streams_.end() ? nullptr : &*at;
}

void SendQueue::drop_front(Stream& stream) {
  const OutgoingMessagePtr message = stream.messages.pop_front();
  stream.bytes -= message->remaining_bytes();
  --queued_messages_;
  ++dropped_.messages;
  dropped_.bytes += message->remaining_bytes();
}

}  // namespace chroom::sctp
