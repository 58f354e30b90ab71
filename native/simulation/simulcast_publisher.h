#pragma once
// A camera with simulcast as a browser sends it: same capture moments in every layer, retransmission on NACK, a key
// frame on PLI, sender reports every second.
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "network.h"
#include "rtcp/writer.h"
#include "streams/ntp_time.h"
#include "streams/synthetic_video.h"

namespace chroom::simulation {

class SimulcastPublisher {
 public:
  static constexpr uint8_t kPayloadType = 96;
  static constexpr uint8_t kRtxPayloadType = 97;
  struct Layer {
    streams::SyntheticVideo video;
    uint32_t rtx_ssrc;
    uint16_t pieces;              // packets per frame
    bool sending = true;
    bool key_wanted = true;
    uint16_t rtx_sequence = 3;
    uint32_t packets = 0;
    std::map<uint16_t, Datagram> history;
    std::deque<uint16_t> order;
  };

  SimulcastPublisher(Network& network, size_t layers, std::function<void(Bytes)> send)
      : network_(network), send_(std::move(send)) {
    for (size_t i = 0; i < layers; ++i) {
      const auto n = static_cast<uint32_t>(i);
      streams::SyntheticVideo::Config config;
      config.encoding = n;
      config.ssrc = 1000 + n;
      config.payload_type = kPayloadType;
      config.first_sequence = static_cast<uint16_t>(65000 + 333 * n);
      config.first_picture_id = static_cast<uint16_t>(32000 + 5000 * n);
      config.first_timestamp = 77'000'000 * (n + 1);
      config.mid = "0";
      config.rid = std::string(1, static_cast<char>('a' + i));
      config.payload_bytes = 300;
      layers_.push_back({streams::SyntheticVideo(config), 2000 + n, static_cast<uint16_t>(2 + 3 * n)});
    }
    network_.every(Duration{33'333}, [this](Instant) { capture(); });
    network_.every(std::chrono::seconds(1), [this](Instant now) { report(now); });
  }

  void receive(Bytes datagram, Instant) {
    rtcp::CompoundReader reader(datagram);
    for (rtcp::PacketView packet; reader.next(packet);) {
      if (const auto nack = rtcp::parse_nack(packet)) answer(*nack);
      if (const auto pli = rtcp::parse_pli(packet)) {
        ++plis;
        for (Layer& layer : layers_) layer.key_wanted |= layer.video.config().ssrc == pli->media_ssrc;
      }
      if (const auto feedback = rtcp::parse_transport_feedback(packet)) ++feedbacks;
      if (const auto report = rtcp::parse_receiver_report(packet)) ++reports;
      // The node only receives from us: it learns the round trip through our answer.
      if (const auto reference = rtcp::parse_receiver_reference_time(packet)) {
        uint8_t raw[64];
        rtcp::Writer writer({raw, sizeof raw});
        const rtcp::DelaySinceLastReceiverReport dlrr{reference->sender_ssrc,
                                                      streams::compact_ntp(reference->ntp_time), 0};
        writer.dlrr(layers_[0].video.config().ssrc, {&dlrr, 1});
        send_(writer.bytes());
      }
    }
  }

  Layer& layer(size_t index) { return layers_[index]; }
  bool capturing = true;
  int plis = 0;
  int feedbacks = 0;
  int reports = 0;

 private:
  void capture() {
    if (!capturing) return;
    for (Layer& layer : layers_) {
      if (!layer.sending) {
        layer.key_wanted = true;  // An encoder that pauses begins again with a key frame.
        skipped_ticks_[&layer] += 3000;
        continue;
      }
      const uint32_t ticks = 3000 + std::exchange(skipped_ticks_[&layer], 0);
      const bool key = std::exchange(layer.key_wanted, false);
      for (auto& packet : layer.video.frame(key, static_cast<uint16_t>(layer.pieces * (key ? 4 : 1)), ticks)) {
        const uint16_t sequence = load_be16(packet.data() + 2);
        send_(packet);
        ++layer.packets;
        layer.history[sequence] = std::move(packet);
        layer.order.push_back(sequence);
        if (layer.order.size() > 1000) {
          layer.history.erase(layer.order.front());
          layer.order.pop_front();
        }
      }
    }
  }

  void answer(const rtcp::Nack& nack) {
    for (Layer& layer : layers_) {
      if (layer.video.config().ssrc != nack.media_ssrc) continue;
      nack.for_each([&](uint16_t sequence) {
        const auto found = layer.history.find(sequence);
        if (found != layer.history.end()) send_(retransmission(layer, found->second));
        return true;
      });
    }
  }

  // RFC 4588: own SSRC, payload type and sequence; the original sequence before the payload.
  static Datagram retransmission(Layer& layer, const Datagram& original) {
    const size_t header = 12 + 4 + size_t{4} * load_be16(original.data() + 14);
    Datagram rtx(original.begin(), original.begin() + static_cast<std::ptrdiff_t>(header));
    rtx[1] = static_cast<uint8_t>((original[1] & 0x80) | kRtxPayloadType);
    store_be16(rtx.data() + 2, layer.rtx_sequence++);
    store_be32(rtx.data() + 8, layer.rtx_ssrc);
    rtx.insert(rtx.end(), original.begin() + 2, original.begin() + 4);
    rtx.insert(rtx.end(), original.begin() + static_cast<std::ptrdiff_t>(header), original.end());
    return rtx;
  }

  void report(Instant now) {
    uint8_t raw[512];
    rtcp::Writer writer({raw, sizeof raw});
    for (Layer& layer : layers_) {
      if (!layer.sending) continue;
      writer.sender_report(layer.video.config().ssrc, streams::to_ntp(now), layer.video.timestamp(), layer.packets, 0);
    }
    if (writer.length() > 0) send_(writer.bytes());
  }

  Network& network_;
  std::function<void(Bytes)> send_;
  std::vector<Layer> layers_;
  std::map<Layer*, uint32_t> skipped_ticks_;
};

}  // namespace chroom::simulation
