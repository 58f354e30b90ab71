#include <vector>

#include "rtcp/transport_feedback.h"
#include "vocabulary/check.h"

using namespace chroom;
using namespace chroom::rtcp;

// Parses the body; what it says is written again by us and must read the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 8192) return 0;
  const auto feedback =
      parse_transport_feedback({PacketType::kTransportFeedback, kTransportWideCcFormat, Bytes(data, size)});
  if (!feedback) return 0;
  std::vector<int64_t> arrivals;
  feedback->for_each([&](uint16_t, int64_t arrival_us) { arrivals.push_back(arrival_us); });
  CHROOM_CHECK(arrivals.size() == feedback->packet_count, "one answer per packet");

  std::vector<uint8_t> out(32 * 1024);
  const auto written = write_transport_feedback(out, 1, 2, 3, feedback->base_sequence, arrivals);
  if (written.length == 0) return 0;
  CompoundReader reader(Bytes(out).first(written.length));
  PacketView packet;
  CHROOM_CHECK(reader.next(packet), "we write whole packets");
  const auto again = parse_transport_feedback(packet);
  CHROOM_CHECK(again && again->packet_count == written.packets, "we read what we write");
  // The reference time has 24 bits: compare from the first received packet on.
  int64_t shift_us = kNotReceived;
  size_t i = 0;
  again->for_each([&](uint16_t, int64_t arrival_us) {
    const int64_t before = arrivals[i++];
    CHROOM_CHECK((before == kNotReceived) == (arrival_us == kNotReceived), "loss survives");
    if (before == kNotReceived) return;
    if (shift_us == kNotReceived) shift_us = arrival_us - before;
    CHROOM_CHECK(arrival_us - before == shift_us, "times survive");
  });
  return 0;
}
