#include "router/pacer.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "router/pacing_wheel.h"

namespace chroom::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Pacer, HoldsNobodyBackUntilARateIsSet) {
  Pacer pacer;
  EXPECT_FALSE(pacer.paces());
  pacer.set_rate(1'000'000, Instant{seconds(1)});
  EXPECT_TRUE(pacer.paces());
  pacer.set_rate(UINT64_MAX, Instant{seconds(1)});
  EXPECT_FALSE(pacer.paces());
}

TEST(Pacer, LetsABurstOf40MillisecondsGoAndThenItsRate) {
  for (const uint64_t rate_bps : {30'000u, 1'000'000u, 20'000'000u, 800'000'000u}) {
    Instant now{seconds(1)};
    Pacer pacer;
    pacer.set_rate(rate_bps, now);
    uint64_t burst_bytes = 0;
    while (pacer.may_send(now)) {
      pacer.on_sent(1200);
      burst_bytes += 1200;
    }
    const uint64_t expected = rate_bps * 40 / 8000;
    EXPECT_GE(burst_bytes, expected);
    EXPECT_LT(burst_bytes, expected + 1200 + 1);
    // Ten seconds, looked at every 300 us: rounding must not cost rate.
    uint64_t bytes = 0;
    for (const Instant end = now + seconds(10); now < end; now += Duration(300)) {
      while (pacer.may_send(now)) {
        pacer.on_sent(1200);
        bytes += 1200;
      }
    }
    EXPECT_NEAR(static_cast<double>(bytes), static_cast<double>(rate_bps) * 10 / 8, 0.01 * static_cast<double>(rate_bps) * 10 / 8 + 2400);
  }
}

TEST(Pacer, SaysWhenTheNextRunMayLeave) {
  Instant now{seconds(1)};
  Pacer pacer;
  pacer.set_rate(8'000'000, now);  // a byte in a microsecond
  while (pacer.may_send(now)) pacer.on_sent(1000);
  const Instant ready = pacer.ready_at(16 * 1000);
  EXPECT_EQ(ready, now + milliseconds(5));  // 5 ms are worth less than 16 packets
  EXPECT_EQ(pacer.ready_at(100), now + Duration(100));
  EXPECT_TRUE(pacer.may_send(ready));
}

TEST(Pacer, KeepsNoMoreThanABurstForARateThatFalls) {
  Instant now{seconds(1)};
  Pacer pacer;
  pacer.set_rate(100'000'000, now);
  pacer.set_rate(1'000'000, now);
  size_t packets = 0;
  for (; pacer.may_send(now); ++packets) pacer.on_sent(1000);
  EXPECT_EQ(packets, 5u);
}

struct Waiter {
  int id = 0;
  Instant at{};
  PacingSlot<Waiter> pacing_slot_;
};

TEST(PacingWheel, FindsEverybodyAtTheirTickAndNobodyTwice) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    PacingWheel<Waiter> wheel;
    Instant now{seconds(100)};
    wheel.take_due(now, [](Waiter&) { FAIL(); });
    std::vector<Waiter> waiters(200);
    std::map<int, int> found;
    for (int i = 0; i < 200; ++i) {
      waiters[static_cast<size_t>(i)].id = i;
      waiters[static_cast<size_t>(i)].at = now + Duration(random() % 60'000);
      wheel.add(&waiters[static_cast<size_t>(i)], waiters[static_cast<size_t>(i)].at);
    }
    for (size_t i = 0; i < 20; ++i) wheel.remove(&waiters[i * 7]);
    while (wheel.next() != kNever) {
      now = std::max(now + Duration(1), round % 2 == 0 ? wheel.next() : now + Duration(random() % 5000));
      wheel.take_due(now, [&](Waiter& waiter) {
        ++found[waiter.id];
        EXPECT_LE(waiter.at, now);
        EXPECT_GE(waiter.at + milliseconds(6), now);
      });
    }
    EXPECT_EQ(found.size(), 180u);
    for (const auto& [id, times] : found) EXPECT_EQ(times, 1) << id;
  }
}

TEST(PacingWheel, FindsALongWaitEarlyAndTakesItAgain) {
  PacingWheel<Waiter> wheel;
  Instant now{seconds(100)};
  wheel.take_due(now, [](Waiter&) {});
  Waiter waiter;
  waiter.at = now + seconds(1);
  wheel.add(&waiter, waiter.at);
  size_t early = 0;
  bool came = false;
  while (!came) {
    ASSERT_NE(wheel.next(), kNever);
    now = std::max(wheel.next(), now);
    wheel.take_due(now, [&](Waiter& found) {
      came = now >= found.at;
      if (!came) wheel.add(&found, found.at);
      early += !came;
    });
  }
  EXPECT_LT(early, 20u);
}

TEST(PacingWheel, SurvivesALateLook) {
  PacingWheel<Waiter> wheel;
  Instant now{seconds(100)};
  Waiter waiter;
  wheel.add(&waiter, now);
  size_t found = 0;
  // Enters again while the lists are being emptied: found again early at most, as everybody who waits long.
  wheel.take_due(now + seconds(3600), [&](Waiter& w) {
    ++found;
    wheel.add(&w, now + seconds(7200));
  });
  EXPECT_GE(found, 1u);
  EXPECT_LE(found, 2u);
  EXPECT_GT(wheel.next(), now + seconds(3600));
  EXPECT_NE(wheel.next(), kNever);
}

}  // namespace
}  // namespace chroom::router
