#include "streams/send_stream.h"

#include <gtest/gtest.h>

#include <map>

#include "rtp/header.h"
#include "streams/ntp_time.h"
#include "streams/synthetic_video.h"

namespace chroom::streams {
namespace {

using std::chrono::milliseconds;
constexpr PayloadMapping kPayloads[] = {{96, 100, 101}};

struct Sent {
  uint32_t ssrc;
  uint64_t index;
  uint32_t timestamp;
  uint8_t payload_type;
  bool marker;
  uint16_t picture_id;
  uint8_t tl0;
  PieceName name;
};

// One encoding as the router sees it, and one subscription behind it.
struct SendStreamTest : testing::Test {
  static SendStreamConfig config() {
    SendStreamConfig c;
    c.ssrc = 0xAAAA;
    c.rtx = true;
    c.first_sequence = 0x7FFF;
    c.mid = "9";
    c.extensions = test_extensions();
    c.payloads = kPayloads;
    return c;
  }

  struct Source {
    explicit Source(SyntheticVideo::Config c) : video(c), stream(ReceiveStreamConfig{.ssrc = c.ssrc}) {}
    SyntheticVideo video;
    ReceiveStream stream;
  };

  buffer::PacketRef receive(Source& source, const SyntheticVideo::Packet& raw) {
    buffer::PacketRef packet = pool.acquire();
    std::copy(raw.begin(), raw.end(), packet.storage().begin());
    packet.set_length(raw.size());
    packet.set_arrival(now);
    auto& descriptor = packet.emplace_descriptor<PacketDescriptor>();
    EXPECT_EQ(rtp::parse_packet(packet.bytes(), descriptor.header), DropReason::kNone);
    rtp::read_extensions(packet.bytes(), descriptor.header, test_extensions(), descriptor.extensions);
    EXPECT_TRUE(describe_payload(packet.bytes(), rtp::Codec::kVp8, templates, descriptor));
    source.stream.on_packet(packet, now);
    return packet;
  }

  Sent read(const EgressPacket& out) {
    uint8_t raw[2048];
    const auto header = write_header({raw, sizeof raw}, out);
    size_t length = header.length;
    for (Bytes part : {out.payload_head(), out.payload_body()}) {
      std::copy(part.begin(), part.end(), raw + length);
      length += part.size();
    }
    rtp::Header parsed;
    EXPECT_EQ(rtp::parse_packet({raw, length}, parsed), DropReason::kNone);
    Bytes payload = parsed.payload({raw, length});
    if (out.retransmission) payload = payload.subspan(2);
    rtp::Vp8Descriptor vp8;
    EXPECT_TRUE(rtp::parse_vp8(payload, vp8));
    return {parsed.ssrc, uint64_t{out.rollover} << 16 | parsed.sequence, parsed.timestamp, parsed.payload_type,
            parsed.marker, vp8.picture_id, vp8.tl0_picture_index,
            SyntheticVideo::name_of(payload).value_or(PieceName{})};
  }

  std::optional<Sent> forward(const buffer::PacketRef& packet) {
    EgressPacket out;
    last_reason = stream.forward(packet, now, out);
    if (last_reason != DropReason::kNone) return std::nullopt;
    return read(out);
  }

  void switch_to(uint8_t encoding, Source& source, const buffer::PacketRef& first, Source* before = nullptr) {
    stream.switch_to(encoding, first.descriptor<PacketDescriptor>(),
                     before == nullptr ? std::nullopt : before->stream.sender_clock(), source.stream.sender_clock(),
                     now);
  }

  Instant now{milliseconds(1000)};
  buffer::PacketPool pool{4096};
  rtp::LayerTemplates templates;
  RecentResends recent;
  SendStream stream{config()};
  DropReason last_reason = DropReason::kNone;
};

TEST_F(SendStreamTest, NumbersPacketsWithoutGapsAcrossTheWrapOfBothSides) {
  Source source({});
  uint64_t expected = 0x7FFF;
  for (int frame = 0; frame < 40; ++frame) {
    for (const auto& raw : source.video.frame(frame == 0, 3)) {
      const auto packet = receive(source, raw);
      if (expected == 0x7FFF) switch_to(0, source, packet);
      const auto sent = forward(packet);
      ASSERT_TRUE(sent);
      EXPECT_EQ(sent->index, expected++);
      EXPECT_EQ(sent->ssrc, 0xAAAAu);
      EXPECT_EQ(sent->payload_type, 100);
      EXPECT_EQ(sent->name.frame, source.video.frame_number());
    }
    now += milliseconds(33);
  }
}

TEST_F(SendStreamTest, LeavesTheHoleOfALostPacketAndFillsItWhenThePacketComesLate) {
  Source source({});
  const auto frame = source.video.frame(true, 4);
  const auto first = receive(source, frame[0]);
  switch_to(0, source, first);
  const uint64_t base = forward(first)->index;
  EXPECT_EQ(forward(receive(source, frame[2]))->index, base + 2);
  EXPECT_EQ(forward(receive(source, frame[3]))->index, base + 3);
  const auto late = forward(receive(source, frame[1]));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->index, base + 1);
  EXPECT_EQ(late->name.piece, 1);
}

TEST_F(SendStreamTest, ClosesTheHolesOfATemporalLayerThatIsLeftOut) {
  Source source({.temporal_layers = 2});
  stream.set_max_temporal_layer(0);
  std::optional<Sent> before;
  int sent_frames = 0;
  for (int frame = 0; frame < 60; ++frame) {
    for (const auto& raw : source.video.frame(frame == 0, 2)) {
      const auto packet = receive(source, raw);
      if (frame == 0 && !before) switch_to(0, source, packet);
      const auto sent = forward(packet);
      if (!sent) {
        EXPECT_EQ(last_reason, DropReason::kLayerNotWanted);
        continue;
      }
      if (before) {
        EXPECT_EQ(sent->index, before->index + 1);
        const bool new_frame = sent->name.frame != before->name.frame;
        EXPECT_EQ(sent->picture_id, (before->picture_id + new_frame) & 0x7FFF);
        EXPECT_EQ(sent->tl0, static_cast<uint8_t>(before->tl0 + new_frame));
        sent_frames += new_frame;
      }
      before = sent;
    }
    now += milliseconds(33);
  }
  EXPECT_EQ(sent_frames, 29);
}

TEST_F(SendStreamTest, NumbersALatePacketByTheOmissionsBeforeItOnly) {
  Source source({.temporal_layers = 2});
  stream.set_max_temporal_layer(0);
  std::vector<SyntheticVideo::Packet> raws;
  for (int frame = 0; frame < 7; ++frame) {
    for (const auto& raw : source.video.frame(frame == 0, 2)) raws.push_back(raw);
  }
  // Frames 1, 3, 5 are of layer 1. Packet 9 (second half of frame 4) comes last.
  std::map<size_t, Sent> sent;
  const auto give = [&](size_t i) {
    const auto packet = receive(source, raws[i]);
    if (i == 0) switch_to(0, source, packet);
    if (const auto out = forward(packet)) sent.emplace(i, *out);
  };
  for (size_t i = 0; i < raws.size(); ++i) {
    if (i != 9) give(i);
  }
  give(9);
  ASSERT_TRUE(sent.contains(9));
  EXPECT_EQ(sent.at(9).index, sent.at(8).index + 1);
  EXPECT_EQ(sent.at(9).index + 1, sent.at(12).index);
  EXPECT_EQ(sent.at(9).picture_id, sent.at(8).picture_id);
  EXPECT_EQ(sent.at(12).picture_id, (sent.at(8).picture_id + 1) & 0x7FFF);
}

TEST_F(SendStreamTest, LeavesOutPaddingProbesWithoutAHole) {
  Source source({});
  const auto frame = source.video.frame(true, 3);
  const auto first = receive(source, frame[0]);
  switch_to(0, source, first);
  const uint64_t base = forward(first)->index;
  auto probe = receive(source, frame[1]);
  probe.descriptor<PacketDescriptor>().header.payload_length = 0;
  EXPECT_FALSE(forward(probe));
  EXPECT_EQ(last_reason, DropReason::kRtpPaddingOnly);
  EXPECT_EQ(forward(receive(source, frame[2]))->index, base + 1);
}

TEST_F(SendStreamTest, ContinuesSequencePicturesAndTimeAcrossASwitch) {
  Source low({.encoding = 0, .ssrc = 1, .first_sequence = 10, .first_picture_id = 100, .first_timestamp = 5000});
  Source high({.encoding = 1, .ssrc = 2, .first_sequence = 40000, .first_picture_id = 9, .first_timestamp = 900'000});
  const auto low_frame = low.video.frame(true, 2);
  const auto high_frame = high.video.frame(true, 2);
  // Both captured at the same moment; the layers' clocks differ by a constant that the reports reveal.
  rtcp::SenderReport report{};
  report.ntp_time = uint64_t{1000} << 32;
  report.rtp_timestamp = low.video.timestamp();
  low.stream.on_sender_report(report, now);
  report.rtp_timestamp = high.video.timestamp();
  high.stream.on_sender_report(report, now);

  const auto first = receive(low, low_frame[0]);
  switch_to(0, low, first);
  forward(first);
  const auto last_low = *forward(receive(low, low_frame[1]));
  EXPECT_EQ(stream.statistics(now).packets_since_switch, 2u);
  now += milliseconds(33);
  const auto next_high = high.video.frame(true, 1, 2970);  // 33 ms later
  const auto packet = receive(high, next_high[0]);
  switch_to(1, high, packet, &low);
  const auto switched = *forward(packet);
  EXPECT_EQ(switched.index, last_low.index + 1);
  EXPECT_EQ(stream.statistics(now).packets, 3u);
  EXPECT_EQ(stream.statistics(now).packets_since_switch, 1u);
  EXPECT_EQ(switched.picture_id, last_low.picture_id + 1);
  EXPECT_EQ(switched.tl0, static_cast<uint8_t>(last_low.tl0 + 1));
  EXPECT_EQ(switched.timestamp, last_low.timestamp + 2970);
  // The old layer's stragglers have no place any more.
  EXPECT_EQ(stream.encoding(), 1);
}

TEST_F(SendStreamTest, GoesForwardByElapsedTimeWhenTheClocksAreUnknown) {
  Source low({.encoding = 0, .ssrc = 1, .first_timestamp = 5000});
  Source high({.encoding = 1, .ssrc = 2, .first_timestamp = 4'000'000'000});
  const auto first = receive(low, low.video.frame(true, 1)[0]);
  switch_to(0, low, first);
  const auto before = *forward(first);
  now += milliseconds(100);
  const auto packet = receive(high, high.video.frame(true, 1)[0]);
  switch_to(1, high, packet, &low);
  EXPECT_EQ(forward(packet)->timestamp, before.timestamp + 9000);
}

TEST_F(SendStreamTest, NeverGoesBackInTimeAndForgetsTheAddedTickAtTheNextSwitch) {
  Source low({.encoding = 0, .ssrc = 1, .first_timestamp = 5000});
  Source high({.encoding = 1, .ssrc = 2, .first_timestamp = 900'000});
  rtcp::SenderReport report{};
  report.ntp_time = uint64_t{1000} << 32;
  report.rtp_timestamp = 8000;
  low.stream.on_sender_report(report, now);
  report.rtp_timestamp = 903'000;
  high.stream.on_sender_report(report, now);
  const auto first = receive(low, low.video.frame(true, 1)[0]);
  const auto same_moment = receive(high, high.video.frame(true, 1)[0]);
  switch_to(0, low, first);
  const auto before = *forward(first);
  switch_to(1, high, same_moment, &low);
  EXPECT_EQ(forward(same_moment)->timestamp, before.timestamp + 1);
  now += milliseconds(33);
  const auto back = receive(low, low.video.frame(true, 1, 3000)[0]);
  switch_to(0, low, back, &high);
  EXPECT_EQ(forward(back)->timestamp, before.timestamp + 3000);
}

TEST_F(SendStreamTest, DropsWhatIsOlderThanTheSwitch) {
  Source source({});
  const auto old_frame = source.video.frame(false, 1);
  const auto key_frame = source.video.frame(true, 1);
  const auto straggler_before = receive(source, old_frame[0]);
  const auto key = receive(source, key_frame[0]);
  switch_to(0, source, key);
  EXPECT_TRUE(forward(key));
  EXPECT_FALSE(forward(straggler_before));
  EXPECT_EQ(last_reason, DropReason::kRouterTooOld);
}

TEST_F(SendStreamTest, SendsTheSamePacketAgainAsRetransmission) {
  Source source({});
  const auto packet = receive(source, source.video.frame(true, 1)[0]);
  switch_to(0, source, packet);
  const auto original = *forward(packet);
  DropReason reason = DropReason::kNone;
  const std::optional<ResendSource> sent = stream.find_for_resend(static_cast<uint16_t>(original.index), recent, now, reason);
  ASSERT_TRUE(sent);
  const buffer::PacketRef* kept = source.stream.history().find(sent->sequence);
  ASSERT_NE(kept, nullptr);
  EgressPacket out;
  ASSERT_TRUE(stream.resend(*sent, *kept, out, reason));
  EXPECT_EQ(load_be16(out.payload_head().data()), static_cast<uint16_t>(original.index));
  const auto again = read(out);
  EXPECT_EQ(again.ssrc, 0xAAABu);
  EXPECT_EQ(again.payload_type, 101);
  EXPECT_EQ(again.timestamp, original.timestamp);
  EXPECT_EQ(again.picture_id, original.picture_id);
  EXPECT_EQ(again.name, original.name);
  EXPECT_EQ(stream.statistics(now).retransmitted, 1u);
}

// Over two encodings and a temporal layer that is left out for a while: whatever was sent can be sent again as it was.
TEST_F(SendStreamTest, FindsWhatItSentAcrossOmissionsAndASwitch) {
  Source low({.ssrc = 1, .temporal_layers = 2});
  Source high({.ssrc = 2, .first_picture_id = 500, .temporal_layers = 2});
  std::map<uint64_t, std::pair<Source*, Sent>> sent;
  const auto run = [&](Source& source, uint8_t encoding, int frames, Source* before) {
    for (int i = 0; i < frames; ++i) {
      for (const auto& raw : source.video.frame(i == 0, 3)) {
        const auto packet = receive(source, raw);
        if (i == 0 && stream.encoding() != encoding) switch_to(encoding, source, packet, before);
        if (const auto one = forward(packet)) sent[one->index] = {&source, *one};
      }
      now += milliseconds(33);
    }
  };
  run(low, 0, 4, nullptr);
  stream.set_max_temporal_layer(0);
  run(low, 0, 6, nullptr);
  stream.set_max_temporal_layer(kAllTemporalLayers);
  const uint64_t contiguous = sent.rbegin()->first;
  run(low, 0, 5, nullptr);
  const auto answered = [&](uint64_t index, const Sent& original, Source& source) {
    DropReason reason = DropReason::kNone;
    const auto found = stream.find_for_resend(static_cast<uint16_t>(index), recent, now, reason);
    if (!found) return false;
    const buffer::PacketRef* kept = source.stream.history().find(found->sequence);
    EgressPacket out;
    if (kept == nullptr || !stream.resend(*found, *kept, out, reason)) return false;
    const Sent again = read(out);
    EXPECT_EQ(load_be16(out.payload_head().data()), static_cast<uint16_t>(index));
    EXPECT_EQ(again.name, original.name) << index;
    EXPECT_EQ(again.timestamp, original.timestamp) << index;
    EXPECT_EQ(again.picture_id, original.picture_id) << index;
    EXPECT_EQ(again.tl0, original.tl0) << index;
    return true;
  };
  for (const auto& [index, entry] : sent) EXPECT_TRUE(answered(index, entry.second, *entry.first)) << index;
  now += milliseconds(500);
  run(high, 1, 5, &low);
  size_t of_former = 0;
  for (const auto& [index, entry] : sent) {
    const bool found = answered(index, entry.second, *entry.first);
    EXPECT_TRUE(found || (entry.first == &low && index <= contiguous)) << index;
    of_former += found && entry.first == &low;
  }
  EXPECT_GT(of_former, 0u);
}

TEST_F(SendStreamTest, DoesBoundedWorkForAFloodOfNacks) {
  Source source({});
  const auto packet = receive(source, source.video.frame(true, 1)[0]);
  switch_to(0, source, packet);
  const auto sequence = static_cast<uint16_t>(forward(packet)->index);
  int answered = 0;
  for (int i = 0; i < 10000; ++i) {
    DropReason reason = DropReason::kNone;
    answered += stream.find_for_resend(sequence, recent, now, reason).has_value();
    if (i > 0) {
      EXPECT_EQ(reason, DropReason::kNackLimited);
    }
  }
  EXPECT_EQ(answered, 1);
  DropReason reason = DropReason::kNone;
  EXPECT_FALSE(stream.find_for_resend(static_cast<uint16_t>(sequence + 1), recent, now, reason));
  EXPECT_EQ(reason, DropReason::kNackLimited);  // Even the look-up is refused until the bucket fills.
  now += milliseconds(100);
  EXPECT_FALSE(stream.find_for_resend(static_cast<uint16_t>(sequence + 1), recent, now, reason));
  EXPECT_EQ(reason, DropReason::kNackNotInHistory);
}

TEST_F(SendStreamTest, LimitsTheBytesOfRetransmissions) {
  Source source({.payload_bytes = 1100});
  std::vector<uint16_t> sequences;
  for (int frame = 0; frame < 100; ++frame) {
    for (const auto& raw : source.video.frame(frame == 0, 4)) {
      const auto packet = receive(source, raw);
      if (sequences.empty()) switch_to(0, source, packet);
      sequences.push_back(static_cast<uint16_t>(forward(packet)->index));
    }
  }
  int answered = 0;
  for (const uint16_t sequence : sequences) {
    DropReason reason = DropReason::kNone;
    const std::optional<ResendSource> sent = stream.find_for_resend(sequence, recent, now, reason);
    if (!sent) continue;
    EgressPacket out;
    answered += stream.resend(*sent, *source.stream.history().find(sent->sequence), out, reason);
  }
  EXPECT_NEAR(answered, ResendBudget::kBurstBytes / 1112, 2);
}

TEST_F(SendStreamTest, MeasuresTheRateBetweenTwoReadings) {
  Source source({.payload_bytes = 1000});
  uint64_t bytes = 0;
  for (int i = 0; i < 60; ++i) {
    const auto packet = receive(source, source.video.frame(i == 0, 1)[0]);
    if (i == 0) switch_to(0, source, packet);
    forward(packet);
    if (i == 29) bytes = stream.statistics(now).bytes;
    now += milliseconds(33);
  }
  const auto s = stream.statistics(now);
  EXPECT_NEAR(s.bitrate_bps, static_cast<double>(s.bytes - bytes) * 8 / (0.033 * 31), 100);
  EXPECT_EQ(stream.statistics(now + milliseconds(1)).bitrate_bps, s.bitrate_bps);
}

TEST_F(SendStreamTest, ReportsOnThePublishersClockAndMeasuresTheRoundTrip) {
  Source source({.first_timestamp = 7000});
  const auto packet = receive(source, source.video.frame(true, 1)[0]);
  rtcp::SenderReport from_publisher{};
  from_publisher.ntp_time = uint64_t{5000} << 32;
  from_publisher.rtp_timestamp = 10000;
  source.stream.on_sender_report(from_publisher, now);
  switch_to(0, source, packet);
  forward(packet);
  now += milliseconds(500);
  uint8_t raw[128];
  rtcp::Writer writer({raw, sizeof raw});
  ASSERT_TRUE(stream.write_sender_report(writer, source.stream.sender_clock(), now));
  rtcp::CompoundReader reader(writer.bytes());
  rtcp::PacketView view;
  ASSERT_TRUE(reader.next(view));
  const auto report = rtcp::parse_sender_report(view);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rtp_timestamp, 10000u + 45000);
  EXPECT_EQ(report->ntp_time >> 32, 5000u);
  EXPECT_EQ(report->packet_count, 1u);

  rtcp::ReportBlock block;
  block.ssrc = 0xAAAA;
  block.last_sender_report = compact_ntp(report->ntp_time);
  block.delay_since_last_report = compact_of_duration(milliseconds(20));
  block.fraction_lost = 64;
  now += milliseconds(60);
  const auto round_trip = stream.on_report_block(block, now);
  ASSERT_TRUE(round_trip);
  EXPECT_NEAR(static_cast<double>(round_trip->count()), 40000, 50);
  EXPECT_EQ(stream.statistics(now).loss_ppm, 250'000u);
  block.delay_since_last_report = compact_of_duration(milliseconds(900));
  EXPECT_FALSE(stream.on_report_block(block, now)) << "a delay longer than the time since the report is a lie";
}

}  // namespace
}  // namespace chroom::streams
