// What a receiver's own header costs: one packet to many receivers by each receiver's plan, as egress writes it, beside
// two references: a copy of the published header with four fields overwritten (no extension is translated), and building
// the header from the parsed extensions anew for each receiver. Prints one JSON document.
#include <array>
#include <cstring>

#include "micro/sample_packets.h"
#include "micro/trials.h"
#include "rtp/egress_header.h"
#include "vocabulary/check.h"

namespace {

using chroom::Bytes;
using chroom::MutableBytes;
using chroom::micro::Case;
using chroom::micro::keep;

constexpr size_t kPacketBytes = 1200;
constexpr size_t kSlotBytes = 2048;
constexpr size_t kCallsPerTrial = 50;
constexpr uint8_t kPayloadType = 100;

struct Receiver {
  chroom::rtp::EgressPlan plan;
  chroom::rtp::ExtensionMap extensions;
  uint32_t ssrc = 0;
  uint16_t sequence = 0;
  uint32_t timestamp_offset = 0;
};

// One packet in clear, and a slot per receiver, as wide as egress memory is.
struct Room {
  explicit Room(size_t count) : packet(chroom::micro::sample_packet(7, kPacketBytes)), slots(count * kSlotBytes) {
    CHROOM_CHECK(chroom::rtp::parse_packet(packet, header) == chroom::DropReason::kNone, "the sample is well formed");
    chroom::rtp::read_extensions(packet, header, chroom::micro::extensions(), table);
    for (size_t i = 0; i < count; ++i) {
      Receiver receiver;
      // Other ids than the publisher's, as other browsers choose.
      receiver.extensions.add(chroom::rtp::ExtensionKind::kMid, 9);
      receiver.extensions.add(chroom::rtp::ExtensionKind::kTransportWideCc, 5);
      receiver.extensions.add(chroom::rtp::ExtensionKind::kAbsSendTime, 3);
      receiver.plan = {"1", receiver.extensions};
      receiver.ssrc = static_cast<uint32_t>(0x2000 + i);
      receiver.timestamp_offset = static_cast<uint32_t>(i * 977);
      receivers.push_back(receiver);
    }
  }
  MutableBytes slot(size_t i) { return MutableBytes(slots).subspan(i * kSlotBytes, kSlotBytes); }

  std::vector<uint8_t> packet;
  chroom::rtp::Header header;
  chroom::rtp::ExtensionTable table;
  std::vector<Receiver> receivers;
  std::vector<uint8_t> slots;
};

std::string named(const char* what, const Room& room) { return std::string(what) + ", N=" + std::to_string(room.receivers.size()); }

Case copy_case(Room& room) {
  return {named("copy and overwrite, the reference", room), "ns/header", room.receivers.size(), [&room] {
            for (size_t i = 0; i < room.receivers.size(); ++i) {
              Receiver& receiver = room.receivers[i];
              uint8_t* out = room.slot(i).data();
              std::memcpy(out, room.packet.data(), chroom::micro::kHeaderBytes);
              out[1] = static_cast<uint8_t>((out[1] & 0x80) | kPayloadType);
              chroom::store_be16(out + 2, receiver.sequence++);
              chroom::store_be32(out + 4, room.header.timestamp + receiver.timestamp_offset);
              chroom::store_be32(out + 8, receiver.ssrc);
              keep(out);
            }
          }};
}

Case plan_case(Room& room) {
  return {named("by plan", room), "ns/header", room.receivers.size(), [&room] {
            for (size_t i = 0; i < room.receivers.size(); ++i) {
              Receiver& receiver = room.receivers[i];
              chroom::rtp::EgressFields fields;
              fields.ssrc = receiver.ssrc;
              fields.payload_type = kPayloadType;
              fields.timestamp = room.header.timestamp + receiver.timestamp_offset;
              fields.sequence = receiver.sequence++;
              fields.transport_sequence = fields.sequence;
              fields.abs_send_time = fields.timestamp & 0xffffff;
              fields.marker = room.header.marker;
              const MutableBytes out = room.slot(i);
              const auto written = chroom::rtp::write_egress_header(out, receiver.plan, fields, room.packet, room.header, room.table);
              CHROOM_CHECK(written.length != 0, "a slot has room for every header");
              keep(out.data());
            }
          }};
}

size_t build_header(uint8_t* out, const Receiver& receiver, uint16_t sequence, uint32_t timestamp, const Room& room) {
  out[0] = 0x90;
  out[1] = static_cast<uint8_t>((room.header.marker ? 0x80 : 0) | kPayloadType);
  chroom::store_be16(out + 2, sequence);
  chroom::store_be32(out + 4, timestamp);
  chroom::store_be32(out + 8, receiver.ssrc);
  size_t at = 16;
  chroom::rtp::ExtensionReader reader(room.packet, room.header);
  for (chroom::rtp::ExtensionReader::Element element; reader.next(element);) {
    const auto kind = chroom::micro::extensions().kind(element.id);
    const uint8_t id = kind ? receiver.extensions.id(*kind) : 0;
    if (id == 0) continue;
    out[at++] = static_cast<uint8_t>(id << 4 | (element.data.size() - 1));
    std::memcpy(out + at, element.data.data(), element.data.size());
    if (*kind == chroom::rtp::ExtensionKind::kTransportWideCc) chroom::store_be16(out + at, sequence);
    if (*kind == chroom::rtp::ExtensionKind::kAbsSendTime) chroom::store_be24(out + at, timestamp & 0xffffff);
    if (*kind == chroom::rtp::ExtensionKind::kMid) out[at] = '1';
    at += element.data.size();
  }
  while (at % 4 != 0) out[at++] = 0;
  chroom::store_be16(out + 12, chroom::rtp::kOneByteProfile);
  chroom::store_be16(out + 14, static_cast<uint16_t>((at - 16) / 4));
  return at;
}

Case anew_case(Room& room) {
  return {named("built anew from the extensions", room), "ns/header", room.receivers.size(), [&room] {
            for (size_t i = 0; i < room.receivers.size(); ++i) {
              Receiver& receiver = room.receivers[i];
              uint8_t* out = room.slot(i).data();
              const size_t length = build_header(out, receiver, receiver.sequence++, room.header.timestamp + receiver.timestamp_offset, room);
              keep(&length);
              keep(out);
            }
          }};
}

}  // namespace

int main() {
  Room hundred(100);
  Room many(2000);
  std::vector<Case> cases;
  for (Room* room : {&hundred, &many}) {
    cases.push_back(copy_case(*room));
    cases.push_back(plan_case(*room));
    cases.push_back(anew_case(*room));
  }
  chroom::micro::run_trials(cases, kCallsPerTrial);
  chroom::micro::print("\"headerBytes\":" + std::to_string(chroom::micro::kHeaderBytes), cases);
}
