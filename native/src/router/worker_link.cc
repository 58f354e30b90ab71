#include "router/worker_link.h"

#include <utility>

namespace chroom::router {

bool WorkerLink::try_push(LinkMessage&& message) {
  if (!waiting_.empty()) return false;
  if (room() <= kReserve) reclaim();
  if (room() <= kReserve) return false;
  const size_t data_bytes = message.data ? message.data->size() : 0;
  if (data_bytes_ + data_bytes > kMaxDataBytes) reclaim();
  if (data_bytes_ + data_bytes > kMaxDataBytes) return false;
  put(std::move(message));
  return true;
}

void WorkerLink::push(LinkMessage&& message) {
  if (room() == 0) reclaim();
  if (room() == 0 || !waiting_.empty()) {
    waiting_.push_back(std::move(message));
  } else {
    put(std::move(message));
  }
}

bool WorkerLink::publish() {
  if (reclaimed_ != written_) reclaim();
  while (!waiting_.empty() && room() > 0) {
    put(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (tail_.load(std::memory_order_relaxed) == written_) return false;
  // Sequentially consistent with the consumer's announcement that it goes to sleep: either it sees this, or we see that.
  tail_.store(written_, std::memory_order_seq_cst);
  return true;
}

void WorkerLink::clear() {
  head_.store(written_, std::memory_order_relaxed);
  tail_.store(written_, std::memory_order_relaxed);
  reclaim();
  waiting_.clear();
}

void WorkerLink::put(LinkMessage&& message) {
  if (!slots_) slots_ = std::make_unique<LinkMessage[]>(kCapacity);
  if (message.data) data_bytes_ += message.data->size();
  slot(written_++) = std::move(message);
}

void WorkerLink::reclaim() {
  const uint64_t head = head_.load(std::memory_order_acquire);
  for (; reclaimed_ != head; ++reclaimed_) {
    LinkMessage& done = slot(reclaimed_);
    done.packet.reset();
    if (!done.data) continue;
    data_bytes_ -= done.data->size();
    done.data.reset();
  }
}

}  // namespace chroom::router
