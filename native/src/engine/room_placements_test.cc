#include "engine/room_placements.h"

#include <gtest/gtest.h>

#include <map>

namespace chroom::engine {
namespace {

constexpr size_t kLarge = 4;

struct RoomPlacementsTest : testing::Test {
  // As the engine does, with a worker that answers at once.
  std::vector<size_t> run(Command command, bool ok = true) {
    std::vector<size_t> workers;
    auto room = placements.route(command, workers);
    if (!room) {
      refusal = room.error().code;
      return {};
    }
    last = command;
    std::vector<RoomPlacements::InFlight> flights;
    for (const size_t worker : workers) flights.push_back(placements.begin(*room.value(), worker, command));
    change = placements.take_change(*room.value());
    ended.clear();
    for (const auto& flight : flights) placements.end(flight, ok, ended);
    placements.release_if_unused(*room.value());
    return workers;
  }
  size_t create(const std::string& session, const std::string& room = "RM") {
    CreateSession command;
    command.room = room;
    command.session = session;
    return run(command).at(0);
  }
  Publish publish(const std::string& session, const std::string& track) {
    Publish command;
    command.room = "RM";
    command.session = session;
    command.track = track;
    return command;
  }
  Subscribe subscribe(const std::string& session, const std::string& track) {
    Subscribe command;
    command.room = "RM";
    command.session = session;
    command.track = track;
    return command;
  }
  std::map<size_t, size_t> fill(size_t sessions) {
    std::map<size_t, size_t> count;
    for (size_t i = 0; i < sessions; ++i) ++count[create("PA_" + std::to_string(i))];
    return count;
  }

  RoomPlacements placements{3, 100, kLarge};
  Command last;
  std::optional<RoomPlacements::Audience> change;
  ErrorCode refusal{};
  std::vector<uint64_t> ended;  // tracks
};

TEST_F(RoomPlacementsTest, KeepsASmallRoomOnOneWorker) {
  EXPECT_EQ(fill(kLarge).size(), 1u);
  EXPECT_FALSE(change.has_value());
}

TEST_F(RoomPlacementsTest, GivesALargeRoomAWorkerMoreForEverySoManySessions) {
  EXPECT_EQ(fill(kLarge + 1).size(), 2u);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->workers.size(), 2u);
  fill(2 * kLarge + 1);
  EXPECT_EQ(fill(40).size(), 3u);
}

TEST_F(RoomPlacementsTest, SpreadsEvenlyOverIdleWorkers) {
  const auto count = fill(300);
  for (const auto& [worker, sessions] : count) EXPECT_EQ(sessions, 100u) << worker;
}

TEST_F(RoomPlacementsTest, AvoidsABusyWorker) {
  placements.loads().measured(0, 700);
  placements.loads().measured(1, 300);
  EXPECT_EQ(create("PA_1", "RM_1"), 2u);
  placements.loads().measured(2, 900);
  EXPECT_EQ(create("PA_2", "RM_2"), 1u);
}

TEST_F(RoomPlacementsTest, CountsWhatWasPlacedSinceTheLastMeasurement) {
  for (size_t worker = 0; worker < 3; ++worker) {
    for (int i = 0; i < 4; ++i) placements.loads().add_session(worker);
  }
  placements.loads().measured(0, 200);  // 1000 permille for 12 sessions: 83 each
  placements.loads().measured(1, 400);
  placements.loads().measured(2, 400);
  std::map<size_t, size_t> count;
  for (int i = 0; i < 12; ++i) ++count[create("PA", "RM_" + std::to_string(i))];
  EXPECT_LE(count[0], 6u);  // not all twelve
  EXPECT_GE(count[1], 2u);
  EXPECT_GE(count[2], 2u);
}

TEST_F(RoomPlacementsTest, SendsCallsOfASessionToItsWorkerAndCallsOfARoomToAllOfThem) {
  fill(20);
  for (int i = 0; i < 20; ++i) {
    const std::string session = "PA_" + std::to_string(i);
    EXPECT_EQ(run(DescribeSession{"RM", session}).at(0), create(session));
  }
  SendData send;
  send.room = "RM";
  EXPECT_EQ(run(send).size(), 3u);
  EXPECT_EQ(run(CloseRoom{"RM"}).size(), 3u);
}

TEST_F(RoomPlacementsTest, TellsAReceiverElsewhereWhereTheTrackIs) {
  const size_t home = create("PA_0");
  run(publish("PA_0", "TR"));
  fill(kLarge * 3);
  for (size_t i = 1; i < kLarge * 3; ++i) {
    const size_t worker = run(subscribe("PA_" + std::to_string(i), "TR")).at(0);
    const auto& origin = std::get<Subscribe>(last).origin;
    EXPECT_EQ(origin.has_value(), worker != home);
    if (!origin) continue;
    EXPECT_EQ(origin->worker, home);
    EXPECT_EQ(origin->publish->track, "TR");
  }
}

TEST_F(RoomPlacementsTest, ForgetsATrackThatWasUnpublishedRefusedOrWhosePublisherLeft) {
  fill(kLarge * 3);
  const auto known = [&] {
    size_t with_origin = 0;
    for (size_t i = 1; i < kLarge * 3; ++i) {
      run(subscribe("PA_" + std::to_string(i), "TR"));
      with_origin += std::get<Subscribe>(last).origin.has_value();
    }
    return with_origin > 0;
  };
  run(publish("PA_0", "TR"), false);
  EXPECT_FALSE(known());
  run(publish("PA_0", "TR"));
  EXPECT_TRUE(known());
  run(Unpublish{"RM", "PA_0", "TR"});
  EXPECT_EQ(ended.size(), 1u);
  EXPECT_FALSE(known());
  run(publish("PA_0", "TR"));
  const uint64_t key = std::get<Publish>(last).key;
  run(CloseSession{"RM", "PA_0"});
  EXPECT_EQ(ended, std::vector<uint64_t>{key});
  EXPECT_FALSE(known());
}

TEST_F(RoomPlacementsTest, RefusesATrackThatIsPublishedOnAnotherWorker) {
  const size_t home = create("PA_0");
  run(publish("PA_0", "TR"));
  fill(kLarge * 3);
  size_t refused = 0;
  for (size_t i = 1; i < kLarge * 3; ++i) {
    const std::string session = "PA_" + std::to_string(i);
    if (run(DescribeSession{"RM", session}).at(0) == home) continue;
    EXPECT_TRUE(run(publish(session, "TR")).empty());
    EXPECT_EQ(refusal, ErrorCode::kAlreadyExists);
    ++refused;
  }
  EXPECT_GT(refused, 0u);
}

TEST_F(RoomPlacementsTest, ForgetsARoomOnceAllItsWorkersHaveNoSessionOfItAnyMore) {
  fill(kLarge * 3);
  const std::vector<size_t> workers = run(CloseRoom{"RM"});
  ASSERT_EQ(workers.size(), 3u);
  for (const size_t worker : workers) placements.room_gone(worker, "RM");
  for (size_t worker = 0; worker < 3; ++worker) EXPECT_EQ(placements.loads().sessions(worker), 0u);
  create("PA_new");
  EXPECT_EQ(run(CloseRoom{"RM"}).size(), 1u);
}

TEST_F(RoomPlacementsTest, KeepsASessionThatIsClosedAndCreatedAgainInOneGo) {
  create("PA_0");
  Command close = CloseSession{"RM", "PA_0"};
  std::vector<size_t> workers;
  auto* room = placements.route(close, workers).value();
  const auto closing = placements.begin(*room, workers[0], close);
  CreateSession again;
  again.room = "RM";
  again.session = "PA_0";
  Command creates = again;
  placements.route(creates, workers).value();
  const auto creating = placements.begin(*room, workers[0], creates);
  placements.room_gone(workers[0], "RM");
  placements.end(closing, true, ended);
  placements.end(creating, true, ended);
  EXPECT_EQ(placements.loads().sessions(workers[0]), 1u);
  EXPECT_EQ(run(DescribeSession{"RM", "PA_0"}).at(0), workers[0]);
}

TEST_F(RoomPlacementsTest, BoundsTheNumberOfRoomsAndForgetsThoseThatNothingCameOf) {
  RoomPlacements few{1, 2, kLarge};
  std::vector<size_t> workers;
  for (int i = 0; i < 10; ++i) {
    Command describe = DescribeSession{"RM_" + std::to_string(i), "PA"};
    auto room = few.route(describe, workers);
    ASSERT_TRUE(room.ok());
    few.end(few.begin(*room.value(), 0, describe), false, ended);
    few.release_if_unused(*room.value());
  }
  CreateSession create_session;
  for (int i = 0; i < 3; ++i) {
    create_session.room = "RM_" + std::to_string(i);
    Command command = create_session;
    auto room = few.route(command, workers);
    ASSERT_EQ(room.ok(), i < 2);
    if (room.ok()) few.end(few.begin(*room.value(), 0, command), true, ended);
  }
}

}  // namespace
}  // namespace chroom::engine
