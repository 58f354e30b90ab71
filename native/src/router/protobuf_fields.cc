#include "router/protobuf_fields.h"

namespace chroom::router {

bool ProtobufReader::next(ProtobufField& field) {
  if (failed_ || position_ == message_.size()) return false;
  const size_t begin = position_;
  uint64_t tag = 0;
  if (!read_varint(tag) || tag > 0xFFFF'FFFF || tag >> 3 == 0) return fail();
  field = {static_cast<uint32_t>(tag >> 3), static_cast<WireType>(tag & 7), 0, {}, {}};
  size_t skip = 0;
  switch (field.type) {
    case WireType::kVarint:
      if (!read_varint(field.varint)) return fail();
      break;
    case WireType::kBytes: {
      uint64_t length = 0;
      if (!read_varint(length) || length > message_.size() - position_) return fail();
      field.body = message_.subspan(position_, static_cast<size_t>(length));
      skip = static_cast<size_t>(length);
      break;
    }
    case WireType::kFixed64: skip = 8; break;
    case WireType::kFixed32: skip = 4; break;
    default: return fail();  // 3 and 4 are groups, which proto3 does not have; 6 and 7 do not exist.
  }
  if (skip > message_.size() - position_) return fail();
  position_ += skip;
  field.whole = message_.subspan(begin, position_ - begin);
  return true;
}

bool ProtobufReader::fail() {
  failed_ = true;
  return false;
}

bool ProtobufReader::read_varint(uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (position_ == message_.size()) return false;
    const uint8_t byte = message_[position_++];
    if (shift == 63 && byte > 1) return false;
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void append_varint(std::vector<uint8_t>& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

void append_varint_field(std::vector<uint8_t>& out, uint32_t number, uint64_t value) {
  append_varint(out, uint64_t{number} << 3 | static_cast<uint8_t>(WireType::kVarint));
  append_varint(out, value);
}

void append_bytes_field(std::vector<uint8_t>& out, uint32_t number, Bytes body) {
  append_varint(out, uint64_t{number} << 3 | static_cast<uint8_t>(WireType::kBytes));
  append_varint(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

}  // namespace chroom::router
