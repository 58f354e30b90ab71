#include "ice/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice/test_checks.h"

namespace chroom::ice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AgentTest : public testing::Test {
 protected:
  Agent::Handled check(const TransportAddress& from, const CheckOptions& options = {}) {
    return handle(binding_request(agent.local(), options), from);
  }
  Agent::Handled handle(const std::vector<uint8_t>& datagram, const TransportAddress& from) {
    return agent.handle(datagram, local, from, now, reply);
  }
  stun::Message parsed_reply(size_t bytes) {
    stun::Message message;
    EXPECT_EQ(stun::parse(Bytes(reply).first(bytes), message), DropReason::kNone);
    return message;
  }
  bool signed_with(const stun::Message& message, const std::string& password) {
    return stun::verify_integrity(message, stun::IntegrityKey(text_bytes(password)));
  }

  SeededRandom random{1};
  Agent agent{random};
  Instant now{seconds(1000)};
  TransportAddress local = ipv4(1, 7000);
  TransportAddress wifi = ipv4(10, 5000);
  TransportAddress mobile = ipv6(20, 6000);
  std::array<uint8_t, kMaxReplyBytes> reply{};
};

TEST_F(AgentTest, makes_credentials_of_the_size_and_alphabet_of_rfc_8839) {
  EXPECT_TRUE(well_formed(agent.local()));
  EXPECT_NE(Agent(random).local().username_fragment, agent.local().username_fragment);
}

TEST_F(AgentTest, answers_a_valid_check_with_the_reflexive_address_under_its_password) {
  for (const TransportAddress& from : {wifi, mobile}) {
    const Agent::Handled handled = check(from);
    EXPECT_EQ(handled.dropped, DropReason::kNone);
    EXPECT_TRUE(handled.path_added);
    const stun::Message answer = parsed_reply(handled.reply_bytes);
    EXPECT_EQ(answer.message_class, stun::MessageClass::kSuccess);
    EXPECT_EQ(answer.xor_mapped_address, from);
    EXPECT_TRUE(signed_with(answer, agent.local().password));
    EXPECT_TRUE(answer.has_fingerprint);
  }
}

TEST_F(AgentTest, neither_answers_nor_remembers_a_check_with_a_wrong_password) {
  Credentials wrong = agent.local();
  wrong.password.back() ^= 1;
  const Agent::Handled handled = handle(binding_request(wrong, {.use_candidate = true}), wifi);
  EXPECT_EQ(handled.dropped, DropReason::kStunBadIntegrity);
  EXPECT_EQ(handled.reply_bytes, 0u);
  EXPECT_EQ(agent.send_path(), nullptr);
  EXPECT_FALSE(agent.knows(wifi));
  EXPECT_EQ(agent.consent(), ConsentState::kNew);
}

TEST_F(AgentTest, names_what_is_missing_from_a_check) {
  EXPECT_EQ(check(wifi, {.integrity = false}).dropped, DropReason::kStunMissingIntegrity);
  Credentials stranger = agent.local();
  stranger.username_fragment = "somebodyelse";
  EXPECT_EQ(handle(binding_request(stranger), wifi).dropped, DropReason::kStunUnknownUser);
  std::vector<uint8_t> truncated = binding_request(agent.local());
  truncated.resize(truncated.size() - 5);
  EXPECT_EQ(handle(truncated, wifi).dropped, DropReason::kStunMalformed);
  EXPECT_FALSE(agent.knows(wifi));
}

TEST_F(AgentTest, refuses_the_controlled_role_to_the_peer_with_487) {
  const Agent::Handled handled = check(wifi, {.controlled = true});
  EXPECT_EQ(handled.dropped, DropReason::kStunUnexpected);
  EXPECT_EQ(parsed_reply(handled.reply_bytes).error_code, stun::kErrorRoleConflict);
  EXPECT_FALSE(agent.knows(wifi));
}

TEST_F(AgentTest, answers_an_unknown_required_attribute_with_420) {
  // USERNAME, attribute 0x7FFF of four bytes, MESSAGE-INTEGRITY.
  const std::string username = agent.local().username_fragment + ":abc";  // 16 characters, no padding
  std::vector<uint8_t> datagram(20 + 4 + 16 + 8 + 24);
  store_be16(&datagram[0], 0x0001);
  store_be16(&datagram[2], static_cast<uint16_t>(datagram.size() - 20));
  store_be32(&datagram[4], stun::kMagicCookie);
  datagram[8] = 9;
  store_be16(&datagram[20], 0x0006);
  store_be16(&datagram[22], 16);
  std::copy(username.begin(), username.end(), datagram.begin() + 24);
  store_be16(&datagram[40], 0x7FFF);
  store_be16(&datagram[42], 4);
  store_be16(&datagram[48], 0x0008);
  store_be16(&datagram[50], 20);
  const auto code = stun::IntegrityKey(text_bytes(agent.local().password)).sign(Bytes(datagram).first(48));
  std::copy(code.begin(), code.end(), datagram.begin() + 52);

  const Agent::Handled handled = handle(datagram, wifi);
  EXPECT_EQ(handled.dropped, DropReason::kStunUnknownAttribute);
  EXPECT_EQ(parsed_reply(handled.reply_bytes).error_code, stun::kErrorUnknownAttribute);
}

TEST_F(AgentTest, ignores_responses_because_it_never_asks) {
  std::vector<uint8_t> datagram(128);
  const stun::IntegrityKey key(text_bytes(agent.local().password));
  datagram.resize(stun::Writer(datagram, stun::MessageClass::kSuccess, {}).finish(&key));
  EXPECT_EQ(handle(datagram, wifi).dropped, DropReason::kStunUnexpected);
}

TEST_F(AgentTest, uses_the_latest_valid_path_until_one_is_nominated) {
  check(wifi);
  EXPECT_EQ(agent.send_path()->remote, wifi);
  EXPECT_TRUE(check(mobile).send_path_changed);
  EXPECT_EQ(agent.send_path()->remote, mobile);
  EXPECT_FALSE(agent.nominated());

  check(wifi, {.use_candidate = true});
  check(mobile);
  EXPECT_EQ(agent.send_path()->remote, wifi);
}

TEST_F(AgentTest, follows_the_newest_nomination) {
  check(wifi, {.use_candidate = true});
  const Agent::Handled moved = check(mobile, {.use_candidate = true});
  EXPECT_TRUE(moved.send_path_changed);
  EXPECT_EQ(agent.send_path()->remote, mobile);
  EXPECT_FALSE(check(mobile, {.use_candidate = true}).send_path_changed);
  check(wifi, {.use_candidate = true});
  EXPECT_EQ(agent.send_path()->remote, wifi);
}

TEST_F(AgentTest, a_copied_check_from_another_address_moves_nothing) {
  check(wifi, {.use_candidate = true, .transaction = 77});
  const Agent::Handled copied = check(ipv4(66, 666), {.use_candidate = true, .transaction = 77});
  EXPECT_EQ(copied.dropped, DropReason::kStunUnexpected);
  EXPECT_EQ(copied.reply_bytes, 0u);
  EXPECT_EQ(agent.send_path()->remote, wifi);
  // The same transaction from the same place is a retransmission.
  EXPECT_GT(check(wifi, {.use_candidate = true, .transaction = 77}).reply_bytes, 0u);
}

TEST_F(AgentTest, remembers_a_bounded_number_of_paths_and_never_forgets_the_one_in_use) {
  check(wifi, {.use_candidate = true});
  for (uint16_t i = 0; i < 2 * kMaxPaths; ++i) {
    now += milliseconds(1);
    const Agent::Handled handled = check(ipv4(99, static_cast<uint16_t>(1000 + i)));
    EXPECT_EQ(handled.remote_removed.has_value(), i + 1 >= static_cast<int>(kMaxPaths));
    if (i + 1u == kMaxPaths) {
      EXPECT_EQ(handled.remote_removed, ipv4(99, 1000));
    }
  }
  size_t paths = 0;
  agent.for_each_path([&](const Path&) { ++paths; });
  EXPECT_EQ(paths, kMaxPaths);
  EXPECT_EQ(agent.send_path()->remote, wifi);
}

TEST_F(AgentTest, restart_takes_both_generations_until_the_first_check_with_the_new_one) {
  check(wifi, {.use_candidate = true});
  const Credentials old = agent.local();
  const Credentials fresh = agent.restart();
  EXPECT_EQ(agent.local(), fresh);
  std::array<std::string_view, 2> fragments;
  EXPECT_EQ(agent.fragments(fragments), 2u);
  EXPECT_EQ(handle(binding_request(old), wifi).dropped, DropReason::kNone);

  EXPECT_EQ(handle(binding_request(fresh), mobile).dropped, DropReason::kNone);
  EXPECT_EQ(agent.fragments(fragments), 1u);
  EXPECT_EQ(handle(binding_request(old), wifi).dropped, DropReason::kStunUnknownUser);
  // Media stays where it was until the new generation nominates.
  EXPECT_EQ(agent.send_path()->remote, wifi);
  handle(binding_request(fresh, {.use_candidate = true}), mobile);
  EXPECT_EQ(agent.send_path()->remote, mobile);
}

TEST_F(AgentTest, a_second_restart_replaces_the_unused_credentials) {
  const Credentials unused = agent.restart();
  const Credentials fresh = agent.restart();
  EXPECT_EQ(handle(binding_request(unused), wifi).dropped, DropReason::kStunUnknownUser);
  EXPECT_EQ(handle(binding_request(fresh), wifi).dropped, DropReason::kNone);
}

TEST_F(AgentTest, silence_disconnects_after_10_s_and_fails_5_s_later) {
  EXPECT_EQ(agent.next_deadline(), kNever);
  check(wifi);
  EXPECT_EQ(agent.next_deadline(), now + seconds(10));
  now += seconds(10) - milliseconds(1);
  agent.on_timeout(now);
  EXPECT_EQ(agent.consent(), ConsentState::kConnected);
  now += milliseconds(1);
  agent.on_timeout(now);
  EXPECT_EQ(agent.consent(), ConsentState::kDisconnected);
  EXPECT_EQ(agent.next_deadline(), now + seconds(5));
  now += seconds(5);
  agent.on_timeout(now);
  EXPECT_EQ(agent.consent(), ConsentState::kFailed);
  EXPECT_EQ(agent.next_deadline(), kNever);
}

TEST_F(AgentTest, a_check_ends_the_silence_but_a_forged_one_does_not) {
  check(wifi);
  now += seconds(9);
  check(wifi, {.integrity = false});
  now += seconds(1);
  agent.on_timeout(now);
  EXPECT_EQ(agent.consent(), ConsentState::kDisconnected);
  check(wifi);
  EXPECT_EQ(agent.consent(), ConsentState::kConnected);
}

TEST_F(AgentTest, says_when_a_check_has_changed_nothing_but_consent) {
  const auto only_refreshed = [&](const TransportAddress& from, const CheckOptions& options = {}) {
    return check(from, options).only_refreshed_consent;
  };
  EXPECT_FALSE(only_refreshed(wifi));
  EXPECT_TRUE(only_refreshed(wifi));
  EXPECT_FALSE(only_refreshed(mobile)) << "a new path";
  EXPECT_FALSE(only_refreshed(wifi)) << "media moved back";
  EXPECT_FALSE(check(wifi, {.integrity = false}).only_refreshed_consent);
  now += kDisconnectAfter;
  agent.on_timeout(now);
  EXPECT_FALSE(only_refreshed(wifi)) << "it was disconnected";
  agent.restart();
  EXPECT_FALSE(only_refreshed(wifi)) << "the credentials changed";
  EXPECT_TRUE(only_refreshed(wifi));
}

TEST_F(AgentTest, only_a_restart_revives_what_failed) {
  check(wifi, {.use_candidate = true});
  now += seconds(15);
  agent.on_timeout(now);
  const Agent::Handled late = check(wifi, {.use_candidate = true});
  EXPECT_EQ(late.dropped, DropReason::kIceConsentExpired);
  EXPECT_EQ(late.reply_bytes, 0u);

  agent.restart();
  EXPECT_EQ(check(mobile).dropped, DropReason::kNone);
  EXPECT_EQ(agent.consent(), ConsentState::kConnected);
  // The old path is dead: the first valid one is used without waiting for a nomination.
  EXPECT_EQ(agent.send_path()->remote, mobile);
}

TEST_F(AgentTest, sends_at_most_eight_times_what_a_path_received_until_the_limit_is_lifted) {
  EXPECT_FALSE(agent.charge(1));
  const std::vector<uint8_t> request = binding_request(agent.local());
  handle(request, wifi);
  const size_t allowance = request.size() * kAmplificationFactor;
  EXPECT_TRUE(agent.charge(allowance));
  EXPECT_FALSE(agent.charge(1));
  agent.credit(mobile, 1000);  // not a validated address
  EXPECT_FALSE(agent.charge(1));
  agent.credit(wifi, 100);
  EXPECT_TRUE(agent.charge(800));
  EXPECT_FALSE(agent.charge(1));
  agent.lift_amplification_limit();
  EXPECT_TRUE(agent.charge(1'000'000));
}

TEST_F(AgentTest, survives_random_and_mutated_datagrams) {
  check(wifi, {.use_candidate = true});
  std::mt19937 engine(3);
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> datagram = binding_request(agent.local(), {.use_candidate = true});
    // One bit, before the FINGERPRINT; every fourth is cut as well.
    datagram[engine() % (datagram.size() - 8)] ^= static_cast<uint8_t>(1u << (engine() % 8));
    if (i % 4 == 0) datagram.resize(engine() % datagram.size());
    const Agent::Handled handled = handle(datagram, mobile);
    ASSERT_NE(handled.dropped, DropReason::kNone);
    ASSERT_EQ(handled.reply_bytes, 0u);
  }
  EXPECT_FALSE(agent.knows(mobile));
}

TEST(AddressedFragmentTest, is_the_part_before_the_colon_of_a_binding_request) {
  const Credentials someone{"localfragment", "012345678901234567890123"};
  const std::vector<uint8_t> request = binding_request(someone);
  EXPECT_EQ(addressed_fragment(request), "localfragment");
  EXPECT_EQ(addressed_fragment(Bytes(request).first(request.size() - 1)), "");
  EXPECT_EQ(addressed_fragment({}), "");
}

TEST(CredentialsTest, refuses_short_long_and_foreign_characters) {
  EXPECT_TRUE(well_formed({"abcd", "0123456789012345678901"}));
  EXPECT_FALSE(well_formed({"abc", "0123456789012345678901"}));
  EXPECT_FALSE(well_formed({"abcd", "012345678901234567890"}));
  EXPECT_FALSE(well_formed({"ab\r\n", "0123456789012345678901"}));
  EXPECT_FALSE(well_formed({std::string(257, 'a'), "0123456789012345678901"}));
}

}  // namespace
}  // namespace chroom::ice
