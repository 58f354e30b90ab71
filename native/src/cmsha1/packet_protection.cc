#include "cmsha1/packet_protection.h"

#include <algorithm>

namespace chroom::cmsha1 {

void protect_many(std::span<const ClearPacket> packets, size_t header_bytes, size_t payload_bytes) {
  const size_t signed_bytes = header_bytes + payload_bytes;
  // Encrypted group by group, so that what is signed is still in the first-level cache.
  while (!packets.empty()) {
    const auto group = packets.first(std::min(packets.size(), kMostAtOnce));
    std::array<SignedMessage, kMostAtOnce> messages;
    for (size_t i = 0; i < group.size(); i++) {
      const ClearPacket& one = group[i];
      one.key->encryption.apply(one.iv.data(), Bytes(one.payload, payload_bytes), one.packet + header_bytes);
      messages[i] = {&one.key->authentication, one.packet, one.rollover, one.packet + signed_bytes};
    }
    sign_many(std::span(messages).first(group.size()), signed_bytes);
    packets = packets.subspan(group.size());
  }
}

bool unprotect(const CmSha1Key& key, const std::array<uint8_t, kIvBytes>& iv, MutableBytes packet, size_t header_bytes,
               uint32_t rollover) {
  if (packet.size() < header_bytes + kTagBytes) return false;
  const size_t signed_bytes = packet.size() - kTagBytes;
  if (!verify(key.authentication, packet.first(signed_bytes), rollover, packet.data() + signed_bytes)) return false;
  const MutableBytes payload = packet.subspan(header_bytes, signed_bytes - header_bytes);
  key.encryption.apply(iv.data(), payload, payload.data());
  return true;
}

}  // namespace chroom::cmsha1
