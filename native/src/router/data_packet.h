#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vocabulary/bytes.h"

namespace chroom::router {

// livekit.DataPacket as far as a server has to understand it: who it says it is from, whom it is for, what it carries.
// Everything else, unknown fields included, is copied as it came. Works on the protobuf wire format directly.

// One serialised DataPacket; LiveKit clients refuse to send more than this over a data channel.
inline constexpr size_t kMaxDataPacketBytes = 64'000;
inline constexpr size_t kMaxDataDestinations = 1024;

enum class DataPacketError : uint8_t {
  kNone,
  kTooLong,             // More than kMaxDataPacketBytes.
  kMalformed,           // Not protobuf, a group, a known field of the wrong type, or two values.
  kTooManyDestinations, // More than kMaxDataDestinations names.
  kNotAllowed,          // Transcription or an active-speaker update by somebody who may not send it.
  kNotForwarded,        // Metrics: for the server alone.
};
const char* data_packet_error_name(DataPacketError error);

struct DataSender {
  std::string_view sid;
  std::string_view identity;
  bool hidden = false;           // Neither sid nor identity is told to receivers.
  bool can_transcribe = false;   // Agents.
  bool can_impersonate = false;  // Agents may keep another participant's identity on chat and text streams.
};

// Views into the packet that was read.
struct DataDestinations {
  std::vector<std::string_view> identities;
  std::vector<std::string_view> sids;
  bool everybody() const { return identities.empty() && sids.empty(); }
  void clear() {
    identities.clear();
    sids.clear();
  }
};

struct DataPacketInfo {
  uint32_t sequence = 0;      // DataPacket.sequence; 0: none.
  uint32_t value_field = 0;   // Field number of the oneof `value`; 0: none that we know.
};

// Whom a packet that rewrite_data_packet() wrote is for.
DataPacketError read_data_destinations(Bytes packet, DataDestinations& destinations);

// Reads `packet` and appends to the cleared `rewritten` the same packet with kind, participant_sid and
// participant_identity (also those inside `user`) as the server knows them. On an error `rewritten` and
// `destinations` are unspecified and nothing must be sent. The vectors are reused from call to call.
DataPacketError rewrite_data_packet(Bytes packet, const DataSender& sender, bool reliable,
                                    std::vector<uint8_t>& rewritten, DataDestinations& destinations,
                                    DataPacketInfo& info);

}  // namespace chroom::router
