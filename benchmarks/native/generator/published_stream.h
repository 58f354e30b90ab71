#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "srtp/send_context.h"
#include "vocabulary/bytes.h"
#include "vocabulary/time.h"

namespace chroom::load {

// What a stream sends: set when it is published, or for all streams without a shape of their own by a run.
struct FrameShape {
  double frames_per_second = 30;
  size_t packets = 8;          // 1..kMaxPackets
  size_t packet_bytes = 1200;  // RTP header included, tag not
};

// What the payload carries in its last bytes, so that a receiver can check what came and how long it took.
struct PayloadMark {
  static constexpr size_t kBytes = 16;
  static constexpr uint32_t kMagic = 0x4368726d;
  int64_t sent_wall_ns = 0;
  uint32_t packet = 0;  // counts from 0 per stream, over all runs

  void store(uint8_t* out) const;
  // False when the bytes are not a mark.
  bool load(Bytes in);
};

// One RTP stream of a publisher: VP8 with 15-bit picture ids, or opaque payloads for audio. Writes whole frames,
// protected, with the extensions that browsers send.
class PublishedStream {
 public:
  static constexpr size_t kMaxPackets = 64;
  static constexpr size_t kMaxPacketBytes = 1400;

  struct Parameters {
    uint32_t ssrc = 0;
    uint8_t payload_type = 96;
    bool video = true;
    uint8_t transport_cc_id = 0;  // 0: not sent
    uint8_t abs_send_time_id = 0;
    uint8_t audio_level_id = 0;
    std::optional<FrameShape> shape;
  };
  explicit PublishedStream(const Parameters& parameters) : parameters_(parameters) { payload_.fill(kFilling); }

  uint32_t ssrc() const { return parameters_.ssrc; }
  const std::optional<FrameShape>& shape() const { return parameters_.shape; }
  uint32_t packets() const { return packets_; }
  uint32_t octets() const { return octets_; }
  uint32_t timestamp() const { return timestamp_; }
  void want_key_frame() { key_frame_wanted_ = true; }

  // Begins the next frame and says of how many packets it is: write_packet() makes one after the other.
  size_t begin_frame(const FrameShape& shape);
  // Protected and valid until the next frame; marked with the time of this call. transport_sequence: of the transport.
  Bytes write_packet(srtp::SendContext& srtp, uint16_t transport_sequence, Instant now);
  // A whole frame, for senders that hand it on in one piece. transport_sequence is counted up.
  std::span<const Bytes> write_frame(srtp::SendContext& srtp, const FrameShape& shape, uint16_t& transport_sequence, Instant now);

 private:
  static constexpr uint8_t kFilling = 0x5a;

  size_t write_header(uint8_t* out, bool marker, uint16_t transport_sequence, Instant now) const;
  size_t write_vp8(uint8_t* out, bool first, bool key) const;

  const Parameters parameters_;
  uint32_t packets_ = 0;
  uint32_t octets_ = 0;
  uint32_t timestamp_ = 0;
  uint16_t picture_id_ = 0;
  bool key_frame_wanted_ = true;
  FrameShape begun_;        // the frame of which packets are written
  size_t written_ = 0;      // of its packets
  bool key_ = false;
  std::array<uint8_t, kMaxPacketBytes> payload_;
  std::array<uint8_t, kMaxPackets * (kMaxPacketBytes + 64)> memory_;
  std::array<Bytes, kMaxPackets> frame_;
};

}  // namespace chroom::load
