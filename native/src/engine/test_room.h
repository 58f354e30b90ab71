#pragma once
// For tests only: one room of an engine on loopback sockets, its first member a publisher of VP8 and Opus.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/test_desk.h"
#include "engine/test_participant.h"
#include "rtcp/writer.h"

namespace chroom::engine {

inline constexpr uint32_t kDataChannelsEvent = 14;
inline constexpr uint32_t kLowSsrc = 0x1000;
inline constexpr uint32_t kHighSsrc = 0x2000;
inline constexpr uint32_t kVoiceSsrc = 0x3000;
inline constexpr char kRoom[] = "RM_test";

inline const std::vector<HeaderExtension> kExtensions = {
    {"urn:ietf:params:rtp-hdrext:sdes:mid", 4},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3},
    {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", 5},
};

// One encoding of a camera: VP8 with 15-bit picture ids.
struct Camera {
  std::vector<std::vector<uint8_t>> frame(size_t packets, bool key) {
    std::vector<std::vector<uint8_t>> out;
    for (size_t i = 0; i < packets; ++i) {
      std::vector<uint8_t> packet(12 + 800, static_cast<uint8_t>(sequence));
      packet[0] = 0x80;
      packet[1] = static_cast<uint8_t>((i + 1 == packets ? 0x80 : 0) | 96);
      store_be16(packet.data() + 2, sequence++);
      store_be32(packet.data() + 4, picture * 3000u);
      store_be32(packet.data() + 8, ssrc);
      uint8_t* payload = packet.data() + 12;
      payload[0] = static_cast<uint8_t>(0x80 | (i == 0 ? 0x10 : 0));
      payload[1] = 0x80;
      store_be16(payload + 2, static_cast<uint16_t>(0x8000 | picture));
      if (i == 0) {
        const uint8_t tag[] = {static_cast<uint8_t>(key ? 0x10 : 0x11), 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
        std::copy(std::begin(tag), std::end(tag), payload + 4);
      }
      out.push_back(std::move(packet));
    }
    ++picture;
    return out;
  }
  uint32_t ssrc = kHighSsrc;
  uint16_t sequence = 5000;
  uint16_t picture = 100;
};

struct TestRoom {
  explicit TestRoom(EngineConfig config = {}) : desk(std::move(config)) {}

  struct Member {
    explicit Member(const char* srtp_profiles) : participant(srtp_profiles) {}
    std::string session;
    uint16_t port = 0;
    TestParticipant participant;
    uint32_t ssrc = 0;  // of what it receives
  };

  Member& join(const std::string& name) {
    Member& member = *members.emplace_back(std::make_unique<Member>(srtp_profiles));
    member.session = "PA_" + name;
    CreateSession session;
    session.room = kRoom;
    session.session = member.session;
    session.identity = name;
    session.can_publish_data = session.can_subscribe = true;
    EXPECT_TRUE(desk.call(session).ok());
    const Answer transport = desk.call(CreateTransport{kRoom, member.session, TransportRole::kPublisher});
    const Fields ice = transport.response.message(1);
    member.port = static_cast<uint16_t>(transport.response.message(2).number(4));
    ConnectTransport connect;
    connect.room = kRoom;
    connect.session = member.session;
    connect.role = TransportRole::kPublisher;
    connect.remote_ice = {member.participant.transport.local_ice().username_fragment,
                          member.participant.transport.local_ice().password};
    connect.remote_fingerprints = {{"sha-256", member.participant.fingerprint()}};
    connect.local_dtls_role = DtlsRole::kServer;
    connect.header_extensions = kExtensions;
    connect.remote_sctp_port = 5000;
    connect.remote_max_message_bytes = 64'000;
    EXPECT_TRUE(desk.call(connect).ok());
    member.participant.connect({ice.text(1), ice.text(2)}, member.port, transport.response.message(3).text(2));
    EXPECT_TRUE(wait([&] { return member.participant.connected(); }));
    return member;
  }

  bool wait(const std::function<bool()>& condition) {
    return desk.wait_until(condition, [&] {
      for (const auto& member : members) member->participant.pump();
      members.back()->participant.wait();
    });
  }
  // Keeps the network going, for what must not happen: a round trip of a command through every worker.
  void settle() {
    for (const auto& member : members) desk.call(DescribeSession{kRoom, member->session});
    for (const auto& member : members) member->participant.pump();
  }

  void publish_camera(bool simulcast = false, const std::string& track = "TR_camera") {
    Publish publish;
    publish.room = kRoom;
    publish.session = alice->session;
    publish.role = TransportRole::kPublisher;
    publish.track = track;
    publish.kind = MediaKind::kVideo;
    publish.mid = "3";
    publish.codecs = {{96, "video/VP8", 90000, 0, "", 97, true, true, true}};
    publish.encodings = {{"h", kHighSsrc, kHighSsrc + 1, 2}};
    if (simulcast) publish.encodings.push_back({"l", kLowSsrc, kLowSsrc + 1, 0});
    const Answer answer = desk.call(publish);
    ASSERT_TRUE(answer.ok()) << answer.detail;
  }
  void publish_voice() {
    Publish publish;
    publish.room = kRoom;
    publish.session = alice->session;
    publish.role = TransportRole::kPublisher;
    publish.track = "TR_voice";
    publish.kind = MediaKind::kAudio;
    publish.mid = "2";
    publish.codecs = {{111, "audio/opus", 48000, 2, "", 0, false, false, true}};
    publish.encodings = {{"", kVoiceSsrc, 0, 0}};
    ASSERT_TRUE(desk.call(publish).ok());
  }
  Answer subscribe(Member& member, const std::string& track = "TR_camera", uint32_t max_quality = 2,
                   const std::string& mid = "1") {
    Subscribe subscribe;
    subscribe.room = kRoom;
    subscribe.session = member.session;
    subscribe.role = TransportRole::kPublisher;
    subscribe.track = track;
    subscribe.mid = mid;
    subscribe.payloads = {{96, 100, 101}, {111, 120, 0}};
    subscribe.max_quality = max_quality;
    const Answer answer = desk.call(subscribe);
    if (answer.ok()) member.ssrc = static_cast<uint32_t>(answer.response.number(1));
    return answer;
  }

  void send_frame(size_t packets = 4) {
    for (const auto& packet : camera.frame(packets, asked_for_key_frame(camera.ssrc))) alice->participant.send_rtp(packet);
  }
  // 20 ms of somebody speaking (RFC 6464 level 10).
  void send_voice() {
    std::vector<uint8_t> packet(12 + 4 + 4 + 80, 0x11);
    packet[0] = 0x90;
    packet[1] = 111;
    store_be16(packet.data() + 2, voice_sequence);
    store_be32(packet.data() + 4, voice_sequence * 960u);
    store_be32(packet.data() + 8, kVoiceSsrc);
    store_be16(packet.data() + 12, 0xBEDE);
    store_be16(packet.data() + 14, 1);
    packet[16] = 0x50;
    packet[17] = 0x80 | 10;
    packet[18] = packet[19] = 0;
    ++voice_sequence;
    alice->participant.send_rtp(packet);
  }
  // A PLI for `ssrc` that alice has got and not answered yet.
  bool asked_for_key_frame(uint32_t ssrc) {
    bool asked = false;
    for (const auto& compound : alice->participant.rtcp) {
      rtcp::CompoundReader reader(compound);
      rtcp::PacketView packet;
      while (reader.next(packet)) {
        const auto pli = rtcp::parse_pli(packet);
        asked |= pli && pli->media_ssrc == ssrc;
      }
    }
    if (asked) alice->participant.rtcp.clear();
    return asked;
  }
  static size_t count(const Member& member, uint8_t payload_type) {
    return static_cast<size_t>(std::count_if(member.participant.rtp.begin(), member.participant.rtp.end(),
                                             [&](const auto& p) { return p.header.payload_type == payload_type; }));
  }
  // Sends frames, key frames when asked, until every receiver has got `packets` more.
  bool stream_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 400 && !condition(); ++i) {
      send_frame();
      (void)wait([&, turns = 0]() mutable { return condition() || ++turns > 3; });
    }
    return condition();
  }
  bool stream_to_all() {
    for (Member* receiver : receivers) EXPECT_TRUE(subscribe(*receiver).ok());
    return stream_until([&] {
      return std::all_of(receivers.begin(), receivers.end(), [](Member* r) { return count(*r, 100) >= 8; });
    });
  }
  void open_channels() {
    for (const auto& member : members) member->participant.open_channels();
    ASSERT_TRUE(wait([&] { return desk.events_of(kDataChannelsEvent).size() == members.size(); }));
    ASSERT_TRUE(wait([&] {
      return std::all_of(members.begin(), members.end(), [](const auto& m) { return m->participant.channels.size() == 3; });
    }));
  }

  TestDesk desk;
  const char* srtp_profiles = dtls::kSrtpProfiles;  // that who joins next offers
  std::vector<std::unique_ptr<Member>> members;
  Member* alice = nullptr;
  std::vector<Member*> receivers;
  Camera camera;
  uint16_t voice_sequence = 1;
};

}  // namespace chroom::engine
