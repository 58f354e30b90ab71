#pragma once
#include <optional>
#include <vector>

#include "sctp/association.h"

// Data Channel Establishment Protocol (RFC 8832): the two messages, nothing else.
namespace chroom::sctp {

inline constexpr uint32_t kPpidDcep = 50;
inline constexpr uint32_t kPpidStringEmpty = 56;
inline constexpr uint32_t kPpidBinaryEmpty = 57;

std::vector<uint8_t> write_channel_open(const ChannelParameters& parameters);
std::vector<uint8_t> write_channel_ack();

bool is_channel_ack(Bytes message);
bool is_channel_open(Bytes message);
// Empty if it is not a well-formed OPEN, has an unknown channel type, or a label or protocol over the limit.
std::optional<ChannelParameters> parse_channel_open(Bytes message, size_t max_label_bytes);

}  // namespace chroom::sctp
