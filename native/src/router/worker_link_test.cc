#include "router/worker_link.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace chroom::router {
namespace {

LinkMessage packet_message(buffer::PacketPool& pool, uint8_t value, size_t length = 100) {
  LinkMessage message;
  message.packet = pool.acquire();
  std::fill_n(message.packet.storage().begin(), length, value);
  message.packet.set_length(length);
  return message;
}

struct WorkerLinkTest : testing::Test {
  // The link is declared after the pool: it holds references.
  ~WorkerLinkTest() override { link.clear(); }

  size_t drain(size_t most = SIZE_MAX) {
    size_t taken = 0;
    link.drain(most, [&](LinkMessage&) { ++taken; });
    return taken;
  }

  buffer::PacketPool pool{WorkerLink::kCapacity * 2};
  WorkerLink link;
};

TEST_F(WorkerLinkTest, ShowsWhatWasWrittenOnlyWhenItIsPublished) {
  ASSERT_TRUE(link.try_push(packet_message(pool, 1)));
  EXPECT_FALSE(link.has_news());
  EXPECT_EQ(drain(), 0u);
  EXPECT_TRUE(link.publish());
  EXPECT_FALSE(link.publish());
  EXPECT_TRUE(link.has_news());
  EXPECT_EQ(drain(), 1u);
  EXPECT_FALSE(link.has_news());
}

TEST_F(WorkerLinkTest, GivesAPacketBackOnlyAfterTheReaderHasDoneWithIt) {
  ASSERT_TRUE(link.try_push(packet_message(pool, 1)));
  link.publish();
  EXPECT_EQ(pool.slots_in_use(), 1u);
  link.drain(1, [&](LinkMessage& message) {
    link.publish();  // as the producer may at any time
    EXPECT_EQ(pool.slots_in_use(), 1u);
    EXPECT_EQ(message.packet.bytes()[99], 1);
  });
  link.publish();
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

TEST_F(WorkerLinkTest, KeepsRoomForWhatMustArriveWhenTheReaderStandsStill) {
  size_t taken = 0;
  while (link.try_push(packet_message(pool, 1))) ++taken;
  EXPECT_EQ(taken, WorkerLink::kCapacity - WorkerLink::kReserve);
  EXPECT_EQ(pool.slots_in_use(), taken);  // what was refused is not kept
  // Far more than there is room for: all of it arrives, in order, and no packet overtakes it.
  const size_t important = WorkerLink::kReserve + 500;
  for (size_t i = 0; i < important; ++i) {
    LinkMessage message;
    message.kind = LinkMessage::Kind::kEnded;
    message.track = i;
    link.push(std::move(message));
  }
  EXPECT_FALSE(link.try_push(packet_message(pool, 2)));
  uint64_t next = 0;
  for (int turn = 0; turn < 3; ++turn) {
    link.publish();
    link.drain(SIZE_MAX, [&](LinkMessage& message) {
      if (message.kind != LinkMessage::Kind::kEnded) return;
      EXPECT_EQ(message.track, next);
      ++next;
    });
  }
  EXPECT_EQ(next, important);
  EXPECT_TRUE(link.try_push(packet_message(pool, 2)));
}

TEST_F(WorkerLinkTest, BoundsTheBytesOfDataUnderWay) {
  const auto data = std::make_shared<const std::vector<uint8_t>>(64'000);
  const auto push = [&] {
    LinkMessage message;
    message.kind = LinkMessage::Kind::kData;
    message.data = data;
    return link.try_push(std::move(message));
  };
  size_t taken = 0;
  while (push()) ++taken;
  EXPECT_EQ(taken, WorkerLink::kMaxDataBytes / 64'000);
  link.publish();
  EXPECT_EQ(drain(1), 1u);
  EXPECT_TRUE(push());
  EXPECT_FALSE(push());
}

TEST_F(WorkerLinkTest, TakesAtMostAsManyAsAskedFor) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(link.try_push(packet_message(pool, 1)));
  link.publish();
  EXPECT_EQ(drain(4), 4u);
  EXPECT_TRUE(link.has_news());
  EXPECT_EQ(drain(SIZE_MAX), 6u);
}

// For the thread sanitizer above all: a slot is written again only after the other thread has read it.
TEST_F(WorkerLinkTest, PassesEveryPacketWholeBetweenTwoThreads) {
  constexpr uint64_t kPackets = 200'000;
  std::atomic<bool> finished{false};
  uint64_t read = 0;
  uint64_t wrong = 0;
  std::thread reader([&] {
    for (;;) {
      const bool last_look = finished.load();
      link.drain(64, [&](LinkMessage& message) {
        const auto expected = static_cast<uint8_t>(message.track);
        for (const uint8_t byte : message.packet.bytes()) wrong += byte != expected;
        read = message.track;
      });
      if (last_look && !link.has_news()) return;
    }
  });
  std::mt19937 random(7);
  for (uint64_t i = 1; i <= kPackets;) {
    for (uint64_t batch = random() % 40; batch > 0 && i <= kPackets; --batch) {
      LinkMessage message = packet_message(pool, static_cast<uint8_t>(i), 40);
      message.track = i;
      if (!link.try_push(std::move(message))) break;
      ++i;
    }
    link.publish();
    if (random() % 64 == 0) std::this_thread::yield();
  }
  finished.store(true);
  reader.join();
  EXPECT_EQ(read, kPackets);
  EXPECT_EQ(wrong, 0u);
  link.publish();
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

}  // namespace
}  // namespace chroom::router
