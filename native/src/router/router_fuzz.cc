// Two peers of one room send each other's node any bytes as RTP and RTCP. No crash, no unbounded work.
#include "router/router_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chroom;
  using namespace chroom::router;
  RouterHarness harness;
  MediaTransport& publisher = harness.add_transport(1);
  MediaTransport& receiver = harness.add_transport(2);
  PublishedTrack& track = *harness.router.publish(publisher, RouterHarness::video_config(3)).value();
  Subscription& subscription =
      *harness.router.subscribe(track, receiver, RouterHarness::subscribe_config(), harness.now).value();
  streams::SyntheticVideo video({.rid = "a"});
  harness.receive_frame(publisher, video, true, 3);
  // Chunks: one byte of what and how long after, two of length, then the bytes.
  while (size >= 3) {
    const uint8_t what = data[0];
    const size_t length = std::min<size_t>(load_be16(data + 1) % 1500, size - 3);
    std::vector<uint8_t> chunk(data + 3, data + 3 + length);
    data += 3 + length;
    size -= 3 + length;
    harness.now += std::chrono::milliseconds(what >> 3);
    if (chunk.size() >= 12 && (what & 4) != 0) {
      // Half of the inputs name a stream that exists.
      store_be32(chunk.data() + 8, (what & 1) != 0 ? subscription.ssrc() : video.config().ssrc);
    }
    switch (what & 3) {
      case 0: harness.receive(publisher, chunk); break;
      case 1: harness.router.on_rtcp(receiver, chunk, harness.now); break;
      case 2: harness.router.on_rtcp(publisher, chunk, harness.now); break;
      default: harness.receive_frame(publisher, video, (what & 4) != 0, 2); break;
    }
    harness.router.flush_runs(harness.now, [&](MediaTransport& to, std::span<streams::EgressPacket> run) {
      for (auto& packet : run) {
        uint8_t header[rtp::kMaxEgressHeaderBytes];
        packet.fields.transport_sequence = to.number_packet(packet.payload_bytes(), harness.now);
        if (streams::write_header({header, sizeof header}, packet).length == 0) __builtin_trap();
        if (packet.payload_body().size() > buffer::kPacketBytes) __builtin_trap();
      }
    });
    harness.timers();
    harness.router.clear_events();
  }
  return 0;
}
