#include "router/data_router.h"

#include <gtest/gtest.h>

#include "router/protobuf_fields.h"

namespace chroom::router {
namespace {

std::vector<uint8_t> message(uint32_t sequence, std::vector<std::string> to_identities = {},
                             std::vector<std::string> to_sids = {}) {
  std::vector<uint8_t> user;
  append_string_field(user, 2, "payload");
  for (const auto& sid : to_sids) append_string_field(user, 3, sid);
  std::vector<uint8_t> packet;
  append_bytes_field(packet, 2, user);
  for (const auto& identity : to_identities) append_string_field(packet, 5, identity);
  if (sequence != 0) append_varint_field(packet, 16, sequence);
  return packet;
}

struct RoomDataRouterTest : testing::Test {
  RoomDataRouterTest() {
    for (uint64_t key : {1, 2, 3}) {
      const std::string name = "p" + std::to_string(key);
      room.set_participant({.key = key, .sid = "PA_" + name, .identity = name});
      room.set_open(key, [](Bytes) {});
    }
  }
  std::vector<uint64_t> route(uint64_t from, const std::vector<uint8_t>& packet, bool reliable = true) {
    last = room.route(from, reliable, packet);
    return {last.recipients.begin(), last.recipients.end()};
  }
  using Keys = std::vector<uint64_t>;
  RoomDataRouter room;
  RoomDataRouter::Routed last;
};

TEST_F(RoomDataRouterTest, SendsToEverybodyButTheSender) { EXPECT_EQ(route(1, message(1)), (Keys{2, 3})); }

TEST_F(RoomDataRouterTest, SendsToTheNamedOnesNeverBackToTheSender) {
  EXPECT_EQ(route(1, message(1, {"p3", "p1"})), Keys{3});
  EXPECT_EQ(route(1, message(2, {}, {"PA_p2"})), Keys{2});
  EXPECT_EQ(route(1, message(3, {"nobody"})), Keys{});
}

TEST_F(RoomDataRouterTest, DropsWhatAResumedClientSendsTwice) {
  EXPECT_EQ(route(1, message(1)).size(), 2u);
  EXPECT_EQ(route(1, message(2)).size(), 2u);
  EXPECT_TRUE(route(1, message(2)).empty());
  EXPECT_EQ(last.verdict, DataVerdict::kDuplicate);
  EXPECT_EQ(route(2, message(1)).size(), 2u) << "each sender counts for itself";
  EXPECT_EQ(route(1, message(0)).size(), 2u) << "older clients do not number";
  EXPECT_EQ(route(1, message(1), false).size(), 2u) << "lossy packets are not numbered by order";
}

TEST_F(RoomDataRouterTest, RefusesSendersWithoutPermission) {
  room.set_participant({.key = 1, .sid = "PA_p1", .identity = "p1", .can_publish_data = false});
  EXPECT_TRUE(route(1, message(1)).empty());
  EXPECT_EQ(last.verdict, DataVerdict::kNotAllowed);
  EXPECT_TRUE(route(99, message(1)).empty());
  EXPECT_EQ(last.verdict, DataVerdict::kUnknownSender);
}

TEST_F(RoomDataRouterTest, SkipsReceiversThatMayNotSubscribe) {
  room.set_participant({.key = 2, .sid = "PA_p2", .identity = "p2", .can_subscribe = false});
  EXPECT_EQ(route(1, message(1)), Keys{3});
}

TEST_F(RoomDataRouterTest, KeepsReliableMessagesUntilTheChannelsAreOpen) {
  room.set_participant({.key = 4, .sid = "PA_p4", .identity = "p4"});
  EXPECT_EQ(route(1, message(1)), (Keys{2, 3}));
  EXPECT_EQ(route(1, message(0), false), (Keys{2, 3}));
  route(1, message(2));
  int delivered = 0;
  room.set_open(4, [&](Bytes packet) {
    ++delivered;
    EXPECT_FALSE(packet.empty());
  });
  EXPECT_EQ(delivered, 2);
  room.set_open(4, [&](Bytes) { ++delivered; });
  EXPECT_EQ(delivered, 2);
  EXPECT_EQ(route(1, message(3)), (Keys{2, 3, 4}));
}

TEST_F(RoomDataRouterTest, BoundsWhatItKeeps) {
  room.set_participant({.key = 4, .sid = "PA_p4", .identity = "p4"});
  for (uint32_t i = 1; i <= 1000; ++i) route(1, message(i));
  size_t delivered = 0;
  room.set_open(4, [&](Bytes) { ++delivered; });
  EXPECT_EQ(delivered, RoomDataRouter::kMaxQueuedMessages);
  EXPECT_EQ(room.queue_overflows(), 1000 - RoomDataRouter::kMaxQueuedMessages);
}

TEST_F(RoomDataRouterTest, SendsForTheServerToTheNamedSessions) {
  const std::string to[] = {"PA_p2"};
  const auto packet = message(0);
  auto routed = room.route_from_server(true, packet, to);
  EXPECT_EQ(Keys(routed.recipients.begin(), routed.recipients.end()), Keys{2});
  routed = room.route_from_server(true, packet, {});
  EXPECT_EQ(routed.recipients.size(), 3u);
}

TEST_F(RoomDataRouterTest, ForgetsAParticipantThatLeft) {
  room.remove_participant(2);
  EXPECT_EQ(route(1, message(1)), Keys{3});
  EXPECT_TRUE(route(2, message(1)).empty());
}

}  // namespace
}  // namespace chroom::router
