#include "srtp/unsigned_packets.h"

#include <algorithm>
#include <span>

#include "cmsha1/packet_protection.h"

namespace chroom::srtp {

void UnsignedPackets::sign_all() {
  const std::span<Packet> all = std::span(packets_).first(count_);
  const auto shorter = [](const Packet& a, const Packet& b) { return a.bytes < b.bytes; };
  if (!std::is_sorted(all.begin(), all.end(), shorter)) std::sort(all.begin(), all.end(), shorter);
  std::array<cmsha1::SignedMessage, cmsha1::kMostAtOnce> group;
  for (size_t first = 0; first < all.size();) {
    size_t size = 0;
    while (size < group.size() && first + size < all.size() && all[first + size].bytes == all[first].bytes) {
      group[size] = all[first + size].message;
      ++size;
    }
    cmsha1::sign_many(std::span(group).first(size), all[first].bytes);
    first += size;
  }
  count_ = 0;
}

}  // namespace chroom::srtp
