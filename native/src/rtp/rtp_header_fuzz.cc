#include <vector>

#include "rtp/egress_header.h"
#include "rtp/rtx.h"
#include "vocabulary/check.h"

using namespace chroom;
using namespace chroom::rtp;

namespace {

// Publisher's ids count up, the subscriber's are picked by the input, so that both forms are written.
ExtensionMap map_from(uint8_t seed) {
  ExtensionMap map;
  for (size_t i = 0; i < kExtensionKindCount; ++i) {
    map.add(static_cast<ExtensionKind>(i), static_cast<uint8_t>(i * (seed % 5 + 1) + 1 + seed / 8));
  }
  return map;
}

}  // namespace

// Parses a packet, walks its extensions, writes its egress header, and reads that back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 1501) return 0;
  const Bytes packet(data + 1, size - 1);
  Header header;
  looks_like_rtp_or_rtcp(packet);
  if (parse_packet(packet, header) != DropReason::kNone) return 0;
  CHROOM_CHECK(header.payload_offset + header.payload_length + header.padding_length == static_cast<int>(packet.size()),
               "header, payload and padding are the packet");
  const ExtensionMap publisher = map_from(0), subscriber = map_from(data[0]);
  ExtensionTable extensions;
  read_extensions(packet, header, publisher, extensions);
  read_audio_level(packet, extensions);
  read_transport_sequence(packet, extensions);
  read_abs_send_time(packet, extensions);

  EgressPlan plan("mid", subscriber);
  plan.set_keep_csrcs((data[0] & 1) != 0);
  std::vector<uint8_t> out(kMaxEgressHeaderBytes);
  const EgressFields fields = {.ssrc = 0x01020304, .timestamp = 1, .sequence = 2, .transport_sequence = 0xBEEF,
                               .abs_send_time = 0xABCDEF, .payload_type = 100};
  const EgressHeader written = write_egress_header(out, plan, fields, packet, header, extensions);
  CHROOM_CHECK(written.length != 0, "kMaxEgressHeaderBytes is enough");
  Header again;
  const Bytes fresh = Bytes(out).first(written.length);
  CHROOM_CHECK(parse_header(fresh, again) == DropReason::kNone && again.header_length == written.length,
               "the header parses back");
  ExtensionTable carried;
  read_extensions(fresh, again, subscriber, carried);
  CHROOM_CHECK(read_transport_sequence(fresh, carried) == 0xBEEF, "the fresh values are there");
  CHROOM_CHECK(read_abs_send_time(fresh, carried) == 0xABCDEF, "the fresh values are there");
  CHROOM_CHECK(extensions.get(packet, ExtensionKind::kDependencyDescriptor).size() ==
                   carried.get(fresh, ExtensionKind::kDependencyDescriptor).size(),
               "copied values keep their size");
  unwrap_rtx(packet, header, 1, 2);
  CHROOM_CHECK(header.payload(packet).size() <= packet.size(), "payload stays inside the packet");
  return 0;
}
