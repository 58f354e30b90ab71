#include "engine/event_ring.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace chroom::engine {
namespace {

using Importance = EventRing::Importance;

std::vector<uint8_t> filled(size_t bytes, uint8_t first = 0) {
  std::vector<uint8_t> out(bytes);
  std::iota(out.begin(), out.end(), first);
  return out;
}

TEST(EventRing, GivesBackWhatWasWrittenInOrder) {
  EventRing ring;
  const auto small = filled(13);
  const auto large = filled(EventRing::kMaxInlineBytes + 1, 7);
  EXPECT_TRUE(ring.write(RecordKind::kEvent, 0, 0, small, Importance::kImportant));
  EXPECT_TRUE(ring.write(RecordKind::kResult, 42, 0, large, Importance::kOwed));
  EXPECT_TRUE(ring.write(RecordKind::kError, 43, 5, {}, Importance::kOwed));
  std::vector<std::pair<RecordHeader, std::vector<uint8_t>>> got;
  ring.drain([&](const RecordHeader& h, Bytes p) { got.emplace_back(h, std::vector<uint8_t>(p.begin(), p.end())); });
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].second, small);
  EXPECT_EQ(got[1].second, large);
  EXPECT_EQ(got[1].first.request_id, 42u);
  EXPECT_EQ(got[1].first.elsewhere, 0);
  EXPECT_EQ(got[2].first.code, 5);
  EXPECT_TRUE(ring.empty());
}

TEST(EventRing, RefusesDroppableEventsFirstThenImportantOnesAndNeverAnAnswer) {
  EventRing ring;
  const auto event = filled(1000);
  size_t droppable = 0;
  while (ring.write(RecordKind::kEvent, 0, 0, event, Importance::kDroppable)) ++droppable;
  size_t important = 0;
  while (ring.write(RecordKind::kEvent, 0, 0, event, Importance::kImportant)) ++important;
  EXPECT_GT(droppable, 100u);
  EXPECT_GT(important, 100u);
  for (uint32_t i = 0; i < EventRing::kMaxOutstanding; ++i) {
    EXPECT_TRUE(ring.write(RecordKind::kResult, i, 0, event, Importance::kOwed)) << i;
  }
  size_t results = 0;
  ring.drain([&](const RecordHeader& h, Bytes p) {
    results += h.kind == RecordKind::kResult;
    EXPECT_EQ(p.size(), event.size());
  });
  EXPECT_EQ(results, EventRing::kMaxOutstanding);
}

TEST(EventRing, CarriesRecordsBetweenThreadsWithoutLosingOne) {
  EventRing ring;
  constexpr uint32_t kRecords = 50'000;
  std::thread writer([&] {
    for (uint32_t i = 0; i < kRecords;) {
      const auto payload = filled(i % 300, static_cast<uint8_t>(i));
      if (ring.write(RecordKind::kEvent, i, 0, payload, Importance::kImportant)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  uint32_t next = 0;
  while (next < kRecords) {
    ring.drain([&](const RecordHeader& h, Bytes p) {
      ASSERT_EQ(h.request_id, next);
      ASSERT_EQ(p.size(), next % 300);
      if (!p.empty()) ASSERT_EQ(p[0], static_cast<uint8_t>(next));
      ++next;
    });
    std::this_thread::yield();
  }
  writer.join();
}

}  // namespace
}  // namespace chroom::engine
