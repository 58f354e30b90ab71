#include "sctp/received_tsns.h"

#include <algorithm>

namespace chroom::sctp {
namespace {

constexpr size_t kSackFixedBytes = 12;

}  // namespace

ReceivedTsns::Verdict ReceivedTsns::classify(uint32_t tsn) const {
  if (!tsn_after(tsn, cumulative_)) return Verdict::kDuplicate;
  if (tsn - cumulative_ > kMaxAhead) return Verdict::kOutOfWindow;
  const size_t index = first_range_ending_at_or_after(tsn);
  if (index < ranges_.size() && !tsn_after(ranges_[index].first, tsn)) return Verdict::kDuplicate;
  if (tsn == cumulative_ + 1 || ranges_.size() < kMaxRanges) return Verdict::kNew;
  const bool extends_next = index < ranges_.size() && ranges_[index].first == tsn + 1;
  const bool extends_previous = index > 0 && ranges_[index - 1].last + 1 == tsn;
  return extends_next || extends_previous ? Verdict::kNew : Verdict::kOutOfWindow;
}

void ReceivedTsns::add(uint32_t tsn) {
  if (tsn == cumulative_ + 1) {
    cumulative_ = tsn;
    absorb_front();
    return;
  }
  const size_t index = first_range_ending_at_or_after(tsn);
  const bool extends_next = index < ranges_.size() && ranges_[index].first == tsn + 1;
  const bool extends_previous = index > 0 && ranges_[index - 1].last + 1 == tsn;
  const auto at = ranges_.begin() + static_cast<std::ptrdiff_t>(index);
  if (extends_next && extends_previous) {
    ranges_[index - 1].last = ranges_[index].last;
    ranges_.erase(at);
  } else if (extends_next) {
    at->first = tsn;
  } else if (extends_previous) {
    ranges_[index - 1].last = tsn;
  } else {
    ranges_.insert(at, {tsn, tsn});
  }
}

void ReceivedTsns::note_duplicate(uint32_t tsn) {
  if (duplicates_.size() < kMaxDuplicates) duplicates_.push_back(tsn);
}

bool ReceivedTsns::skip_to(uint32_t tsn) {
  if (!tsn_after(tsn, cumulative_)) return false;
  cumulative_ = tsn;
  absorb_front();
  return true;
}

bool ReceivedTsns::write_sack(PacketWriter& packet, uint32_t window_bytes) {
  if (packet.room() < kChunkHeaderBytes + kSackFixedBytes) return false;
  const size_t slots = (packet.room() - kChunkHeaderBytes - kSackFixedBytes) / 4;
  const size_t blocks = std::min(ranges_.size(), slots);
  const size_t duplicates = std::min(duplicates_.size(), slots - blocks);
  uint8_t* p = packet.add_chunk(ChunkType::kSack, 0, kSackFixedBytes + (blocks + duplicates) * 4).data();
  store_be32(p, cumulative_);
  store_be32(p + 4, window_bytes);
  store_be16(p + 8, static_cast<uint16_t>(blocks));
  store_be16(p + 10, static_cast<uint16_t>(duplicates));
  p += kSackFixedBytes;
  for (size_t i = 0; i < blocks; ++i, p += 4) {
    store_be16(p, static_cast<uint16_t>(ranges_[i].first - cumulative_));
    store_be16(p + 2, static_cast<uint16_t>(ranges_[i].last - cumulative_));
  }
  for (size_t i = 0; i < duplicates; ++i, p += 4) store_be32(p, duplicates_[i]);
  duplicates_.clear();
  return true;
}

size_t ReceivedTsns::first_range_ending_at_or_after(uint32_t tsn) const {
  const auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                       [tsn](const Range& range) { return tsn_after(tsn, range.last); });
  return static_cast<size_t>(at - ranges_.begin());
}

// Ranges that the cumulative point reached or passed become part of it.
void ReceivedTsns::absorb_front() {
  size_t absorbed = 0;
  while (absorbed < ranges_.size() && !tsn_after(ranges_[absorbed].first, cumulative_ + 1)) {
    if (tsn_after(ranges_[absorbed].last, cumulative_)) cumulative_ = ranges_[absorbed].last;
    ++absorbed;
  }
  ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(absorbed));
  if (ranges_.empty() && ranges_.capacity() > 8) std::vector<Range>().swap(ranges_);
}

}  // namespace chroom::sctp
