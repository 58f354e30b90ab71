#include "buffer/packet_pool.h"

#include <gtest/gtest.h>

#include <vector>

namespace chroom::buffer {
namespace {

struct Descriptor {
  uint64_t words[28] = {};
};

TEST(PacketPool, HandsOutAnEmptyPacket) {
  PacketPool pool(4);
  PacketRef packet = pool.acquire();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.length(), 0u);
  EXPECT_EQ(packet.arrival(), Instant{});
  EXPECT_EQ(packet.storage().size(), kPacketBytes);
  EXPECT_GE(kPacketBytes, 1500u);
  EXPECT_EQ(pool.slots_in_use(), 1u);
}

TEST(PacketPool, ReusesTheSlotThatWasFreedLast) {
  PacketPool pool(8);
  PacketRef first = pool.acquire();
  PacketRef second = pool.acquire();
  const uint8_t* place = first.storage().data();
  second.reset();
  first.reset();
  EXPECT_EQ(pool.acquire().storage().data(), place);
}

TEST(PacketPool, RefusesPastItsCapAndRecovers) {
  PacketPool pool(3, 2);
  std::vector<PacketRef> held;
  for (int i = 0; i < 3; ++i) held.push_back(pool.acquire());
  EXPECT_TRUE(held.back());
  EXPECT_FALSE(pool.acquire());
  EXPECT_EQ(pool.slots_in_use(), 3u);
  held.pop_back();
  EXPECT_TRUE(pool.acquire());
}

TEST(PacketPool, GrowsSlabBySlabAndNeverShrinks) {
  PacketPool pool(100, 10);
  EXPECT_EQ(pool.slots_allocated(), 0u);
  std::vector<PacketRef> held;
  for (int i = 0; i < 11; ++i) held.push_back(pool.acquire());
  EXPECT_EQ(pool.slots_allocated(), 20u);
  held.clear();
  EXPECT_EQ(pool.slots_in_use(), 0u);
  EXPECT_EQ(pool.slots_allocated(), 20u);
}

TEST(PacketRef, SharesOneSlotUntilTheLastReferenceGoes) {
  PacketPool pool(2);
  PacketRef packet = pool.acquire();
  packet.storage()[0] = 42;
  packet.set_length(1);
  PacketRef other = packet.share();
  packet.reset();
  EXPECT_FALSE(packet);
  EXPECT_EQ(pool.slots_in_use(), 1u);
  EXPECT_EQ(other.bytes()[0], 42);
  other.reset();
  EXPECT_EQ(pool.slots_in_use(), 0u);
}

TEST(PacketRef, MovesWithoutCounting) {
  PacketPool pool(2);
  PacketRef packet = pool.acquire();
  PacketRef moved = std::move(packet);
  EXPECT_FALSE(packet);
  PacketRef target = pool.acquire();
  target = std::move(moved);
  EXPECT_EQ(pool.slots_in_use(), 1u);
  PacketRef& self = target;
  target = std::move(self);
  EXPECT_TRUE(target);
}

TEST(PacketRef, CarriesADescriptorThatAllReferencesSee) {
  PacketPool pool(2);
  PacketRef packet = pool.acquire();
  packet.emplace_descriptor<Descriptor>().words[27] = 7;
  PacketRef other = packet.share();
  EXPECT_EQ(other.descriptor<Descriptor>().words[27], 7u);
}

TEST(PacketRef, EmptySharesAndResetsAsEmpty) {
  PacketRef empty;
  EXPECT_FALSE(empty.share());
  empty.reset();
  EXPECT_FALSE(empty);
}

TEST(PacketPoolDeathTest, StopsWhenAPacketOutlivesThePool) {
  EXPECT_DEATH(
      {
        PacketRef packet;
        PacketPool pool(1);
        packet = pool.acquire();
      },
      "broken invariant");
}

}  // namespace
}  // namespace chroom::buffer
