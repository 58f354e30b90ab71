#include "stun/crc32.h"

#include <array>

namespace chroom::stun {
namespace {

constexpr uint32_t kReversedPolynomial = 0xEDB88320;

// kTables[n][b]: the effect of byte b when n more bytes follow it in the same step.
constexpr auto kTables = [] {
  std::array<std::array<uint32_t, 256>, 4> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kReversedPolynomial : 0);
    tables[0][byte] = value;
  }
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (int n = 1; n < 4; ++n) {
      const uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}();

}  // namespace

uint32_t crc32(Bytes bytes) {
  uint32_t value = 0xFFFFFFFF;
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    value ^= uint32_t{bytes[at]} | uint32_t{bytes[at + 1]} << 8 | uint32_t{bytes[at + 2]} << 16 |
             uint32_t{bytes[at + 3]} << 24;
    value = kTables[3][value & 0xFF] ^ kTables[2][value >> 8 & 0xFF] ^ kTables[1][value >> 16 & 0xFF] ^
            kTables[0][value >> 24];
  }
  for (; at < bytes.size(); ++at) value = (value >> 8) ^ kTables[0][(value ^ bytes[at]) & 0xFF];
  return ~value;
}

}  // namespace chroom::stun
