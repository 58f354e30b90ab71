#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace chroom {

// One end of a UDP flow: an IPv4 or IPv6 address and a port. A plain value, comparable and hashable; only net/ turns
// it into a sockaddr. IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) are folded to IPv4 by whoever reads the socket.
struct Endpoint {
  enum class Family : uint8_t { kNone = 0, kIpv4 = 4, kIpv6 = 6 };

  std::array<uint8_t, 16> ip{};  // Network byte order; IPv4 uses the first four bytes, the rest are zero.
  uint16_t port = 0;             // Host byte order.
  Family family = Family::kNone;

  static Endpoint ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
    Endpoint e;
    e.ip[0] = a;
    e.ip[1] = b;
    e.ip[2] = c;
    e.ip[3] = d;
    e.port = port;
    e.family = Family::kIpv4;
    return e;
  }
  static Endpoint ipv6(const std::array<uint8_t, 16>& ip, uint16_t port) {
    Endpoint e;
    e.ip = ip;
    e.port = port;
    e.family = Family::kIpv6;
    return e;
  }

  bool valid() const { return family != Family::kNone; }
  size_t ip_bytes() const { return family == Family::kIpv6 ? 16 : family == Family::kIpv4 ? 4 : 0; }

  bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:5000" or "[2001:db8:0:0:0:0:0:1]:5000"; for logs and reports, never for keys.
inline std::string to_string(const Endpoint& e) {
  char text[64];
  if (e.family == Endpoint::Family::kIpv4) {
    std::snprintf(text, sizeof text, "%u.%u.%u.%u:%u", e.ip[0], e.ip[1], e.ip[2], e.ip[3], e.port);
    return text;
  }
  if (e.family != Endpoint::Family::kIpv6) return "none";
  std::string out = "[";
  for (size_t i = 0; i < 16; i += 2) {
    std::snprintf(text, sizeof text, i ? ":%x" : "%x", e.ip[i] << 8 | e.ip[i + 1]);
    out += text;
  }
  std::snprintf(text, sizeof text, "]:%u", e.port);
  return out + text;
}

struct EndpointHash {
  size_t operator()(const Endpoint& e) const {
    // Two multiplications over the 16 address bytes and the port: the keys are endpoints that passed ICE, not text
    // chosen freely, and maps keyed by them are bounded.
    uint64_t high = 0;
    uint64_t low = 0;
    for (size_t i = 0; i < 8; ++i) {
      high = high << 8 | e.ip[i];
      low = low << 8 | e.ip[8 + i];
    }
    uint64_t h = (high ^ (uint64_t{e.port} << 3)) * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 32;
    h = (h ^ low ^ static_cast<uint64_t>(e.family)) * 0xC2B2AE3D27D4EB4FULL;
    return static_cast<size_t>(h ^ h >> 29);
  }
};

}  // namespace chroom
