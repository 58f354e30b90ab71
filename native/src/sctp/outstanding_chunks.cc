#include "sctp/outstanding_chunks.h"

#include <algorithm>
#include <array>

#include "vocabulary/check.h"

namespace chroom::sctp {

OutstandingChunks::SackResult OutstandingChunks::on_sack(const SackChunk& sack, bool in_fast_recovery, Instant now) {
  SackResult result = on_cumulative_ack(sack.cumulative_tsn, now);
  if (result.fault != SackFault::kNone || chunks_.empty()) return result;
  if (sack.gap_block_count == 0 && acked_ == 0) return result;
  const uint32_t highest_newly_acked = apply_gap_blocks(sack, result, now);
  if (sack.gap_block_count > 0) {
    const uint32_t highest_reported = cumulative_acked_ + sack.gap_block(size_t{sack.gap_block_count} - 1).end;
    // RFC 9260, section 7.2.4: in fast recovery an advance counts against all that is reported missing.
    const bool all_reported = in_fast_recovery && result.cumulative_moved;
    count_misses(highest_newly_acked, highest_reported, all_reported, result, now);
  }
  advance_point();
  return result;
}

OutstandingChunks::SackResult OutstandingChunks::on_cumulative_ack(uint32_t cumulative_tsn, Instant now) {
  SackResult result;
  if (tsn_after(cumulative_acked_, cumulative_tsn)) {
    result.fault = SackFault::kStale;
  } else if (!tsn_after(next_tsn_, cumulative_tsn)) {
    result.fault = SackFault::kAcksUnsent;
  } else {
    release_up_to(cumulative_tsn, result, now);
    advance_point();
  }
  return result;
}

void OutstandingChunks::send_new(Fragment fragment, bool immediate, PacketWriter& packet, Instant now) {
  const uint32_t tsn = next_tsn_++;
  Sent chunk{std::move(fragment.message), fragment.offset, tsn, 1, fragment.length, fragment.flags, 0, State::kInFlight};
  write_data(chunk, tsn, immediate ? kDataFlagImmediate : 0, packet);
  flight_bytes_ += chunk.length;
  ++in_flight_or_lost_;
  chunks_.push_back(std::move(chunk));
  if (!probe_tsn_) {
    probe_tsn_ = tsn;
    probe_sent_at_ = now;
  }
}

size_t OutstandingChunks::next_lost_chunk_bytes(Instant now) {
  if (tsn_after(cumulative_acked_ + 1, lost_hint_tsn_)) lost_hint_tsn_ = cumulative_acked_ + 1;
  for (; lost_ > 0; ++lost_hint_tsn_) {
    const size_t index = lost_hint_tsn_ - cumulative_acked_ - 1;
    const Sent& chunk = chunks_[index];
    if (chunk.state != State::kLost) continue;
    if (!must_abandon(chunk, now)) return padded_to_4(kDataHeaderBytes + chunk.length);
    abandon_message_at(index);
    advance_point();
  }
  return 0;
}

bool OutstandingChunks::retransmit_next(PacketWriter& packet) {
  Sent& chunk = chunks_[lost_hint_tsn_ - cumulative_acked_ - 1];
  CHROOM_CHECK(chunk.state == State::kLost, "next_lost_chunk_bytes() found it just before");
  chunk.state = State::kInFlight;
  chunk.misses = 0;
  chunk.missing_floor_tsn = next_tsn_;
  ++chunk.transmissions;
  --lost_;
  ++retransmitted_;
  flight_bytes_ += chunk.length;
  write_data(chunk, lost_hint_tsn_, kDataFlagImmediate, packet);
  return lost_hint_tsn_ == cumulative_acked_ + 1;
}

void OutstandingChunks::mark_all_lost(Instant now) {
  const size_t count = chunks_.size();  // Giving up may append a placeholder.
  for (size_t i = 0; i < count; ++i) {
    if (chunks_[i].state == State::kInFlight) declare_lost(i, now);
  }
  advance_point();
}

void OutstandingChunks::abandon_begun(const OutgoingMessagePtr& message) {
  if (!chunks_.empty() && chunks_.back().message == message) {
    abandon_message_at(chunks_.size() - 1);
  } else {
    message->abandoned = true;
    ++abandoned_messages_;
    end_early(message);
  }
  advance_point();
}

bool OutstandingChunks::write_forward_tsn(PacketWriter& packet) {
  constexpr size_t kMaxStreams = 64;
  std::array<std::pair<uint16_t, uint16_t>, kMaxStreams> skipped;
  if (packet.room() < kChunkHeaderBytes + 4) return false;
  const size_t max_streams = std::min(kMaxStreams, (packet.room() - kChunkHeaderBytes - 4) / 4);
  size_t stream_count = 0;
  uint32_t tsn = cumulative_acked_;
  while (tsn != advanced_point_) {
    const OutgoingMessage& message = *chunks_[tsn - cumulative_acked_].message;
    if (message.ordered) {
      const auto used = skipped.begin() + static_cast<std::ptrdiff_t>(stream_count);
      const auto at = std::find_if(skipped.begin(), used, [&](const auto& s) { return s.first == message.stream_id; });
      if (at == used) {
        if (stream_count == max_streams) break;  // The rest follows with the next one.
        ++stream_count;
      }
      *at = {message.stream_id, message.ssn};
    }
    ++tsn;
  }
  if (tsn == cumulative_acked_) return false;
  uint8_t* p = packet.add_chunk(ChunkType::kForwardTsn, 0, 4 + stream_count * 4).data();
  store_be32(p, tsn);
  for (size_t i = 0; i < stream_count; ++i) {
    store_be16(p + 4 + i * 4, skipped[i].first);
    store_be16(p + 6 + i * 4, skipped[i].second);
  }
  return true;
}

bool OutstandingChunks::has_chunks_of(uint16_t stream_id) const {
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (chunks_[i].message->stream_id == stream_id) return true;
  }
  return false;
}

void OutstandingChunks::clear() {
  chunks_.clear();
  cumulative_acked_ = advanced_point_ = next_tsn_ - 1;
  flight_bytes_ = in_flight_or_lost_ = lost_ = acked_ = 0;
  probe_tsn_.reset();
  cut_short_.reset();
}

void OutstandingChunks::release_up_to(uint32_t cumulative_tsn, SackResult& result, Instant now) {
  result.cumulative_moved = cumulative_tsn != cumulative_acked_;
  while (cumulative_acked_ != cumulative_tsn) {
    Sent chunk = chunks_.pop_front();
    ++cumulative_acked_;
    if (chunk.state == State::kInFlight || chunk.state == State::kLost) {
      result.acked_bytes += chunk.length;
      leave_flight(chunk);
    } else if (chunk.state == State::kAcked) {
      --acked_;
    }
    check_probe(cumulative_acked_, result, now);
    released_.bytes += chunk.length;
    if ((chunk.flags & kDataFlagEnd) != 0) ++released_.messages;
  }
  if (tsn_after(cumulative_acked_, advanced_point_)) advanced_point_ = cumulative_acked_;
}

// Returns the highest TSN that this SACK acknowledged for the first time by a gap block.
uint32_t OutstandingChunks::apply_gap_blocks(const SackChunk& sack, SackResult& result, Instant now) {
  uint32_t highest = cumulative_acked_;
  size_t block = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const size_t offset = i + 1;
    while (block < sack.gap_block_count && sack.gap_block(block).end < offset) ++block;
    const bool reported = block < sack.gap_block_count && sack.gap_block(block).start <= offset;
    Sent& chunk = chunks_[i];
    if (reported && (chunk.state == State::kInFlight || chunk.state == State::kLost)) {
      result.acked_bytes += chunk.length;
      leave_flight(chunk);
      chunk.state = State::kAcked;
      ++acked_;
      highest = tsn_at(i);
      check_probe(highest, result, now);
    } else if (!reported && chunk.state == State::kAcked) {
      chunk.state = State::kInFlight;  // The peer took its word back (section 6.2.1); misses or T3 repair it.
      --acked_;
      ++in_flight_or_lost_;
      flight_bytes_ += chunk.length;
    }
  }
  return highest;
}

void OutstandingChunks::count_misses(uint32_t highest_newly_acked, uint32_t highest_reported, bool all_reported,
                                     SackResult& result, Instant now) {
  const size_t count = chunks_.size();
  for (size_t i = 0; i < count && tsn_after(highest_reported, tsn_at(i)); ++i) {
    Sent& chunk = chunks_[i];
    if (chunk.state != State::kInFlight) continue;
    const bool repeated = chunk.transmissions > 1;
    const bool missing = repeated ? !tsn_after(chunk.missing_floor_tsn, highest_newly_acked)
                                  : all_reported || tsn_after(highest_newly_acked, tsn_at(i));
    if (!missing || ++chunk.misses < kMissesUntilLost) continue;
    declare_lost(i, now);
    result.found_losses = true;
  }
}

void OutstandingChunks::leave_flight(Sent& chunk) {
  --in_flight_or_lost_;
  if (chunk.state == State::kLost) {
    --lost_;
  } else {
    flight_bytes_ -= chunk.length;
  }
}

void OutstandingChunks::check_probe(uint32_t tsn, SackResult& result, Instant now) {
  if (probe_tsn_ != tsn) return;
  result.round_trip = now - probe_sent_at_;
  probe_tsn_.reset();
}

void OutstandingChunks::declare_lost(size_t index, Instant now) {
  Sent& chunk = chunks_[index];
  if (probe_tsn_ == tsn_at(index)) probe_tsn_.reset();  // Karn's rule.
  if (must_abandon(chunk, now)) {
    abandon_message_at(index);
    return;
  }
  chunk.state = State::kLost;
  flight_bytes_ -= chunk.length;
  ++lost_;
  if (tsn_after(lost_hint_tsn_, tsn_at(index)) || lost_ == 1) lost_hint_tsn_ = tsn_at(index);
}

bool OutstandingChunks::must_abandon(const Sent& chunk, Instant now) const {
  const OutgoingMessage& message = *chunk.message;
  if (!partial_reliability_) return false;
  if (message.max_retransmits != OutgoingMessage::kReliable && chunk.transmissions > message.max_retransmits) return true;
  return message.expires_at <= now;
}

void OutstandingChunks::abandon_message_at(size_t index) {
  const OutgoingMessagePtr message = chunks_[index].message;
  size_t first = index;
  while (first > 0 && chunks_[first - 1].message == message) --first;
  size_t last = index;
  while (last + 1 < chunks_.size() && chunks_[last + 1].message == message) ++last;
  for (size_t i = first; i <= last; ++i) {
    if (probe_tsn_ == tsn_at(i)) probe_tsn_.reset();
    give_up(chunks_[i]);
  }
  if (message->abandoned) return;
  message->abandoned = true;
  ++abandoned_messages_;
  if (message->remaining_bytes() > 0) end_early(message);
}

void OutstandingChunks::give_up(Sent& chunk) {
  if (chunk.state == State::kInFlight || chunk.state == State::kLost) leave_flight(chunk);
  if (chunk.state == State::kAcked) --acked_;
  chunk.state = State::kAbandoned;
}

// A TSN that is never sent stands for the bytes that were not fragmented yet: FORWARD TSN then covers an end, and a
// receiver never sees the next message follow a half one without a hole.
void OutstandingChunks::end_early(const OutgoingMessagePtr& message) {
  const uint32_t tsn = next_tsn_++;
  chunks_.push_back(Sent{message, message->fragmented_bytes, tsn, 1, 0, kDataFlagEnd, 0, State::kAbandoned});
  cut_short_ = message;
}

void OutstandingChunks::advance_point() {
  size_t index = advanced_point_ - cumulative_acked_;
  while (index < chunks_.size() && chunks_[index].state == State::kAbandoned) ++index;
  advanced_point_ = cumulative_acked_ + static_cast<uint32_t>(index);
}

void OutstandingChunks::write_data(const Sent& chunk, uint32_t tsn, uint8_t extra_flags, PacketWriter& packet) const {
  const OutgoingMessage& message = *chunk.message;
  uint8_t* p = packet
                   .add_chunk(ChunkType::kData, static_cast<uint8_t>(chunk.flags | extra_flags),
                              kDataHeaderBytes - kChunkHeaderBytes + chunk.length)
                   .data();
  store_be32(p, tsn);
  store_be16(p + 4, message.stream_id);
  store_be16(p + 6, message.ordered ? message.ssn : 0);
  store_be32(p + 8, message.ppid);
  std::copy_n(message.payload->data() + chunk.offset, chunk.length, p + 12);
}

}  // namespace chroom::sctp
