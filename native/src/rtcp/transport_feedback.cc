#include "rtcp/transport_feedback.h"

#include <algorithm>
#include <array>

namespace chroom::rtcp {
namespace {

constexpr size_t kFixedBytes = 16;  // two SSRCs, base, count, reference time, feedback count
constexpr int64_t kTicksPerReference = kReferenceTickUs / kDeltaTickUs;

// Packet status symbols (section 3.1.1).
constexpr uint8_t kLost = 0;
constexpr uint8_t kSmallDelta = 1;
constexpr uint8_t kLargeDelta = 2;

// Chunks (sections 3.1.3 and 3.1.4).
constexpr uint16_t kVectorBit = 0x8000;
constexpr uint16_t kTwoBitSymbols = 0x4000;
constexpr size_t kOneBitCapacity = 14;
constexpr size_t kTwoBitCapacity = 7;
constexpr size_t kMaxRun = 0x1FFF;

size_t chunk_capacity(uint16_t chunk) {
  if ((chunk & kVectorBit) == 0) return chunk & kMaxRun;
  return (chunk & kTwoBitSymbols) != 0 ? kTwoBitCapacity : kOneBitCapacity;
}

// `left`: how many symbols of the chunk come after this one.
uint8_t chunk_symbol(uint16_t chunk, size_t left) {
  if ((chunk & kVectorBit) == 0) return chunk >> 13 & 3;
  return (chunk & kTwoBitSymbols) != 0 ? chunk >> (2 * left) & 3 : chunk >> left & 1;
}

// What the writer says about each packet, found before anything is written.
struct Statuses {
  std::array<uint8_t, kMaxFeedbackPackets> symbols;
  size_t count = 0;
  size_t delta_bytes = 0;
  int64_t reference = 0;  // in 64 ms
};

int64_t floor_divide(int64_t value, int64_t divisor) {
  return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

// As many packets as fit `room` and the range of a delta; those after the last received one are lost.
void collect(std::span<const int64_t> arrivals_us, size_t room, Statuses& out) {
  const auto first =
      std::find_if(arrivals_us.begin(), arrivals_us.end(), [](int64_t at) { return at != kNotReceived; });
  if (first == arrivals_us.end()) return;
  out.reference = floor_divide(*first, kReferenceTickUs);
  int64_t last_tick = out.reference * kTicksPerReference;
  for (const int64_t arrival_us : arrivals_us.first(std::min(arrivals_us.size(), kMaxFeedbackPackets))) {
    uint8_t symbol = kLost;
    size_t delta_bytes = 0;
    int64_t tick = last_tick;
    if (arrival_us != kNotReceived) {
      tick = floor_divide(arrival_us, kDeltaTickUs);
      const int64_t delta = tick - last_tick;
      if (delta < INT16_MIN || delta > INT16_MAX) return;
      symbol = delta >= 0 && delta <= UINT8_MAX ? kSmallDelta : kLargeDelta;
      delta_bytes = symbol;
    }
    const size_t chunk_bytes = 2 * (out.count / kTwoBitCapacity + 1);
    if (kHeaderBytes + kFixedBytes + chunk_bytes + out.delta_bytes + delta_bytes + 3 > room) return;
    out.symbols[out.count++] = symbol;
    out.delta_bytes += delta_bytes;
    last_tick = tick;
  }
}

// The chunk that says most about symbols[0..]; how many of them it covers.
size_t choose_chunk(std::span<const uint8_t> symbols, uint16_t& chunk) {
  const uint8_t first = symbols[0];
  const auto run_end = std::find_if(symbols.begin(), symbols.end(), [first](uint8_t s) { return s != first; });
  const size_t run = std::min(static_cast<size_t>(run_end - symbols.begin()), kMaxRun);
  const auto one_bit = symbols.first(std::min(symbols.size(), kOneBitCapacity));
  const bool fits_one_bit = std::find(one_bit.begin(), one_bit.end(), kLargeDelta) == one_bit.end();
  const size_t vector = std::min(symbols.size(), fits_one_bit ? kOneBitCapacity : kTwoBitCapacity);
  if (run >= vector) {
    chunk = static_cast<uint16_t>(first << 13 | run);
    return run;
  }
  chunk = fits_one_bit ? kVectorBit : kVectorBit | kTwoBitSymbols;
  const size_t width = fits_one_bit ? 1 : 2;
  const size_t capacity = fits_one_bit ? kOneBitCapacity : kTwoBitCapacity;
  for (size_t i = 0; i < vector; ++i) {
    chunk |= static_cast<uint16_t>(symbols[i] << (width * (capacity - 1 - i)));
  }
  return vector;
}

uint8_t* write_chunks(std::span<const uint8_t> symbols, uint8_t* p) {
  while (!symbols.empty()) {
    uint16_t chunk = 0;
    symbols = symbols.subspan(choose_chunk(symbols, chunk));
    store_be16(p, chunk);
    p += 2;
  }
  return p;
}

uint8_t* write_deltas(std::span<const int64_t> arrivals_us, const Statuses& statuses, uint8_t* p) {
  int64_t last_tick = statuses.reference * kTicksPerReference;
  for (size_t i = 0; i < statuses.count; ++i) {
    if (statuses.symbols[i] == kLost) continue;
    const int64_t tick = floor_divide(arrivals_us[i], kDeltaTickUs);
    if (statuses.symbols[i] == kSmallDelta) {
      *p++ = static_cast<uint8_t>(tick - last_tick);
    } else {
      store_be16(p, static_cast<uint16_t>(tick - last_tick));
      p += 2;
    }
    last_tick = tick;
  }
  return p;
}

}  // namespace

std::optional<TransportFeedback> parse_transport_feedback(const PacketView& packet) {
  if (packet.type != PacketType::kTransportFeedback || packet.count != kTransportWideCcFormat ||
      packet.body.size() < kFixedBytes + 2) {
    return std::nullopt;
  }
  const uint8_t* p = packet.body.data();
  TransportFeedback out;
  out.sender_ssrc = load_be32(p);
  out.media_ssrc = load_be32(p + 4);
  out.base_sequence = load_be16(p + 8);
  out.packet_count = load_be16(p + 10);
  out.reference_time = static_cast<int32_t>(load_be24(p + 12) << 8) >> 8;
  out.feedback_count = p[15];
  if (out.packet_count == 0 || out.packet_count > kMaxFeedbackPackets) return std::nullopt;

  size_t at = kFixedBytes;
  size_t delta_bytes = 0;
  for (size_t covered = 0; covered < out.packet_count; at += 2) {
    if (packet.body.size() - at < 2) return std::nullopt;
    const uint16_t chunk = load_be16(p + at);
    const size_t capacity = chunk_capacity(chunk);
    if (capacity == 0) return std::nullopt;
    const size_t used = std::min(capacity, out.packet_count - covered);
    for (size_t i = 0; i < used; ++i) {
      const uint8_t symbol = chunk_symbol(chunk, capacity - 1 - i);
      if (symbol > kLargeDelta) return std::nullopt;
      delta_bytes += symbol;
    }
    covered += used;
  }
  if (packet.body.size() - at < delta_bytes) return std::nullopt;
  out.chunks_ = p + kFixedBytes;
  out.deltas_ = p + at;
  return out;
}

TransportFeedback::Cursor::Cursor(const TransportFeedback& feedback)
    : chunk_at_(feedback.chunks_),
      delta_at_(feedback.deltas_),
      time_us_(int64_t{feedback.reference_time} * kReferenceTickUs) {}

// Parsing has made sure that chunks and deltas suffice for packet_count calls.
int64_t TransportFeedback::Cursor::next() {
  if (left_in_chunk_ == 0) load_chunk();
  switch (chunk_symbol(chunk_, --left_in_chunk_)) {
    case kLost:
      return kNotReceived;
    case kSmallDelta:
      time_us_ += *delta_at_ * kDeltaTickUs;
      delta_at_ += 1;
      return time_us_;
    default:
      time_us_ += static_cast<int16_t>(load_be16(delta_at_)) * kDeltaTickUs;
      delta_at_ += 2;
      return time_us_;
  }
}

void TransportFeedback::Cursor::load_chunk() {
  chunk_ = load_be16(chunk_at_);
  chunk_at_ += 2;
  left_in_chunk_ = static_cast<uint16_t>(chunk_capacity(chunk_));
}

FeedbackWritten write_transport_feedback(MutableBytes out, uint32_t sender_ssrc, uint32_t media_ssrc,
                                         uint8_t feedback_count, uint16_t base_sequence,
                                         std::span<const int64_t> arrivals_us) {
  Statuses statuses;
  collect(arrivals_us, out.size(), statuses);
  if (statuses.delta_bytes == 0) return {};
  uint8_t* const start = out.data();
  store_be32(start + 4, sender_ssrc);
  store_be32(start + 8, media_ssrc);
  store_be16(start + 12, base_sequence);
  store_be16(start + 14, static_cast<uint16_t>(statuses.count));
  store_be24(start + 16, static_cast<uint32_t>(statuses.reference) & 0xFFFFFF);
  start[19] = feedback_count;
  uint8_t* p = write_chunks(std::span(statuses.symbols).first(statuses.count), start + kHeaderBytes + kFixedBytes);
  p = write_deltas(arrivals_us, statuses, p);
  while ((p - start) % 4 != 0) *p++ = 0;
  const auto length = static_cast<size_t>(p - start);
  start[0] = 0x80 | kTransportWideCcFormat;
  start[1] = static_cast<uint8_t>(PacketType::kTransportFeedback);
  store_be16(start + 2, static_cast<uint16_t>(length / 4 - 1));
  return {.length = length, .packets = statuses.count};
}

}  // namespace chroom::rtcp
