// A call through a real engine on loopback sockets: two participants, media, feedback and data.
#include "engine/engine.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/test_desk.h"
#include "engine/test_participant.h"
#include "rtcp/writer.h"
#include "vocabulary/sanitizers.h"

namespace {

// Allocations of all threads but the test's own.
thread_local bool own_thread = false;
std::atomic<uint64_t> allocations{0};

void* count_and_allocate(size_t bytes) {
  if (!own_thread) allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes);
}
void* crypto_malloc(size_t bytes, const char*, int) { return count_and_allocate(bytes); }
void* crypto_realloc(void* memory, size_t bytes, const char*, int) {
  if (!own_thread) allocations.fetch_add(1, std::memory_order_relaxed);
  return std::realloc(memory, bytes);
}
void crypto_free(void* memory, const char*, int) { std::free(memory); }
const bool counting = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;

}  // namespace

#if !CHROOM_THREAD_SANITIZER
void* operator new(size_t bytes) { return count_and_allocate(bytes); }
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return count_and_allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif

namespace chroom::engine {
namespace {

constexpr uint32_t kTransportStateEvent = 10;
constexpr uint32_t kTrackStartedEvent = 11;
constexpr uint32_t kDataChannelsEvent = 14;
constexpr uint32_t kStatisticsEvent = 16;
constexpr uint32_t kCameraSsrc = 0x1000;
constexpr uint32_t kCameraRtxSsrc = 0x1001;

const std::vector<HeaderExtension> kExtensions = {
    {"urn:ietf:params:rtp-hdrext:sdes:mid", 4},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 2},
};

// One VP8 packet: descriptor with a 15-bit picture id, then a frame header when it begins a frame.
std::vector<uint8_t> vp8_packet(uint16_t sequence, uint16_t picture, bool first, bool last, bool key, size_t payload_bytes) {
  std::vector<uint8_t> packet(12 + payload_bytes, 0x5a);
  packet[0] = 0x80;
  packet[1] = static_cast<uint8_t>((last ? 0x80 : 0) | 96);
  store_be16(packet.data() + 2, sequence);
  store_be32(packet.data() + 4, picture * 3000u);
  store_be32(packet.data() + 8, kCameraSsrc);
  uint8_t* payload = packet.data() + 12;
  payload[0] = static_cast<uint8_t>(0x80 | (first ? 0x10 : 0));
  payload[1] = 0x80;
  store_be16(payload + 2, static_cast<uint16_t>(0x8000 | picture));
  if (first) {
    const uint8_t frame_tag[] = {static_cast<uint8_t>(key ? 0x10 : 0x11), 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
    std::copy(std::begin(frame_tag), std::end(frame_tag), payload + 4);
  }
  return packet;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() { own_thread = true; }

  struct Member {
    std::string session;
    TestParticipant participant;
  };

  // Creates session and transport and connects the participant over the network.
  void join(Member& member, TransportRole role = TransportRole::kPublisher) {
    CreateSession session;
    session.room = "RM_test";
    session.session = member.session;
    session.identity = member.session.substr(3);
    session.can_publish_data = session.can_subscribe = true;
    ASSERT_TRUE(desk.call(session).ok());
    const Answer transport = desk.call(CreateTransport{"RM_test", member.session, role});
    ASSERT_TRUE(transport.ok());
    const Fields ice = transport.response.message(1);
    const Fields candidate = transport.response.message(2);
    const Fields fingerprint = transport.response.message(3);
    ConnectTransport connect;
    connect.room = "RM_test";
    connect.session = member.session;
    connect.role = role;
    connect.remote_ice = {member.participant.transport.local_ice().username_fragment,
                          member.participant.transport.local_ice().password};
    connect.remote_fingerprints = {{"sha-256", member.participant.fingerprint()}};
    connect.local_dtls_role = DtlsRole::kServer;
    connect.header_extensions = kExtensions;
    connect.remote_sctp_port = 5000;
    connect.remote_max_message_bytes = 64'000;
    connect.open_data_channels = opens_channels;
    ASSERT_TRUE(desk.call(connect).ok());
    member.participant.connect({ice.text(1), ice.text(2)}, static_cast<uint16_t>(candidate.number(4)), fingerprint.text(2));
    ASSERT_TRUE(wait([&] { return member.participant.connected(); }));
  }

  bool wait(const std::function<bool()>& condition) {
    return desk.wait_until(condition, [&] {
      for (Member* member : everybody) member->participant.pump();
      everybody.back()->participant.wait();
    });
  }

  void join_both() {
    join(alice);
    join(bob);
    alice.participant.open_channels();
    bob.participant.open_channels();
    ASSERT_TRUE(wait([&] { return desk.events_of(kDataChannelsEvent).size() == 2; }));
    ASSERT_TRUE(wait([&] { return alice.participant.channels.size() == 3 && bob.participant.channels.size() == 3; }));
  }

  void publish_camera() {
    Publish publish;
    publish.room = "RM_test";
    publish.session = alice.session;
    publish.role = TransportRole::kPublisher;
    publish.track = "TR_camera";
    publish.kind = MediaKind::kVideo;
    publish.mid = "3";
    publish.codecs = {{96, "video/VP8", 90000, 0, "", 97, true, true, true}};
    publish.encodings = {{"", kCameraSsrc, kCameraRtxSsrc, 2}};
    ASSERT_TRUE(desk.call(publish).ok());
  }

  uint32_t subscribe_camera() {
    Subscribe subscribe;
    subscribe.room = "RM_test";
    subscribe.session = bob.session;
    subscribe.role = TransportRole::kPublisher;
    subscribe.track = "TR_camera";
    subscribe.mid = "1";
    subscribe.payloads = {{96, 100, 101}};
    subscribe.max_quality = 2;
    const Answer answer = desk.call(subscribe);
    EXPECT_TRUE(answer.ok()) << answer.detail;
    return static_cast<uint32_t>(answer.response.number(1));
  }

  // A frame of `packets` packets, the first of the stream a key frame.
  void send_frame(size_t packets, size_t payload_bytes = 1000) {
    for (size_t i = 0; i < packets; ++i) {
      alice.participant.send_rtp(
          vp8_packet(sequence_++, picture_, i == 0, i + 1 == packets, picture_ == kFirstPicture, payload_bytes - (i == 0 ? 1 : 0)));
    }
    ++picture_;
  }

  static constexpr uint16_t kFirstPicture = 100;
  TestDesk desk;
  Member alice{"PA_alice", {}};
  Member bob{"PA_bob", {}};
  std::vector<Member*> everybody{&alice, &bob};
  bool opens_channels = false;  // for the next join
  uint16_t sequence_ = 5000;
  uint16_t picture_ = kFirstPicture;
};

TEST_F(EngineTest, ForwardsVideoUnderTheSubscribersNumbers) {
  join_both();
  publish_camera();
  const uint32_t ssrc = subscribe_camera();
  send_frame(4);
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 4; }));
  for (size_t i = 0; i < 4; ++i) {
    const auto& packet = bob.participant.rtp[i];
    EXPECT_EQ(packet.header.ssrc, ssrc);
    EXPECT_EQ(packet.header.payload_type, 100);
    EXPECT_EQ(packet.header.marker, i == 3);
    EXPECT_EQ(packet.header.sequence, static_cast<uint16_t>(bob.participant.rtp[0].header.sequence + i));
    EXPECT_EQ(packet.payload().size(), i == 0 ? 999u : 1000u);
  }
  ASSERT_TRUE(wait([&] { return desk.events_of(kTrackStartedEvent).size() == 1; }));
  const Fields started = desk.events_of(kTrackStartedEvent)[0];
  EXPECT_EQ(started.text(2), "RM_test");
  EXPECT_EQ(started.text(3), "PA_alice");
  EXPECT_EQ(started.message(kTrackStartedEvent).text(1), "TR_camera");
  // Sizes one byte apart were made equal, so that the frame could leave as one run.
  ASSERT_TRUE(wait([&] { return desk.counter(Counter::kRtpPacketsSent) == 4; }));
  EXPECT_EQ(desk.counter(Counter::kSegmentationFallbacks), 0u);
}

TEST_F(EngineTest, AsksThePublisherForAKeyFrameWhenSomebodySubscribesLater) {
  join_both();
  publish_camera();
  send_frame(4);
  ASSERT_TRUE(wait([&] { return desk.events_of(kTrackStartedEvent).size() == 1; }));
  subscribe_camera();
  ASSERT_TRUE(wait([&] {
    for (const auto& compound : alice.participant.rtcp) {
      rtcp::CompoundReader reader(compound);
      rtcp::PacketView packet;
      while (reader.next(packet)) {
        const auto pli = rtcp::parse_pli(packet);
        if (pli && pli->media_ssrc == kCameraSsrc) return true;
      }
    }
    return false;
  }));
}

TEST_F(EngineTest, SendsAgainWhatTheReceiverAsksFor) {
  join_both();
  publish_camera();
  const uint32_t ssrc = subscribe_camera();
  send_frame(4);
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 4; }));
  const uint16_t lost = bob.participant.rtp[2].header.sequence;
  const auto original = bob.participant.rtp[2];
  uint8_t compound[100];
  rtcp::Writer writer(compound);
  ASSERT_TRUE(writer.receiver_report(1, {}));
  ASSERT_TRUE(writer.nack(1, ssrc, {&lost, 1}));
  bob.participant.send_rtcp(writer.bytes());
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 5; }));
  const auto& again = bob.participant.rtp.back();
  EXPECT_EQ(again.header.payload_type, 101);
  ASSERT_EQ(again.payload().size(), original.payload().size() + 2);
  EXPECT_EQ(load_be16(again.payload().data()), lost);
  EXPECT_TRUE(std::equal(original.payload().begin(), original.payload().end(), again.payload().begin() + 2));
}

TEST_F(EngineTest, CarriesDataMessagesToTheOthersOnly) {
  join_both();
  // DataPacket{user: UserPacket{payload: "hi"}}; kind and sender are the server's to write.
  const std::vector<uint8_t> packet{0x12, 0x04, 0x12, 0x02, 'h', 'i'};
  for (const char* label : {"_reliable", "_lossy"}) {
    alice.participant.send_data(label, packet);
    ASSERT_TRUE(wait([&] { return bob.participant.messages.size() == 1; })) << label;
    const Fields received{Bytes(bob.participant.messages[0])};
    EXPECT_EQ(received.message(2).text(2), "hi");
    EXPECT_EQ(received.text(17), "PA_alice");
    EXPECT_EQ(received.text(4), "alice");
    bob.participant.messages.clear();
  }
  EXPECT_TRUE(alice.participant.messages.empty());
  // From the server, to one of them.
  SendData send;
  send.room = "RM_test";
  send.packet = packet;
  send.reliable = true;
  send.destination_sessions = {"PA_alice"};
  ASSERT_TRUE(desk.call(send).ok());
  ASSERT_TRUE(wait([&] { return alice.participant.messages.size() == 1; }));
  EXPECT_TRUE(bob.participant.messages.empty());
}

TEST_F(EngineTest, KeepsReliableDataUntilTheReceiversChannelsAreOpen) {
  join(alice);
  join(bob);
  alice.participant.open_channels();
  ASSERT_TRUE(wait([&] { return alice.participant.channels.size() == 3; }));
  alice.participant.send_data("_reliable", std::vector<uint8_t>{0x12, 0x04, 0x12, 0x02, 'h', 'i'});
  ASSERT_TRUE(wait([&] { return desk.counter(Counter::kDataMessagesReceived) == 1; }));
  bob.participant.open_channels();
  ASSERT_TRUE(wait([&] { return bob.participant.messages.size() == 1; }));
}

TEST_F(EngineTest, SendsDataToTheSubscriberTransportWhenTheSessionHasOne) {
  join(alice);
  join(bob);
  alice.participant.open_channels();
  bob.participant.open_channels();
  ASSERT_TRUE(wait([&] { return desk.events_of(kDataChannelsEvent).size() == 2; }));
  // Bob's second connection, where we open the channels.
  Member downstream{bob.session, {}};
  everybody.push_back(&downstream);
  opens_channels = true;
  join(downstream, TransportRole::kSubscriber);
  ASSERT_TRUE(wait([&] { return downstream.participant.channels.size() == 3; }));
  ASSERT_TRUE(wait([&] { return desk.events_of(kDataChannelsEvent).size() == 3; }));
  alice.participant.send_data("_reliable", std::vector<uint8_t>{0x12, 0x04, 0x12, 0x02, 'h', 'i'});
  ASSERT_TRUE(wait([&] { return downstream.participant.messages.size() == 1; }));
  EXPECT_TRUE(bob.participant.messages.empty());
  // Upstream data still comes on the first connection.
  bob.participant.send_data("_reliable", std::vector<uint8_t>{0x12, 0x04, 0x12, 0x02, 'y', 'o'});
  ASSERT_TRUE(wait([&] { return alice.participant.messages.size() == 1; }));
}

TEST_F(EngineTest, FollowsAnIceRestartWithoutLosingTheCall) {
  join_both();
  publish_camera();
  subscribe_camera();
  send_frame(2);
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 2; }));
  const Answer restarted = desk.call(RestartIce{"RM_test", "PA_bob", TransportRole::kPublisher});
  const Fields ice = restarted.response.message(1);
  bob.participant.restart_ice({ice.text(1), ice.text(2)});
  ASSERT_TRUE(wait([&] { return desk.counter(Counter::kStunResponsesSent) > 0 && bob.participant.connected(); }));
  // The old credentials are forgotten once the new ones were used; media went on all the time.
  send_frame(2);
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 4; }));
  EXPECT_EQ(desk.dropped(DropReason::kStunBadIntegrity), 0u);
  EXPECT_EQ(desk.events_of(kTransportStateEvent).size(), 2u);
}

TEST_F(EngineTest, TellsStatesAndStatistics) {
  join_both();
  publish_camera();
  subscribe_camera();
  send_frame(4);
  ASSERT_TRUE(wait([&] { return desk.events_of(kStatisticsEvent).size() >= 2; }));
  const auto states = desk.events_of(kTransportStateEvent);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].message(kTransportStateEvent).number(2), static_cast<uint64_t>(TransportState::kConnected));
  const Answer answer = desk.call(SessionStatisticsQuery{"RM_test", "PA_bob"});
  EXPECT_EQ(answer.response.number(5), 4u);  // tx_packets
  EXPECT_EQ(answer.response.message(8).text(1), "TR_camera");
  EXPECT_EQ(answer.response.message(8).number(3), 4u);
  EXPECT_EQ(answer.response.message(8).number(14), 4u);  // packets_of_quality
  const Answer closed = desk.call(CloseSession{"RM_test", "PA_alice"});
  EXPECT_EQ(closed.response.message(1).number(4), 4u);  // rx_packets
}

TEST_F(EngineTest, DropsAndCountsWhatNobodyMayContinue) {
  join(alice);
  const std::vector<uint8_t> garbage(100, 0xff);
  alice.participant.send(garbage);
  auto packet = vp8_packet(1, 1, true, true, true, 100);
  alice.participant.send(packet);  // not encrypted
  alice.participant.send_rtp(packet);  // of no track
  ASSERT_TRUE(wait([&] {
    return desk.dropped(DropReason::kDatagramUnknownKind) == 1 && desk.dropped(DropReason::kSrtpAuthFailed) == 1 &&
           desk.dropped(DropReason::kRtpUnknownSsrc) == 1;
  }));
  TestParticipant stranger;
  stranger.connect({"nobody", "aaaaaaaaaaaaaaaaaaaaaa"}, desk.engine->udp_ports()[0], alice.participant.fingerprint());
  ASSERT_TRUE(desk.wait_until([&] { return desk.dropped(DropReason::kStunUnknownUser) > 0; }, [&] { stranger.pump(); }));
  stranger.send(packet);
  ASSERT_TRUE(wait([&] { return desk.dropped(DropReason::kDatagramUnknownSource) == 1; }));
}

TEST_F(EngineTest, ForwardsWithoutAllocatingOnceWarm) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  ASSERT_TRUE(counting);
  join_both();
  publish_camera();
  subscribe_camera();
  bob.participant.keep_packets = false;
  alice.participant.keep_packets = false;
  size_t sent = 0;
  const auto send_frames = [&](size_t frames) {
    for (size_t i = 0; i < frames; ++i) {
      send_frame(8);
      sent += 8;
      ASSERT_TRUE(wait([&] { return bob.participant.rtp_count >= sent; }));
    }
  };
  send_frames(600);  // Fills the histories, and the first slabs of the pool.
  ASSERT_TRUE(wait([&] { return desk.events_of(kStatisticsEvent).size() >= 2; }));
  send_frames(100);
  const uint64_t before = allocations.load();
  send_frames(200);
  EXPECT_GT(before, 0u);
  EXPECT_EQ(allocations.load() - before, 0u);
  EXPECT_EQ(desk.dropped(DropReason::kPoolExhausted), 0u);
}

TEST_F(EngineTest, ClosesInEveryOrderWhileMediaFlows) {
  join_both();
  publish_camera();
  subscribe_camera();
  send_frame(8);
  ASSERT_TRUE(wait([&] { return bob.participant.rtp.size() == 8; }));
  send_frame(8);
  ASSERT_TRUE(desk.call(CloseSession{"RM_test", "PA_bob"}).ok());
  send_frame(8);
  ASSERT_TRUE(desk.call(CloseSession{"RM_test", "PA_alice"}).ok());
  send_frame(8);
  EXPECT_EQ(desk.call(DescribeSession{"RM_test", "PA_alice"}).error, ErrorCode::kNotFound);
  desk.submit(CloseRoom{"RM_test"});
  desk.engine->close();
  desk.engine->close();
  EXPECT_EQ(desk.engine->submit(9999, CloseRoom{"RM_test"}).error().code, ErrorCode::kClosed);
  desk.drain();
}

TEST_F(EngineTest, IsDestroyedWhileCommandsAndPacketsAreUnderWay) {
  join_both();
  publish_camera();
  subscribe_camera();
  for (int i = 0; i < 100; ++i) {
    send_frame(2);
    desk.submit(DescribeSession{"RM_test", "PA_alice"});
  }
  desk.engine.reset();
}

TEST_F(EngineTest, RefusesCommandsPastTheBoundAndAnswersAllThatItTook) {
  size_t taken = 0;
  ErrorCode refusal{};
  for (uint32_t id = 1; id <= 5000; ++id) {
    const Result<void> submitted = desk.engine->submit(100'000 + id, DescribeSession{"RM_none", "PA_none"});
    if (!submitted) {
      refusal = submitted.error().code;
      break;
    }
    ++taken;
  }
  EXPECT_EQ(taken, EventRing::kMaxOutstanding);
  EXPECT_EQ(refusal, ErrorCode::kInboxFull);
  EXPECT_TRUE(desk.wait_until([&] { return desk.answers.size() == taken; }));
  EXPECT_TRUE(desk.call(CloseRoom{"RM_none"}).ok());
}

TEST(WorkerCpus, AreUsedInOrderOrRefusedByNumber) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  uint16_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  EngineConfig config;
  config.workers = 2;
  config.worker_cpus = {first};
  EXPECT_TRUE(Engine::open(config).ok());
  config.worker_cpus = {first, CPU_SETSIZE - 1};
  const auto refused = Engine::open(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kSystem);
  EXPECT_NE(refused.error().detail.find("worker_cpus"), std::string::npos);
  config.worker_cpus = {5000};
  EXPECT_EQ(Engine::open(config).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace chroom::engine
