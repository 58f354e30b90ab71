#pragma once
// A receiver that repairs what it can and writes down everything a decoder would care about.
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "network.h"
#include "rtp/rtx.h"
#include "streams/ntp_time.h"
#include "streams/receive_stream.h"
#include "streams/synthetic_video.h"

namespace chroom::simulation {

class VideoSubscriber {
 public:
  struct Piece {
    int64_t sequence;
    uint32_t timestamp;
    uint16_t picture_id;
    uint8_t tl0;
    bool marker;
    bool key_start;
    streams::PieceName name;
  };

  VideoSubscriber(Network& network, uint32_t ssrc, uint32_t rtx_ssrc, uint8_t payload_type,
                  std::function<void(Bytes)> send)
      : network_(network), ssrc_(ssrc), rtx_ssrc_(rtx_ssrc), payload_type_(payload_type), send_(std::move(send)),
        pool_(4096), stream_({.ssrc = ssrc}) {
    network_.every(std::chrono::milliseconds(5), [this](Instant now) { feedback(now); });
    network_.every(std::chrono::seconds(1), [this](Instant now) { report(now); });
  }

  void receive(Bytes datagram, Instant now) {
    if (rtp::is_rtcp(datagram)) {
      rtcp::CompoundReader reader(datagram);
      for (rtcp::PacketView packet; reader.next(packet);) {
        const auto report = rtcp::parse_sender_report(packet);
        if (report && report->sender_ssrc == ssrc_) stream_.on_sender_report(*report, now);
        if (report) ++sender_reports;
      }
      return;
    }
    buffer::PacketRef packet = pool_.acquire();
    std::copy(datagram.begin(), datagram.end(), packet.storage().begin());
    packet.set_length(datagram.size());
    packet.set_arrival(now);
    auto& descriptor = packet.emplace_descriptor<streams::PacketDescriptor>();
    if (rtp::parse_packet(packet.bytes(), descriptor.header) != DropReason::kNone) {
      ++malformed;
      return;
    }
    if (descriptor.header.ssrc == rtx_ssrc_) {
      if (rtp::unwrap_rtx(packet.bytes(), descriptor.header, ssrc_, payload_type_) != DropReason::kNone) ++malformed;
      descriptor.retransmission = true;
      ++retransmissions;
    } else if (descriptor.header.ssrc != ssrc_) {
      ++malformed;
      return;
    }
    if (!streams::describe_payload(packet.bytes(), rtp::Codec::kVp8, templates_, descriptor)) {
      ++malformed;
      return;
    }
    if (stream_.on_packet(packet, now).drop != DropReason::kNone) return;
    const Bytes payload = descriptor.payload(packet);
    // A decoder cannot begin in the middle: it asks until a key frame begins.
    can_decode_ |= descriptor.starts_key_frame;
    if (!can_decode_) stream_.request_key_frame(now);
    pieces[descriptor.sequence] = {descriptor.sequence,
                                   descriptor.header.timestamp,
                                   descriptor.vp8.picture_id,
                                   descriptor.vp8.tl0_picture_index,
                                   descriptor.header.marker,
                                   descriptor.starts_key_frame,
                                   streams::SyntheticVideo::name_of(payload).value_or(streams::PieceName{})};
  }

  std::map<int64_t, Piece> pieces;   // by unwrapped sequence number
  int retransmissions = 0;
  int sender_reports = 0;
  int malformed = 0;

 private:
  void feedback(Instant now) {
    uint8_t raw[1180];
    rtcp::Writer writer({raw, sizeof raw});
    stream_.write_feedback(writer, 1, now, std::chrono::milliseconds(60));
    if (writer.length() > 0) send_(writer.bytes());
    stream_.poll(now);
  }
  void report(Instant now) {
    uint8_t raw[256];
    rtcp::Writer writer({raw, sizeof raw});
    if (const auto block = stream_.take_report_block(now)) {
      writer.receiver_report(1, {&*block, 1});
      send_(writer.bytes());
    }
  }

  Network& network_;
  uint32_t ssrc_;
  uint32_t rtx_ssrc_;
  uint8_t payload_type_;
  std::function<void(Bytes)> send_;
  buffer::PacketPool pool_;
  bool can_decode_ = false;
  streams::ReceiveStream stream_;
  rtp::LayerTemplates templates_;
};

}  // namespace chroom::simulation
