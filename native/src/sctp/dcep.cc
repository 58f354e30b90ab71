#include "sctp/dcep.h"

namespace chroom::sctp {
namespace {

constexpr uint8_t kAck = 0x02;
constexpr uint8_t kOpen = 0x03;
constexpr size_t kOpenFixedBytes = 12;
constexpr uint8_t kTypeReliable = 0x00;
constexpr uint8_t kTypeRetransmits = 0x01;
constexpr uint8_t kTypeLifetime = 0x02;
constexpr uint8_t kTypeUnordered = 0x80;

}  // namespace

std::vector<uint8_t> write_channel_open(const ChannelParameters& parameters) {
  std::vector<uint8_t> out(kOpenFixedBytes);
  uint8_t type = kTypeReliable;
  uint32_t reliability = 0;
  if (parameters.max_retransmits) {
    type = kTypeRetransmits;
    reliability = *parameters.max_retransmits;
  } else if (parameters.max_lifetime_ms) {
    type = kTypeLifetime;
    reliability = *parameters.max_lifetime_ms;
  }
  if (!parameters.ordered) type |= kTypeUnordered;
  out[0] = kOpen;
  out[1] = type;
  store_be16(out.data() + 2, parameters.priority);
  store_be32(out.data() + 4, reliability);
  store_be16(out.data() + 8, static_cast<uint16_t>(parameters.label.size()));
  store_be16(out.data() + 10, static_cast<uint16_t>(parameters.protocol.size()));
  out.insert(out.end(), parameters.label.begin(), parameters.label.end());
  out.insert(out.end(), parameters.protocol.begin(), parameters.protocol.end());
  return out;
}

std::vector<uint8_t> write_channel_ack() { return {kAck}; }

bool is_channel_ack(Bytes message) { return !message.empty() && message[0] == kAck; }
bool is_channel_open(Bytes message) { return !message.empty() && message[0] == kOpen; }

std::optional<ChannelParameters> parse_channel_open(Bytes message, size_t max_label_bytes) {
  if (message.size() < kOpenFixedBytes || !is_channel_open(message)) return std::nullopt;
  const uint8_t* p = message.data();
  const size_t label_bytes = load_be16(p + 8);
  const size_t protocol_bytes = load_be16(p + 10);
  if (label_bytes > max_label_bytes || protocol_bytes > max_label_bytes) return std::nullopt;
  if (message.size() < kOpenFixedBytes + label_bytes + protocol_bytes) return std::nullopt;
  ChannelParameters parameters;
  parameters.ordered = (p[1] & kTypeUnordered) == 0;
  parameters.priority = load_be16(p + 2);
  const uint32_t reliability = load_be32(p + 4);
  switch (p[1] & ~kTypeUnordered) {
    case kTypeReliable: break;
    case kTypeRetransmits: parameters.max_retransmits = reliability; break;
    case kTypeLifetime: parameters.max_lifetime_ms = reliability; break;
    default: return std::nullopt;
  }
  const char* text = reinterpret_cast<const char*>(p + kOpenFixedBytes);
  parameters.label.assign(text, label_bytes);
  parameters.protocol.assign(text + label_bytes, protocol_bytes);
  return parameters;
}

}  // namespace chroom::sctp
