#include "rtp/egress_header.h"

#include <cstring>

namespace chroom::rtp {
namespace {

constexpr size_t kExtensionHeaderBytes = 4;
constexpr uint8_t kMaxOneByteId = 14;
constexpr size_t kMaxOneByteLength = 16;

// Written fresh or left out; never copied from the publisher's packet.
constexpr uint16_t bit(ExtensionKind kind) { return static_cast<uint16_t>(1u << static_cast<unsigned>(kind)); }
constexpr uint16_t kNeverCopied = bit(ExtensionKind::kMid) | bit(ExtensionKind::kRid) |
                                  bit(ExtensionKind::kRepairedRid) | bit(ExtensionKind::kAbsSendTime) |
                                  bit(ExtensionKind::kTransportWideCc) | bit(ExtensionKind::kTransmissionOffset);

size_t element_header(uint8_t* out, bool two_byte, uint8_t id, size_t length) {
  if (two_byte) {
    out[0] = id;
    out[1] = static_cast<uint8_t>(length);
    return 2;
  }
  out[0] = static_cast<uint8_t>(id << 4 | (length - 1));
  return 1;
}

// Extension values are a few bytes: a call of memcpy would cost more than the bytes.
void copy_value(uint8_t* out, Bytes value) {
  const uint8_t* from = value.data();
  const size_t length = value.size();
  if (length > 8) {
    std::memcpy(out, from, length);
  } else if (length >= 4) {
    std::memcpy(out, from, 4);
    std::memcpy(out + length - 4, from + length - 4, 4);
  } else if (length != 0) {
    out[0] = from[0];
    out[length / 2] = from[length / 2];
    out[length - 1] = from[length - 1];
  }
}

bool fits_one_byte(uint8_t id, size_t length) { return id <= kMaxOneByteId && length >= 1 && length <= kMaxOneByteLength; }

}  // namespace

// Appends the elements of one packet behind the fixed part. The caller has made sure of the room.
class ExtensionBlockWriter {
 public:
  explicit ExtensionBlockWriter(uint8_t* out) : out_(out) {}

  // The plan's own elements in the form they are laid out in, or in the two-byte form.
  void fresh(const EgressPlan& plan, bool two_byte, EgressHeader& header, size_t block_offset) {
    const auto place = [&](uint8_t at, size_t shift) {
      return static_cast<uint16_t>(at == 0 ? 0 : block_offset + at - 1u + shift);
    };
    if (two_byte == plan.always_two_byte_) {
      std::memcpy(out_, plan.fresh_.data(), plan.fresh_.size());
      length_ = plan.fresh_length_;
      header.transport_sequence_offset = place(plan.transport_sequence_at_, 0);
      header.abs_send_time_offset = place(plan.abs_send_time_at_, 0);
      return;
    }
    size_t widened = 0;  // one more byte per element before a value
    for (size_t at = 0; at < plan.fresh_length_;) {
      const uint8_t id = plan.fresh_[at] >> 4;
      const size_t value_length = (plan.fresh_[at] & 0x0Fu) + 1u;
      ++widened;
      ++at;
      if (at + 1 == plan.transport_sequence_at_) {
        header.transport_sequence_offset = place(plan.transport_sequence_at_, widened);
      }
      if (at + 1 == plan.abs_send_time_at_) header.abs_send_time_offset = place(plan.abs_send_time_at_, widened);
      element(true, id, Bytes(plan.fresh_).subspan(at, value_length));
      at += value_length;
    }
  }

  void element(bool two_byte, uint8_t id, Bytes value) {
    length_ += element_header(out_ + length_, two_byte, id, value.size());
    copy_value(out_ + length_, value);
    length_ += value.size();
  }

  // Pads to whole words; length of the block.
  size_t finish() {
    std::memset(out_ + length_, 0, 4);
    length_ = (length_ + 3) / 4 * 4;
    return length_;
  }
  size_t length() const { return length_; }

 private:
  uint8_t* out_;
  size_t length_ = 0;
};

EgressPlan::EgressPlan(std::string_view mid, const ExtensionMap& subscriber) {
  for (size_t i = 0; i < kExtensionKindCount; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    ids_[i] = subscriber.id(kind);
    if (ids_[i] != 0 && (bit(kind) & kNeverCopied) == 0) copied_kinds_ |= bit(kind);
  }
  const uint8_t mid_id = mid.empty() || mid.size() > kMaxMidBytes ? 0 : subscriber.id(ExtensionKind::kMid);
  const uint8_t sequence_id = subscriber.id(ExtensionKind::kTransportWideCc);
  const uint8_t time_id = subscriber.id(ExtensionKind::kAbsSendTime);
  always_two_byte_ = mid_id > kMaxOneByteId || sequence_id > kMaxOneByteId || time_id > kMaxOneByteId;
  size_t length = 0;
  // Leaves room for the value and says where it is, plus one.
  const auto reserve = [&](uint8_t id, size_t value_length) -> uint8_t {
    if (id == 0) return 0;
    length += element_header(fresh_.data() + length, always_two_byte_, id, value_length);
    const auto at = static_cast<uint8_t>(length + 1);
    length += value_length;
    return at;
  };
  transport_sequence_at_ = reserve(sequence_id, 2);
  abs_send_time_at_ = reserve(time_id, 3);
  if (const uint8_t at = reserve(mid_id, mid.size())) std::memcpy(fresh_.data() + at - 1, mid.data(), mid.size());
  fresh_length_ = static_cast<uint8_t>(length);
}

EgressHeader write_egress_header(MutableBytes out, const EgressPlan& plan, const EgressFields& fields, Bytes packet,
                                 const Header& header, const ExtensionTable& extensions) {
  const uint16_t copied = extensions.present & plan.copied_kinds_;
  bool two_byte = plan.always_two_byte_;
  size_t copied_length = 0;  // in the two-byte form, the longer one
  for (uint16_t left = copied; left != 0; left &= static_cast<uint16_t>(left - 1)) {
    const auto kind = static_cast<size_t>(__builtin_ctz(left));
    copied_length += 2u + extensions.places[kind].length;
    two_byte |= !fits_one_byte(plan.ids_[kind], extensions.places[kind].length);
  }
  const uint8_t csrc_count = plan.keep_csrcs_ ? header.csrc_count : 0;
  const size_t fixed_length = kFixedHeaderBytes + size_t{4} * csrc_count;
  // The fresh elements are copied with their unused end; three of them may widen by a byte; four bytes of padding.
  if (out.size() < fixed_length + kExtensionHeaderBytes + plan.fresh_.size() + 3 + copied_length + 4) return {};

  uint8_t* p = out.data();
  const bool has_extension = plan.fresh_length_ != 0 || copied != 0;
  p[0] = static_cast<uint8_t>(0x80 | (fields.padding ? 0x20 : 0) | (has_extension ? 0x10 : 0) | csrc_count);
  p[1] = static_cast<uint8_t>((fields.marker ? 0x80 : 0) | fields.payload_type);
  store_be16(p + 2, fields.sequence);
  store_be32(p + 4, fields.timestamp);
  store_be32(p + 8, fields.ssrc);
  if (csrc_count != 0) std::memcpy(p + kFixedHeaderBytes, packet.data() + kFixedHeaderBytes, size_t{4} * csrc_count);
  EgressHeader written = {.length = static_cast<uint16_t>(fixed_length)};
  if (!has_extension) return written;

  const size_t block_offset = fixed_length + kExtensionHeaderBytes;
  ExtensionBlockWriter block(p + block_offset);
  block.fresh(plan, two_byte, written, block_offset);
  for (uint16_t left = copied; left != 0; left &= static_cast<uint16_t>(left - 1)) {
    const auto kind = static_cast<size_t>(__builtin_ctz(left));
    block.element(two_byte, plan.ids_[kind], extensions.get(packet, static_cast<ExtensionKind>(kind)));
  }
  const size_t block_length = block.finish();
  store_be16(p + fixed_length, two_byte ? kTwoByteProfile : kOneByteProfile);
  store_be16(p + fixed_length + 2, static_cast<uint16_t>(block_length / 4));
  if (written.transport_sequence_offset != 0) {
    store_be16(p + written.transport_sequence_offset, fields.transport_sequence);
  }
  if (written.abs_send_time_offset != 0) store_be24(p + written.abs_send_time_offset, fields.abs_send_time);
  written.length = static_cast<uint16_t>(block_offset + block_length);
  return written;
}

EgressHeader write_egress_header(MutableBytes out, const EgressPlan& plan, const EgressFields& fields) {
  return write_egress_header(out, plan, fields, {}, Header{}, ExtensionTable{});
}

}  // namespace chroom::rtp
