#pragma once
// For tests: a router with one publisher of synthetic video and receivers that keep what they were sent, without a
// network in between.
#include <map>
#include <vector>

#include "router/router.h"
#include "streams/synthetic_video.h"

namespace chroom::router {

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<uint8_t>(state_ >> 56);
    }
  }

 private:
  uint64_t state_ = 1;
};

struct RouterHarness {
  static constexpr uint8_t kPayloadType = 96;
  static constexpr uint8_t kRtxPayloadType = 97;

  MediaTransport& add_transport(uint64_t key) {
    return router.add_transport(room, {.key = key, .cname = "test", .extensions = streams::test_extensions()});
  }

  static PublishConfig video_config(size_t encodings = 1) {
    PublishConfig config;
    config.key = 7;
    config.mid = "0";
    config.codecs = {{kPayloadType, rtp::Codec::kVp8, 90000, kRtxPayloadType, true, true}};
    for (size_t i = 0; i < encodings; ++i) {
      const std::string rid = encodings == 1 ? "" : std::string(1, static_cast<char>('a' + i));
      config.encodings.push_back({rid, 0, 0, static_cast<uint8_t>(i)});
    }
    return config;
  }
  static SubscribeConfig subscribe_config() {
    SubscribeConfig config;
    config.mid = "5";
    config.payloads = {{kPayloadType, 110, 111}};
    return config;
  }

  void receive(MediaTransport& from, Bytes raw) {
    buffer::PacketRef packet = pool.acquire();
    std::copy(raw.begin(), raw.end(), packet.storage().begin());
    packet.set_length(raw.size());
    packet.set_arrival(now);
    rtp::Header header;
    if (rtp::parse_header(packet.bytes(), header) != DropReason::kNone) return;
    router.on_rtp(from, std::move(packet), header, now);
  }
  void receive_frame(MediaTransport& from, streams::SyntheticVideo& video, bool key, uint16_t pieces) {
    for (const auto& raw : video.frame(key, pieces)) receive(from, raw);
  }

  // Empties the runs; how many packets each transport had.
  std::map<uint64_t, std::vector<uint16_t>> flush() {
    std::map<uint64_t, std::vector<uint16_t>> sent;
    router.flush_runs(now, [&](MediaTransport& to, std::span<streams::EgressPacket> run) {
      for (const auto& packet : run) sent[to.key()].push_back(packet.fields.sequence);
    });
    return sent;
  }
  // RTCP that is due, by transport.
  std::map<uint64_t, std::vector<std::vector<uint8_t>>> timers() {
    std::map<uint64_t, std::vector<std::vector<uint8_t>>> sent;
    router.run_timers(now,
                      [&](MediaTransport& to, Bytes rtcp) { sent[to.key()].emplace_back(rtcp.begin(), rtcp.end()); });
    return sent;
  }
  uint64_t dropped(DropReason reason) const { return counters.dropped(reason); }

  Instant now{std::chrono::seconds(1)};
  buffer::PacketPool pool{1 << 14};
  Counters counters;
  CountingRandom random;
  Router router{counters, random};
  Room& room = router.open_room(1);
};

}  // namespace chroom::router
