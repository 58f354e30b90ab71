#include "rtcp/reader.h"
#include "vocabulary/check.h"

using namespace chroom;
using namespace chroom::rtcp;

// Every parser over every packet of the compound; what they return must be readable.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint64_t sum = 0;
  size_t packets = 0;
  CompoundReader reader({data, size});
  for (PacketView packet; reader.next(packet);) {
    CHROOM_CHECK(++packets <= size / kHeaderBytes, "each packet takes at least its header");
    if (const auto report = parse_sender_report(packet)) {
      for (size_t i = 0; i < report->blocks.size(); ++i) sum += report->blocks[i].jitter;
    }
    if (const auto report = parse_receiver_report(packet)) {
      for (size_t i = 0; i < report->blocks.size(); ++i) sum += report->blocks[i].ssrc;
    }
    size_t nacked = 0;
    if (const auto nack = parse_nack(packet)) nack->for_each([&](uint16_t) { return ++nacked < 100000; });
    CHROOM_CHECK(nacked <= packet.body.size() / 4 * 17, "bounded by the packet");
    if (const auto fir = parse_fir(packet)) {
      for (size_t i = 0; i < fir->size(); ++i) sum += fir->ssrc(i) + fir->command_sequence(i);
    }
    if (const auto remb = parse_remb(packet)) sum += remb->bitrate_bps + remb->ssrcs.size();
    for_each_bye_source(packet, [&](uint32_t ssrc) { sum += ssrc; });
    if (const auto cname = parse_cname(packet)) {
      for (const uint8_t byte : cname->text) sum += byte;
    }
    if (parse_pli(packet)) ++sum;
    if (const auto time = parse_receiver_reference_time(packet)) sum += time->ntp_time;
    if (const auto delay = parse_dlrr(packet, 1)) sum += delay->delay;
  }
  volatile uint64_t keep = sum;
  (void)keep;
  return 0;
}
