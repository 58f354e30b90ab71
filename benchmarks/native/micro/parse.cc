// What reading one packet costs: RTP header, extensions and VP8 descriptor as the packet path reads them, and RTCP as
// receivers send it; beside a bare copy of the same headers. Prints one JSON document.
#include <array>
#include <cstring>

#include "congestion/feedback_generator.h"
#include "micro/sample_packets.h"
#include "micro/trials.h"
#include "rtcp/reader.h"
#include "rtcp/transport_feedback.h"
#include "rtcp/writer.h"
#include "rtp/av1.h"
#include "rtp/header.h"
#include "streams/packet_descriptor.h"
#include "vocabulary/check.h"

namespace {

using chroom::Bytes;
using chroom::DropReason;
using chroom::micro::Case;
using chroom::micro::keep;

constexpr size_t kPackets = 256;
constexpr size_t kPacketBytes = 1200;
constexpr size_t kCallsPerTrial = 20;
constexpr size_t kCompounds = 64;

using Packets = std::vector<std::vector<uint8_t>>;

Packets rtp_packets() {
  Packets packets;
  for (size_t i = 0; i < kPackets; ++i) packets.push_back(chroom::micro::sample_packet(static_cast<uint16_t>(i), kPacketBytes));
  return packets;
}

Case copy_case(const Packets& packets) {
  return {"rtp: copy of the header (28 bytes), the reference", "ns/packet", kPackets, [&packets] {
            for (const auto& packet : packets) {
              std::array<uint8_t, chroom::micro::kHeaderBytes> header;
              std::memcpy(header.data(), packet.data(), header.size());
              keep(header.data());
            }
          }};
}

Case header_case(const Packets& packets) {
  return {"rtp: header", "ns/packet", kPackets, [&packets] {
            for (const auto& packet : packets) {
              chroom::rtp::Header header;
              CHROOM_CHECK(chroom::rtp::parse_header(packet, header) == DropReason::kNone, "the samples are well formed");
              keep(&header);
            }
          }};
}

// All that the packet path finds out about a packet, once per packet however many receivers there are.
Case descriptor_case(const Packets& packets) {
  return {"rtp: header, extensions and VP8 descriptor", "ns/packet", kPackets, [&packets, map = chroom::micro::extensions()] {
            chroom::rtp::LayerTemplates templates;
            for (const auto& packet : packets) {
              chroom::streams::PacketDescriptor descriptor;
              CHROOM_CHECK(chroom::rtp::parse_packet(packet, descriptor.header) == DropReason::kNone, "the samples are well formed");
              chroom::rtp::read_extensions(packet, descriptor.header, map, descriptor.extensions);
              CHROOM_CHECK(chroom::streams::describe_payload(packet, chroom::rtp::Codec::kVp8, templates, descriptor), "the samples are VP8");
              keep(&descriptor);
            }
          }};
}

// A report about one stream, as each receiver sends every second.
std::vector<uint8_t> receiver_report() {
  std::array<uint8_t, 1200> buffer;
  chroom::rtcp::Writer writer(buffer);
  const chroom::rtcp::ReportBlock block{.ssrc = 0x1000, .extended_highest_sequence = 4711, .jitter = 90};
  CHROOM_CHECK(writer.receiver_report(1, {&block, 1}), "there is room for one block");
  return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(writer.length())};
}

// About 100 ms of a video at 2.5 Mbit/s: 24 packets, of which one is missing.
std::vector<uint8_t> transport_feedback() {
  chroom::congestion::FeedbackGenerator generator(1);
  chroom::Instant now{std::chrono::seconds(1000)};
  for (uint16_t i = 0; i < 25; ++i) {
    if (i != 11) generator.on_packet(i, 0x1000, now + chroom::Duration(4000 * (i / 8) + 30 * (i % 8)));
  }
  std::array<uint8_t, 1200> buffer;
  chroom::rtcp::Writer writer(buffer);
  CHROOM_CHECK(generator.write(writer, now + std::chrono::milliseconds(200)), "feedback is due");
  return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(writer.length())};
}

Case rtcp_copy_case(const std::vector<uint8_t>& compound) {
  return {"rtcp: copy of " + std::to_string(compound.size()) + " bytes, the reference", "ns/compound", kCompounds, [&compound] {
            for (size_t i = 0; i < kCompounds; ++i) {
              std::array<uint8_t, 1200> copy;
              std::memcpy(copy.data(), compound.data(), compound.size());
              keep(copy.data());
            }
          }};
}

Case report_case(const std::vector<uint8_t>& compound) {
  return {"rtcp: receiver report with one block", "ns/compound", kCompounds, [&compound] {
            for (size_t i = 0; i < kCompounds; ++i) {
              keep(compound.data());
              chroom::rtcp::CompoundReader reader(compound);
              chroom::rtcp::PacketView packet;
              while (reader.next(packet)) {
                const auto report = chroom::rtcp::parse_receiver_report(packet);
                CHROOM_CHECK(report && report->blocks.size() == 1, "the sample holds one block");
                const chroom::rtcp::ReportBlock block = report->blocks[0];
                keep(&block);
              }
            }
          }};
}

Case feedback_case(const std::vector<uint8_t>& compound) {
  return {"rtcp: transport-wide feedback about 25 packets", "ns/compound", kCompounds, [&compound] {
            for (size_t i = 0; i < kCompounds; ++i) {
              keep(compound.data());
              chroom::rtcp::CompoundReader reader(compound);
              chroom::rtcp::PacketView packet;
              size_t received = 0;
              while (reader.next(packet)) {
                const auto feedback = chroom::rtcp::parse_transport_feedback(packet);
                CHROOM_CHECK(feedback.has_value(), "the sample is feedback");
                feedback->for_each([&](uint16_t, int64_t arrival_us) { received += arrival_us != chroom::rtcp::kNotReceived; });
              }
              CHROOM_CHECK(received == 24, "one of 25 is missing");
              keep(&received);
            }
          }};
}

}  // namespace

int main() {
  const Packets packets = rtp_packets();
  const std::vector<uint8_t> report = receiver_report();
  const std::vector<uint8_t> feedback = transport_feedback();
  std::vector<Case> cases = {copy_case(packets),      header_case(packets), descriptor_case(packets),
                             rtcp_copy_case(feedback), report_case(report),  feedback_case(feedback)};
  chroom::micro::run_trials(cases, kCallsPerTrial);
  chroom::micro::print("\"packetBytes\":" + std::to_string(kPacketBytes), cases);
}
