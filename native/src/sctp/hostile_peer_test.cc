#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <new>

#include "sctp/dcep.h"
#include "sctp/handcrafted_peer.h"
#include "sctp/virtual_network.h"
#include "vocabulary/sanitizers.h"

namespace {
size_t live_bytes = 0;
size_t live_blocks = 0;
}  // namespace

#if !CHROOM_THREAD_SANITIZER
// Counts what the allocator really hands out. One thread; the whole test program pays for it.
void* operator new(size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  live_bytes += malloc_usable_size(block);
  ++live_blocks;
  return block;
}
void operator delete(void* block) noexcept {
  if (block == nullptr) return;
  live_bytes -= malloc_usable_size(block);
  --live_blocks;
  std::free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }
#endif

namespace chroom::sctp {
namespace {

using namespace std::chrono_literals;

constexpr uint8_t kWhole = kDataFlagBegin | kDataFlagEnd;

class HostilePeerTest : public testing::Test {
 protected:
  size_t count(const std::vector<SentChunk>& chunks, ChunkType type) {
    return static_cast<size_t>(std::count_if(chunks.begin(), chunks.end(), [type](const auto& c) { return c.type == type; }));
  }
  std::vector<Event> events() {
    std::vector<Event> all;
    while (auto event = association.poll_event()) all.push_back(std::move(*event));
    return all;
  }
  std::optional<AbortReason> abort_reason() {
    for (const Event& event : events()) {
      if (const auto* aborted = std::get_if<Aborted>(&event)) return aborted->reason;
    }
    return std::nullopt;
  }
  // A channel of the peer on stream 0; uses TSN kInitialTsn.
  void open_channel() {
    ASSERT_TRUE(peer.establish());
    peer.deliver({raw_data_chunk(HandcraftedPeer::kInitialTsn, 0, 0, kPpidDcep, kWhole, write_channel_open({.label = "x"}))});
    peer.collect();
    acknowledge_all();
    events();
  }
  void acknowledge_all() {
    peer.deliver({raw_chunk(ChunkType::kSack, 0, be_words({peer.target_initial_tsn, 1'000'000, 0}))});
    peer.collect();
  }

  static constexpr uint32_t kTsn = HandcraftedPeer::kInitialTsn;
  SeededRandom random{5};
  Association association{server_config(), random};
  HandcraftedPeer peer{association};
  const std::vector<uint8_t> body = std::vector<uint8_t>(100, 7);
};

TEST_F(HostilePeerTest, AnswersAThousandInitsWithoutKeepingState) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  const size_t before = live_bytes;
  for (uint32_t i = 1; i <= 1000; ++i) peer.deliver({peer.init_chunk(i)}, 0);
  EXPECT_LT(live_bytes - before, 4096u);
  EXPECT_EQ(count(peer.collect(), ChunkType::kInitAck), 2u);  // The last ones; the flood is not amplified.
  EXPECT_EQ(association.state(), AssociationState::kClosed);
}

TEST_F(HostilePeerTest, RefusesAForgedCookie) {
  ASSERT_TRUE(peer.request_cookie());
  for (size_t i = 0; i < peer.cookie.size(); ++i) {
    peer.cookie[i] ^= 0x80;
    peer.echo_cookie();
    peer.cookie[i] ^= 0x80;
  }
  EXPECT_EQ(association.state(), AssociationState::kClosed);
  EXPECT_EQ(association.counters().dropped_state, peer.cookie.size());
  EXPECT_TRUE(peer.collect().empty());
}

TEST_F(HostilePeerTest, ReportsAStaleCookie) {
  ASSERT_TRUE(peer.request_cookie());
  peer.now += 61s;
  peer.echo_cookie();
  EXPECT_EQ(association.state(), AssociationState::kClosed);
  const auto answer = peer.collect();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].type, ChunkType::kError);
  EXPECT_EQ(load_be16(answer[0].value.data()), cause::kStaleCookie);
  EXPECT_EQ(load_be32(answer[0].value.data() + 4), 1'000'000u);
}

TEST_F(HostilePeerTest, AReplayedCookieChangesNothing) {
  open_channel();
  peer.deliver({raw_data_chunk(kTsn + 1, 0, 1, kPpidBinary, kWhole, body)});
  for (int i = 0; i < 100; ++i) peer.echo_cookie();
  EXPECT_LE(count(peer.collect(), ChunkType::kCookieAck), 8u);
  peer.deliver({raw_data_chunk(kTsn + 2, 0, 2, kPpidBinary, kWhole, body)});
  const auto got = events();
  EXPECT_EQ(got.size(), 2u);
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
}

TEST_F(HostilePeerTest, ARestartInsideTheConnectionEndsTheAssociation) {
  ASSERT_TRUE(peer.establish());
  const uint32_t old_tag = peer.target_tag;
  ASSERT_TRUE(peer.request_cookie(0x777));
  EXPECT_EQ(association.state(), AssociationState::kEstablished);  // An INIT alone changes nothing.
  EXPECT_NE(peer.target_tag, old_tag);
  peer.echo_cookie();
  EXPECT_EQ(abort_reason(), AbortReason::kPeerRestarted);
}

TEST_F(HostilePeerTest, DropsWrongTagsPortsAndChecksums) {
  ASSERT_TRUE(peer.establish());
  const auto abort_chunk = raw_chunk(ChunkType::kAbort, 0, {});
  peer.deliver({abort_chunk}, peer.target_tag ^ 1);
  peer.deliver({abort_chunk}, 0);
  peer.deliver({raw_chunk(ChunkType::kAbort, kFlagTagReflected, {})}, peer.target_tag);
  peer.deliver({peer.init_chunk()}, peer.target_tag);
  auto packet = raw_packet(peer.target_tag, {abort_chunk});
  packet.back() ^= 1;
  association.receive(packet, peer.now);
  EXPECT_EQ(association.counters().dropped_tag, 4u);
  EXPECT_EQ(association.counters().dropped_checksum, 1u);
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
  peer.deliver({raw_chunk(ChunkType::kAbort, kFlagTagReflected, {})}, HandcraftedPeer::kTag);
  EXPECT_EQ(abort_reason(), AbortReason::kPeer);
}

TEST_F(HostilePeerTest, DropsLengthsThatLieAndKeepsWhatCameBefore) {
  open_channel();
  auto liar = raw_chunk(ChunkType::kSack, 0, be_words({1, 2, 3}));
  for (const uint16_t length : {uint16_t{0}, uint16_t{3}, uint16_t{17}, uint16_t{0xFFFF}}) {
    store_be16(liar.data() + 2, length);
    peer.deliver({liar});
  }
  EXPECT_EQ(association.counters().dropped_malformed, 4u);
  peer.deliver({raw_data_chunk(kTsn + 1, 0, 1, kPpidBinary, kWhole, body), liar});
  EXPECT_EQ(events().size(), 1u);
  for (size_t size = 0; size < 16; ++size) association.receive(std::vector<uint8_t>(size), peer.now);
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
}

TEST_F(HostilePeerTest, UnknownChunksFollowTheirUpperBits) {
  open_channel();
  uint32_t tsn = kTsn;
  uint16_t ssn = 0;
  const auto with_unknown = [&](uint8_t type) {
    peer.deliver({raw_chunk(static_cast<ChunkType>(type), 0, body), raw_data_chunk(++tsn, 0, ++ssn, kPpidBinary, kWhole, body)});
    const bool went_on = events().size() == 1;
    if (!went_on) {
      --tsn;
      --ssn;
    }
    return std::pair(went_on, count(peer.collect(), ChunkType::kError));
  };
  EXPECT_EQ(with_unknown(0x3F), std::pair(false, size_t{0}));
  EXPECT_EQ(with_unknown(0x7F), std::pair(false, size_t{1}));
  EXPECT_EQ(with_unknown(0xBF), std::pair(true, size_t{0}));
  EXPECT_EQ(with_unknown(0xFF), std::pair(true, size_t{1}));
}

TEST_F(HostilePeerTest, DataWithoutUserDataAborts) {
  ASSERT_TRUE(peer.establish());
  peer.deliver({raw_data_chunk(kTsn, 0, 0, kPpidBinary, kWhole, {})});
  EXPECT_EQ(abort_reason(), AbortReason::kProtocolViolation);
  const auto answer = peer.collect();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].type, ChunkType::kAbort);
  EXPECT_EQ(load_be16(answer[0].value.data()), cause::kNoUserData);
  EXPECT_EQ(answer[0].tag, HandcraftedPeer::kTag);
}

TEST_F(HostilePeerTest, TsnsOutsideTheWindowAreDropped) {
  open_channel();
  peer.deliver({raw_data_chunk(kTsn + 70'000, 0, 1, kPpidBinary, kWhole, body)});
  peer.deliver({raw_data_chunk(kTsn + 0x7FFFFFFF, 0, 1, kPpidBinary, kWhole, body)});
  EXPECT_EQ(association.counters().dropped_out_of_window, 2u);
  peer.deliver({raw_data_chunk(kTsn - 5, 0, 1, kPpidBinary, kWhole, body)});
  EXPECT_EQ(association.counters().duplicate_tsns, 1u);
  EXPECT_TRUE(events().empty());
}

TEST_F(HostilePeerTest, ASackOfUnsentTsnsAborts) {
  open_channel();
  peer.deliver({raw_chunk(ChunkType::kSack, 0, be_words({peer.target_initial_tsn + 1, 1000, 0}))});
  EXPECT_EQ(abort_reason(), AbortReason::kProtocolViolation);
}

TEST_F(HostilePeerTest, GapBlocksBeyondWhatWasSentAreHarmless) {
  open_channel();
  ASSERT_TRUE(association.send(0, kPpidBinary, body, peer.now).ok());
  peer.collect();
  peer.deliver({raw_chunk(ChunkType::kSack, 0, be_words({peer.target_initial_tsn, 1000, 0x00010000, 0x0002FFFF}))});
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
  EXPECT_TRUE(peer.collect().empty());
}

// Found by the fuzzer: nothing was left to retransmit, and nothing watched what was never confirmed.
TEST_F(HostilePeerTest, AGapBlockOverTheEarliestChunkDoesNotStopItsTimer) {
  open_channel();
  ASSERT_TRUE(association.send(0, kPpidBinary, body, peer.now).ok());
  peer.collect();
  peer.deliver({raw_chunk(ChunkType::kSack, 0, be_words({peer.target_initial_tsn, 1000, 0x00010000, 0x00010001}))});
  EXPECT_LE(association.next_deadline(), peer.now + 1s);
}

TEST_F(HostilePeerTest, ForwardTsnJumpsAreBounded) {
  open_channel();
  peer.deliver({raw_chunk(ChunkType::kForwardTsn, 0, be_words({kTsn + 100'000}))});
  EXPECT_EQ(association.counters().dropped_out_of_window, 1u);
  peer.deliver({raw_chunk(ChunkType::kForwardTsn, 0, be_words({kTsn - 1}))});
  peer.deliver({raw_chunk(ChunkType::kForwardTsn, 0, {})});
  peer.deliver({raw_chunk(ChunkType::kForwardTsn, 0, be_words({kTsn + 10, 0xFFFF0005}))});  // A stream we never granted.
  peer.deliver({raw_data_chunk(kTsn + 11, 0, 1, kPpidBinary, kWhole, body)});
  EXPECT_EQ(events().size(), 1u);
}

TEST_F(HostilePeerTest, DataOnStreamsBeyondTheGrantIsReportedAndAcknowledged) {
  open_channel();
  peer.deliver({raw_data_chunk(kTsn + 1, 5000, 0, kPpidBinary, kWhole, body)});
  peer.deliver({raw_data_chunk(kTsn + 2, 0, 1, kPpidBinary, kWhole, body)});
  EXPECT_EQ(events().size(), 1u);
  const auto answer = peer.collect();
  EXPECT_EQ(count(answer, ChunkType::kError), 1u);
  EXPECT_EQ(count(answer, ChunkType::kSack), 1u);
}

TEST_F(HostilePeerTest, MessagesOnStreamsWithoutAChannelAreDroppedAndCounted) {
  open_channel();
  peer.deliver({raw_data_chunk(kTsn + 1, 8, 0, kPpidBinary, kWhole, body)});
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(association.counters().dropped_no_channel, 1u);
}

TEST_F(HostilePeerTest, ResetsOfUnknownStreamsAndBadNumbersChangeNothing) {
  open_channel();
  const auto reset = [&](uint32_t request, uint32_t last_tsn, uint32_t streams) {
    peer.deliver({raw_chunk(ChunkType::kReconfig, 0, be_words({0x000D0014, request, 0, last_tsn, streams}))});
    const auto answer = peer.collect();
    for (const SentChunk& chunk : answer) {
      if (chunk.type == ChunkType::kReconfig && load_be16(chunk.value.data()) == parameter::kReconfigResponse) {
        return static_cast<int>(load_be32(chunk.value.data() + 8));
      }
    }
    return -1;
  };
  EXPECT_EQ(reset(kTsn + 5, kTsn, 0x00000000), 5);      // Bad sequence number.
  EXPECT_EQ(reset(kTsn, kTsn, 0x00640065), 1);          // Streams without channels.
  EXPECT_EQ(reset(kTsn, kTsn, 0x00000000), 1);          // A repetition is answered, not done again.
  EXPECT_EQ(reset(kTsn + 1, kTsn, 0xFFFFFFFF), 2);      // Never granted.
  EXPECT_EQ(reset(kTsn + 2, kTsn + 50, 0x00000000), 6); // Data is still missing.
  EXPECT_EQ(reset(kTsn + 3, kTsn, 0x00000000), 4);      // One at a time.
  EXPECT_TRUE(events().empty());
  EXPECT_TRUE(association.send(0, kPpidBinary, body, peer.now).ok());
  peer.deliver({raw_chunk(ChunkType::kReconfig, 0, {})});
  peer.deliver({raw_chunk(ChunkType::kReconfig, 0, be_words({0x00100008, 1}))});
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
}

TEST_F(HostilePeerTest, AMessageOverTheLimitAborts) {
  open_channel();
  const std::vector<uint8_t> piece(1000, 1);
  uint32_t tsn = kTsn;
  for (int i = 0; i < 300 && association.state() == AssociationState::kEstablished; ++i) {
    peer.deliver({raw_data_chunk(++tsn, 0, 1, kPpidBinary, i == 0 ? kDataFlagBegin : 0, piece)});
    peer.collect();
  }
  EXPECT_EQ(abort_reason(), AbortReason::kMessageTooLarge);
  EXPECT_EQ(association.counters().dropped_too_long, 1u);
}

// Each attack keeps data that can never be delivered; what is held stays near the advertised window.
TEST_F(HostilePeerTest, EndlessUndeliverableDataTakesBoundedMemory) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  open_channel();
  const std::vector<uint8_t> one_byte(1, 1);
  const size_t before = live_bytes;
  size_t worst = 0;
  const auto attack = [&](auto make_chunk) {
    for (uint32_t i = 0; i < 40'000; ++i) {
      peer.deliver({make_chunk(i)});
      if (i % 64 == 0) peer.collect();
      worst = std::max(worst, live_bytes - before);
    }
  };
  attack([&](uint32_t i) { return raw_data_chunk(kTsn + 1 + i, 0, static_cast<uint16_t>(2 + i), kPpidBinary, kWhole, one_byte); });
  attack([&](uint32_t i) { return raw_data_chunk(kTsn + 60'000 - i, 0, 1, kPpidBinary, kDataFlagBegin, one_byte); });
  attack([&](uint32_t i) { return raw_data_chunk(kTsn + 2 + 2 * i, 0, 1, kPpidBinary, 0, body); });
  attack([&](uint32_t i) { return raw_data_chunk(kTsn + 2 + i, static_cast<uint16_t>(i % 1024), 3, kPpidBinary, kWhole, body); });
  EXPECT_LT(worst, 2u * (512 + 256) * 1024);
  RecordProperty("worst_bytes", std::to_string(worst));
  EXPECT_EQ(association.state(), AssociationState::kEstablished);
}

TEST_F(HostilePeerTest, FloodsOfRequestsGetABoundedNumberOfReplies) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  open_channel();
  const size_t before = live_bytes;
  for (int i = 0; i < 5000; ++i) {
    peer.deliver({raw_chunk(ChunkType::kHeartbeat, 0, body), raw_chunk(static_cast<ChunkType>(0xFE), 0, body)});
    peer.deliver({raw_data_chunk(kTsn, 0, 0, kPpidBinary, kWhole, body)});
  }
  EXPECT_LT(live_bytes - before, 8192u);
  const auto answer = peer.collect();
  EXPECT_LE(answer.size(), 10u);
}

TEST_F(HostilePeerTest, AFloodOfChannelsStopsAtTheLimit) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  ASSERT_TRUE(peer.establish());
  const size_t before = live_bytes;
  const auto open = write_channel_open({.label = std::string(400, 'x')});
  uint32_t tsn = kTsn;
  for (uint16_t id = 0; id < 1024; ++id) {
    peer.deliver({raw_data_chunk(tsn++, id, 0, kPpidDcep, kWhole, open)});
    events();
  }
  EXPECT_EQ(association.open_channel({.label = "y"}, peer.now).error().code, ErrorCode::kLimitExceeded);
  EXPECT_LT(live_bytes - before, 256u * 1024);
}

TEST(MemoryTest, AnIdleEstablishedAssociationWithThreeChannelsIsSmall) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  VirtualNetwork network(client_config(), server_config(), {}, 3);
  ASSERT_TRUE(network.establish());
  for (const char* label : {"_reliable", "_lossy", "_data_track"}) {
    ASSERT_TRUE(network.client.association->open_channel({.label = label}, network.now).ok());
  }
  network.run_for(1s);
  // A burst both ways, then silence: what the burst needed is given back.
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(network.client.association->send(0, kPpidBinary, patterned_bytes(60'000, 1), network.now).ok());
    ASSERT_TRUE(network.server.association->send(2, kPpidBinary, patterned_bytes(60'000, 1), network.now).ok());
  }
  network.run_for(60s);
  EXPECT_EQ(network.server.count<MessageReceived>(), 20u);
  network.server.events = {};
  network.client.events = {};
  const size_t with_it = live_bytes;
  const size_t blocks = live_blocks;
  network.server.association.reset();
  const size_t association_bytes = with_it - live_bytes;
  RecordProperty("association_bytes", std::to_string(association_bytes));
  RecordProperty("association_blocks", std::to_string(blocks - live_blocks));
  EXPECT_LT(association_bytes, 3u * 1024);
}

}  // namespace
}  // namespace chroom::sctp
