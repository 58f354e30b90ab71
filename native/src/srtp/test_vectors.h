#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vocabulary/bytes.h"

// For tests that print and compare the vectors of the RFCs.
namespace chroom::srtp {

inline std::vector<uint8_t> unhex(std::string_view digits) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<uint8_t>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

inline std::string hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace chroom::srtp
