#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "vocabulary/bytes.h"

namespace chroom::router {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct ProtobufField {
  uint32_t number;
  WireType type;
  uint64_t varint;  // kVarint only.
  Bytes body;       // kBytes only: without the length.
  Bytes whole;      // Tag to end, for copying.
};

// Walks the fields of one protobuf message without copying. Groups, field number 0, over-long varints and lengths past
// the end make it fail; after a failure next() stays false.
class ProtobufReader {
 public:
  explicit ProtobufReader(Bytes message) : message_(message) {}
  bool next(ProtobufField& field);
  bool failed() const { return failed_; }

 private:
  bool fail();
  bool read_varint(uint64_t& value);

  Bytes message_;
  size_t position_ = 0;
  bool failed_ = false;
};

void append_varint(std::vector<uint8_t>& out, uint64_t value);
void append_varint_field(std::vector<uint8_t>& out, uint32_t number, uint64_t value);
void append_bytes_field(std::vector<uint8_t>& out, uint32_t number, Bytes body);
inline void append_string_field(std::vector<uint8_t>& out, uint32_t number, std::string_view text) {
  append_bytes_field(out, number, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace chroom::router
