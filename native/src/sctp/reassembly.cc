#include "sctp/reassembly.h"

#include <algorithm>

namespace chroom::sctp {

bool Reassembly::add(const DataChunk& chunk) {
  if (chunk.payload.size() > max_message_bytes_) return false;
  if (!chunk.begins() || !chunk.ends()) return add_fragment(chunk);
  deliver(chunk.unordered(), chunk.ssn,
          {chunk.stream_id, chunk.ppid, std::vector<uint8_t>(chunk.payload.begin(), chunk.payload.end())});
  return true;
}

void Reassembly::prune(uint32_t cumulative_tsn) {
  while (!runs_.empty()) {
    const auto run = runs_.begin();
    if (tsn_after(run->first, cumulative_tsn + 1)) return;
    // Its predecessor is in and did not join, or its successor is in and did not join.
    const bool hopeless = !run->second.begins || !tsn_after(run->second.next_tsn, cumulative_tsn);
    if (!hopeless) return;
    erase_run(run);
  }
}

void Reassembly::skip_ordered(uint16_t stream_id, uint16_t ssn) {
  Stream& target = stream(stream_id);
  if (ssn_after(target.next_ssn, ssn)) return;
  while (!target.waiting.empty() && !ssn_after(target.waiting.begin()->first, ssn)) {
    auto node = target.waiting.extract(target.waiting.begin());
    buffered_bytes_ -= node.mapped().bytes.size() + kOverheadBytes;
    ready_.push_back(std::move(node.mapped()));
  }
  target.next_ssn = static_cast<uint16_t>(ssn + 1);
  deliver_waiting(target);
}

void Reassembly::reset_stream(uint16_t stream_id) {
  Stream* target = find_stream(stream_id);
  if (target == nullptr) return;
  drop_waiting(*target);
  streams_.erase(streams_.begin() + (target - streams_.data()));
}

void Reassembly::reset_all_streams() {
  for (Stream& each : streams_) drop_waiting(each);
  streams_.clear();
}

bool Reassembly::add_fragment(const DataChunk& chunk) {
  const auto continues = [&chunk](const Run& run) {
    return run.stream_id == chunk.stream_id && run.ssn == chunk.ssn && run.unordered == chunk.unordered();
  };
  auto after = runs_.upper_bound(chunk.tsn);
  auto run = runs_.end();
  if (after != runs_.begin()) {
    const auto before = std::prev(after);
    const Run& candidate = before->second;
    if (candidate.next_tsn == chunk.tsn && !candidate.ends && !chunk.begins() && continues(candidate)) run = before;
  }
  if (run == runs_.end()) {
    run = runs_.emplace_hint(after, chunk.tsn,
                             Run{chunk.tsn, chunk.stream_id, chunk.ssn, chunk.ppid, chunk.unordered(), chunk.begins(),
                                 false, {}});
    buffered_bytes_ += kOverheadBytes;
  }
  Run& joined = run->second;
  joined.bytes.insert(joined.bytes.end(), chunk.payload.begin(), chunk.payload.end());
  buffered_bytes_ += chunk.payload.size();
  joined.next_tsn = chunk.tsn + 1;
  joined.ends = chunk.ends();

  if (!joined.ends && after != runs_.end() && after->first == joined.next_tsn && !after->second.begins &&
      continues(after->second)) {
    Run& tail = after->second;
    joined.bytes.insert(joined.bytes.end(), tail.bytes.begin(), tail.bytes.end());
    joined.next_tsn = tail.next_tsn;
    joined.ends = tail.ends;
    buffered_bytes_ += tail.bytes.size();  // erase_run() takes it off again: the bytes moved, they did not go.
    erase_run(after);
  }
  if (joined.bytes.size() > max_message_bytes_) return false;
  if (joined.begins && joined.ends) {
    Run whole = std::move(joined);
    buffered_bytes_ -= whole.bytes.size() + kOverheadBytes;
    runs_.erase(run);
    deliver(whole.unordered, whole.ssn, {whole.stream_id, whole.ppid, std::move(whole.bytes)});
  }
  return true;
}

void Reassembly::deliver(bool unordered, uint16_t ssn, AssembledMessage message) {
  if (unordered) {
    ready_.push_back(std::move(message));
    return;
  }
  Stream& target = stream(message.stream_id);
  if (ssn == target.next_ssn) {
    ready_.push_back(std::move(message));
    ++target.next_ssn;
    deliver_waiting(target);
  } else if (ssn_after(ssn, target.next_ssn)) {
    const size_t cost = message.bytes.size() + kOverheadBytes;
    if (target.waiting.emplace(ssn, std::move(message)).second) buffered_bytes_ += cost;
  }  // Otherwise its turn was skipped.
}

void Reassembly::deliver_waiting(Stream& target) {
  while (!target.waiting.empty() && target.waiting.begin()->first == target.next_ssn) {
    auto node = target.waiting.extract(target.waiting.begin());
    buffered_bytes_ -= node.mapped().bytes.size() + kOverheadBytes;
    ready_.push_back(std::move(node.mapped()));
    ++target.next_ssn;
  }
}

void Reassembly::drop_waiting(Stream& target) {
  for (const auto& [ssn, message] : target.waiting) buffered_bytes_ -= message.bytes.size() + kOverheadBytes;
  target.waiting.clear();
}

void Reassembly::erase_run(Runs::iterator run) {
  buffered_bytes_ -= run->second.bytes.size() + kOverheadBytes;
  runs_.erase(run);
}

Reassembly::Stream* Reassembly::find_stream(uint16_t id) {
  const auto at = std::partition_point(streams_.begin(), streams_.end(), [id](const Stream& s) { return s.id < id; });
  return at != streams_.end() && at->id == id ? &*at : nullptr;
}

Reassembly::Stream& Reassembly::stream(uint16_t id) {
  const auto at = std::partition_point(streams_.begin(), streams_.end(), [id](const Stream& s) { return s.id < id; });
  if (at != streams_.end() && at->id == id) return *at;
  return *streams_.insert(at, Stream{id, 0, {}});
}

}  // namespace chroom::sctp
