#include "engine/link_path.h"

namespace chroom::engine {

using Kind = router::LinkMessage::Kind;

bool LinkPath::receive(Instant now) {
  bool more = false;
  last_import_ = nullptr;
  for (const WorkerLinks::Neighbour& neighbour : state_.links.neighbours) {
    more |= neighbour.from->drain(kMaxMessagesPerTurn, [&](router::LinkMessage& message) { take(neighbour, message, now); });
  }
  return more;
}

void LinkPath::take(const WorkerLinks::Neighbour& from, router::LinkMessage& message, Instant now) {
  switch (message.kind) {
    case Kind::kPacket:
    case Kind::kActive:
    case Kind::kMuted:
    case Kind::kClock:
    case Kind::kRestarted:
    case Kind::kEnded: return take_as_receiver(message, now);
    case Kind::kWant:
    case Kind::kInterest:
    case Kind::kUnwant:
    case Kind::kKeyFrame:
    case Kind::kNack: return take_as_publisher(from, message, now);
    case Kind::kData: {
      // A room that closed meanwhile has nobody to tell.
      const auto room = state_.rooms_by_key.find(message.track);
      if (room != state_.rooms_by_key.end()) data_.take_from_worker(*room->second, message.data, message.reliable, now);
    }
  }
}

void LinkPath::take_as_receiver(router::LinkMessage& message, Instant now) {
  Import* import = import_of(message.track);
  if (import == nullptr) {
    // Still under way when the last subscription ended.
    if (message.kind == Kind::kPacket) state_.counters.drop(DropReason::kNoSubscriber);
    return;
  }
  if (message.kind != Kind::kEnded) return state_.router.on_publisher_message(*import->media, message, state_.pool, now);
  last_import_ = nullptr;
  commands_.end_import(*import, now);
}

void LinkPath::take_as_publisher(const WorkerLinks::Neighbour& from, const router::LinkMessage& message, Instant now) {
  const auto found = state_.publications_by_key.find(message.track);
  if (found != state_.publications_by_key.end()) {
    return state_.router.on_receiver_message(*found->second->media, message, *from.to, now);
  }
  if (message.kind != Kind::kWant) return;
  // Unpublished while the subscription was under way.
  router::LinkMessage ended;
  ended.kind = Kind::kEnded;
  ended.track = message.track;
  from.to->push(std::move(ended));
}

Import* LinkPath::import_of(uint64_t key) {
  if (last_import_ != nullptr && last_import_->key == key) return last_import_;
  const auto found = state_.imports_by_key.find(key);
  last_import_ = found == state_.imports_by_key.end() ? nullptr : found->second;
  return last_import_;
}

}  // namespace chroom::engine
