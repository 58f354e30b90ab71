// Any bytes: no crash, and what is accepted parses again to the sender that was given, not to one that was claimed.
#include <cstdlib>

#include "router/data_packet.h"
#include "router/protobuf_fields.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chroom;
  using namespace chroom::router;
  const DataSender sender{.sid = "PA_s", .identity = "sender", .can_transcribe = size % 2 == 0};
  std::vector<uint8_t> out;
  DataDestinations destinations;
  DataPacketInfo info;
  if (rewrite_data_packet({data, size}, sender, true, out, destinations, info) != DataPacketError::kNone) return 0;
  std::vector<uint8_t> again;
  DataDestinations destinations_again;
  if (out.size() > kMaxDataPacketBytes) return 0;
  if (rewrite_data_packet(out, sender, true, again, destinations_again, info) != DataPacketError::kNone) std::abort();
  if (again != out || destinations.identities != destinations_again.identities) std::abort();
  int identities = 0;
  ProtobufField field;
  for (ProtobufReader reader(out); reader.next(field);) {
    if (field.number != 4) continue;
    if (std::string_view(reinterpret_cast<const char*>(field.body.data()), field.body.size()) != "sender") std::abort();
    ++identities;
  }
  if (identities != 1) std::abort();
  return 0;
}
