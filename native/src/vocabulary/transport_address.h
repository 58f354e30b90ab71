#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace chroom {

// IP address and port, without any socket type. IPv4 fills the first four bytes of `ip`, the rest is zero. An IPv4
// address that arrives mapped into IPv6 is stored as IPv4 by whoever makes it, so that equal peers compare equal.
struct TransportAddress {
  std::array<uint8_t, 16> ip{};
  uint16_t port = 0;  // host order
  bool is_ipv6 = false;

  size_t ip_length() const { return is_ipv6 ? 16 : 4; }
  bool operator==(const TransportAddress&) const = default;
};

struct TransportAddressHash {
  size_t operator()(const TransportAddress& address) const {
    uint64_t low, high;
    std::memcpy(&low, address.ip.data(), 8);
    std::memcpy(&high, address.ip.data() + 8, 8);
    uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15u) ^ (uint64_t{address.port} << 32)) * 0xD6E8FEB86659FD93u;
    mixed ^= mixed >> 32;
    return static_cast<size_t>(mixed * 0xD6E8FEB86659FD93u);
  }
};

}  // namespace chroom
