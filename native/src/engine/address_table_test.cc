#include "engine/address_table.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "engine/deadline_heap.h"

namespace chroom::engine {
namespace {

TransportAddress address(uint16_t port) {
  TransportAddress a;
  a.ip = {127, 0, 0, 1};
  a.port = port;
  return a;
}

TEST(AddressTable, AgreesWithAMapOverRandomSetsAndErasures) {
  std::mt19937 random(7);
  AddressTable<int> table(4);
  std::unordered_map<uint16_t, int*> expected;
  std::vector<int> values(16);
  for (int step = 0; step < 20000; ++step) {
    const auto port = static_cast<uint16_t>(random() % 200);
    int* value = &values[random() % values.size()];
    if (random() % 2 == 0) {
      table.set(address(port), value);
      expected[port] = value;
    } else if (expected.contains(port)) {
      table.erase(address(port), expected[port]);
      expected.erase(port);
    }
    ASSERT_EQ(table.size(), expected.size());
  }
  for (uint16_t port = 0; port < 200; ++port) {
    EXPECT_EQ(table.find(address(port)), expected.contains(port) ? expected[port] : nullptr) << port;
  }
}

TEST(AddressTable, KeepsAnAddressThatAnotherHasTakenOver) {
  AddressTable<int> table;
  int first = 1;
  int second = 2;
  table.set(address(5), &first);
  table.set(address(5), &second);
  table.erase(address(5), &first);
  EXPECT_EQ(table.find(address(5)), &second);
}

struct Waiter {
  DeadlineSlot deadline_slot;
};

TEST(DeadlineHeap, GivesWaitersInTheOrderOfTheirDeadlines) {
  std::mt19937 random(11);
  std::vector<Waiter> waiters(500);
  DeadlineHeap<Waiter> heap;
  for (Waiter& waiter : waiters) heap.schedule(&waiter, Instant(Duration(random() % 1000)));
  for (size_t i = 0; i < waiters.size(); i += 3) heap.remove(&waiters[i]);
  for (size_t i = 1; i < waiters.size(); i += 3) heap.schedule(&waiters[i], Instant(Duration(random() % 500)));
  Instant before = Instant(Duration(0));
  size_t popped = 0;
  while (heap.next() != kNever) {
    const Instant at = heap.next();
    EXPECT_GE(at, before);
    before = at;
    EXPECT_EQ(heap.pop_due(at - Duration(1)), nullptr);
    EXPECT_NE(heap.pop_due(at), nullptr);
    ++popped;
  }
  EXPECT_EQ(popped, waiters.size() - (waiters.size() + 2) / 3);
}

TEST(DeadlineHeap, MovesOnlyForward) {
  Waiter waiter;
  DeadlineHeap<Waiter> heap;
  heap.schedule(&waiter, Instant(Duration(10)));
  heap.schedule(&waiter, Instant(Duration(20)));
  EXPECT_EQ(heap.next(), Instant(Duration(10)));
  heap.schedule(&waiter, Instant(Duration(5)));
  EXPECT_EQ(heap.next(), Instant(Duration(5)));
  heap.schedule(&waiter, kNever);
  EXPECT_EQ(heap.pop_due(Instant(Duration(5))), &waiter);
  EXPECT_EQ(heap.next(), kNever);
}

}  // namespace
}  // namespace chroom::engine
