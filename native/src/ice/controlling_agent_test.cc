#include "ice/controlling_agent.h"

#include <gtest/gtest.h>

#include "ice/agent.h"
#include "ice/test_checks.h"

namespace chroom::ice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The client against the lite agent it was made for.
class ControllingAgentTest : public testing::Test {
 protected:
  ControllingAgentTest() { client.connect(lite.local(), now); }

  std::vector<uint8_t> due_check() {
    std::vector<uint8_t> out(ControllingAgent::kMaxCheckBytes);
    out.resize(client.on_timeout(now, out));
    return out;
  }
  // One round trip of `delay`; false when no check was due.
  bool round_trip(Duration delay) {
    const std::vector<uint8_t> check = due_check();
    if (check.empty()) return false;
    std::vector<uint8_t> reply(kMaxReplyBytes);
    reply.resize(lite.handle(check, ipv4(1, 7000), here, now, reply).reply_bytes);
    now += delay;
    return client.handle(reply, now) == DropReason::kNone;
  }

  SeededRandom random{5};
  Instant now{seconds(100)};
  TransportAddress here = ipv4(10, 5000);
  Agent lite{random};
  ControllingAgent client{random};
};

TEST_F(ControllingAgentTest, nominates_with_its_first_check_and_learns_address_and_round_trip) {
  ASSERT_TRUE(round_trip(milliseconds(30)));
  EXPECT_EQ(client.state(), ControllingAgent::State::kConnected);
  EXPECT_EQ(client.round_trip(), milliseconds(30));
  EXPECT_EQ(client.reflexive(), here);
  EXPECT_TRUE(lite.nominated());
}

TEST_F(ControllingAgentTest, repeats_lost_checks_with_doubling_intervals) {
  std::vector<Duration> gaps;
  Instant last = now;
  for (int i = 0; i < 7; ++i) {
    now = client.next_deadline();
    ASSERT_FALSE(due_check().empty());
    gaps.push_back(now - last);
    last = now;
  }
  EXPECT_EQ(gaps[1], milliseconds(50));
  EXPECT_EQ(gaps[2], milliseconds(100));
  EXPECT_EQ(gaps[6], milliseconds(1600));
}

TEST_F(ControllingAgentTest, keeps_consent_alive_every_four_to_six_seconds) {
  round_trip(milliseconds(1));
  for (int i = 0; i < 20; ++i) {
    const Duration pause = client.next_deadline() - now;
    EXPECT_GE(pause, seconds(4));
    EXPECT_LE(pause, seconds(6));
    EXPECT_TRUE(due_check().empty());
    now = client.next_deadline();
    ASSERT_TRUE(round_trip(milliseconds(1)));
  }
  EXPECT_EQ(lite.consent(), ConsentState::kConnected);
}

TEST_F(ControllingAgentTest, fails_after_thirty_seconds_without_an_answer) {
  round_trip(milliseconds(1));
  const Instant answered = now;
  while (client.state() == ControllingAgent::State::kConnected) {
    now = client.next_deadline();
    due_check();
  }
  EXPECT_GE(now - answered, seconds(30));
  EXPECT_LE(now - answered, seconds(33));
  EXPECT_EQ(client.next_deadline(), kNever);
}

TEST_F(ControllingAgentTest, believes_only_answers_to_its_checks_under_the_right_password) {
  const std::vector<uint8_t> check = due_check();
  stun::Message request;
  ASSERT_EQ(stun::parse(check, request), DropReason::kNone);
  const auto answer = [&](const stun::TransactionId& id, const std::string& password, stun::MessageClass kind) {
    std::vector<uint8_t> out(256);
    const stun::IntegrityKey key(text_bytes(password));
    stun::Writer writer(out, kind, id);
    writer.xor_mapped_address(here);
    out.resize(writer.finish(password.empty() ? nullptr : &key));
    return out;
  };
  const std::string right = lite.local().password;
  const auto success = stun::MessageClass::kSuccess;
  EXPECT_EQ(client.handle(answer({}, right, success), now), DropReason::kStunUnexpected);
  EXPECT_EQ(client.handle(answer(request.transaction_id, right, stun::MessageClass::kError), now),
            DropReason::kStunUnexpected);
  EXPECT_EQ(client.handle(answer(request.transaction_id, "", success), now), DropReason::kStunMissingIntegrity);
  EXPECT_EQ(client.handle(answer(request.transaction_id, "wrong", success), now), DropReason::kStunBadIntegrity);
  EXPECT_EQ(client.state(), ControllingAgent::State::kChecking);
  EXPECT_EQ(client.handle(answer(request.transaction_id, right, success), now), DropReason::kNone);
  EXPECT_EQ(client.handle(answer(request.transaction_id, right, success), now), DropReason::kStunUnexpected);
}

TEST_F(ControllingAgentTest, restarts_towards_new_credentials) {
  round_trip(milliseconds(1));
  const Credentials before = client.local();
  EXPECT_NE(client.restart(), before);
  client.connect(lite.restart(), now);
  EXPECT_EQ(client.next_deadline(), now);
  ASSERT_TRUE(round_trip(milliseconds(1)));
  std::array<std::string_view, 2> fragments;
  EXPECT_EQ(lite.fragments(fragments), 1u);
  EXPECT_EQ(fragments[0], lite.local().username_fragment);
}

}  // namespace
}  // namespace chroom::ice
