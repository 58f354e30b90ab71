#include "router/data_packet.h"

#include <gtest/gtest.h>

#include "router/protobuf_fields.h"

namespace chroom::router {
namespace {

// Writes the protobuf of a test the way an encoder does.
struct Message {
  std::vector<uint8_t> bytes;
  Message& number(uint32_t field, uint64_t value) {
    append_varint_field(bytes, field, value);
    return *this;
  }
  Message& text(uint32_t field, std::string_view value) {
    append_string_field(bytes, field, value);
    return *this;
  }
  Message& message(uint32_t field, const Message& inner) {
    append_bytes_field(bytes, field, inner.bytes);
    return *this;
  }
};

struct DataPacketTest : testing::Test {
  DataPacketError rewrite(const Message& message, bool reliable = true) {
    in = message.bytes;  // destinations are views into it.
    return rewrite_data_packet(in, sender, reliable, out, destinations, info);
  }
  // All values of a text field of the rewritten packet, or of its `user`.
  static std::vector<std::string> texts(Bytes message, uint32_t number) {
    std::vector<std::string> found;
    ProtobufField field;
    for (ProtobufReader reader(message); reader.next(field);) {
      if (field.number == number) found.emplace_back(field.body.begin(), field.body.end());
    }
    return found;
  }
  static Bytes body(Bytes message, uint32_t number) {
    ProtobufField field;
    for (ProtobufReader reader(message); reader.next(field);) {
      if (field.number == number) return field.body;
    }
    return {};
  }
  static std::optional<uint64_t> varint(Bytes message, uint32_t number) {
    ProtobufField field;
    for (ProtobufReader reader(message); reader.next(field);) {
      if (field.number == number) return field.varint;
    }
    return std::nullopt;
  }

  using Names = std::vector<std::string>;
  DataSender sender{.sid = "PA_alice", .identity = "alice"};
  std::vector<uint8_t> in;
  std::vector<uint8_t> out;
  DataDestinations destinations;
  DataPacketInfo info;
};

TEST_F(DataPacketTest, SaysWhoSentItWhateverTheSenderClaims) {
  Message user;
  user.text(1, "PA_bob").text(5, "bob").text(2, "hello").text(4, "topic");
  ASSERT_EQ(rewrite(Message().number(1, 1).message(2, user).text(4, "bob").text(17, "PA_bob").number(16, 42)),
            DataPacketError::kNone);
  EXPECT_EQ(texts(out, 4), Names{"alice"});
  EXPECT_EQ(texts(out, 17), Names{"PA_alice"});
  EXPECT_EQ(varint(out, 1), std::nullopt) << "reliable is the default and is not written";
  EXPECT_EQ(varint(out, 16), 42u);
  const Bytes rewritten_user = body(out, 2);
  EXPECT_EQ(texts(rewritten_user, 1), Names{"PA_alice"});
  EXPECT_EQ(texts(rewritten_user, 5), Names{"alice"});
  EXPECT_EQ(texts(rewritten_user, 2), Names{"hello"});
  EXPECT_EQ(texts(rewritten_user, 4), Names{"topic"});
  EXPECT_EQ(info.sequence, 42u);
}

TEST_F(DataPacketTest, MarksThePacketByTheChannelItCameOn) {
  ASSERT_EQ(rewrite(Message().message(2, Message().text(2, "x")), false), DataPacketError::kNone);
  EXPECT_EQ(varint(out, 1), 1u);
}

TEST_F(DataPacketTest, TellsNothingAboutAHiddenSender) {
  sender.hidden = true;
  ASSERT_EQ(rewrite(Message().message(2, Message().text(1, "PA_x").text(5, "x").text(2, "boo")).text(4, "x")),
            DataPacketError::kNone);
  EXPECT_TRUE(texts(out, 4).empty());
  EXPECT_TRUE(texts(out, 17).empty());
  EXPECT_TRUE(texts(body(out, 2), 1).empty());
  EXPECT_TRUE(texts(body(out, 2), 5).empty());
  EXPECT_EQ(texts(body(out, 2), 2), Names{"boo"});
}

TEST_F(DataPacketTest, LetsAnAgentSpeakForAnotherInChatAndStreamsOnly) {
  sender.can_impersonate = true;
  for (const uint32_t field : {9u, 13u, 14u, 15u}) {
    ASSERT_EQ(rewrite(Message().text(4, "bob").message(field, Message().text(1, "id"))), DataPacketError::kNone);
    EXPECT_EQ(texts(out, 4), Names{"bob"}) << field;
    EXPECT_EQ(texts(out, 17), Names{"PA_alice"}) << field;
  }
  ASSERT_EQ(rewrite(Message().text(4, "bob").message(10, Message().text(1, "id"))), DataPacketError::kNone);
  EXPECT_EQ(texts(out, 4), Names{"alice"});
  sender.can_impersonate = false;
  ASSERT_EQ(rewrite(Message().text(4, "bob").message(9, Message().text(1, "id"))), DataPacketError::kNone);
  EXPECT_EQ(texts(out, 4), Names{"alice"});
}

TEST_F(DataPacketTest, FindsTheDestinations) {
  ASSERT_EQ(rewrite(Message().text(5, "bob").text(5, "carol").message(2, Message().text(6, "dave"))),
            DataPacketError::kNone);
  EXPECT_EQ(destinations.identities, (std::vector<std::string_view>{"bob", "carol"}));
  EXPECT_TRUE(destinations.sids.empty());
  ASSERT_EQ(rewrite(Message().message(2, Message().text(6, "dave").text(3, "PA_eve"))), DataPacketError::kNone);
  EXPECT_EQ(destinations.identities, std::vector<std::string_view>{"dave"});
  EXPECT_EQ(destinations.sids, std::vector<std::string_view>{"PA_eve"});
  ASSERT_EQ(rewrite(Message().message(2, Message())), DataPacketError::kNone);
  EXPECT_TRUE(destinations.everybody());
}

TEST_F(DataPacketTest, CopiesWhatItDoesNotKnow) {
  Message packet;
  packet.text(99, "new oneof value").number(1000, 1).message(11, Message().text(1, "ack"));
  append_varint(packet.bytes, 77u << 3 | 5);  // A fixed32 of a later version.
  for (const uint8_t b : {1, 2, 3, 4}) packet.bytes.push_back(b);
  ASSERT_EQ(rewrite(packet), DataPacketError::kNone);
  EXPECT_EQ(texts(out, 99), Names{"new oneof value"});
  EXPECT_EQ(varint(out, 1000), 1u);
  EXPECT_EQ(texts(body(out, 11), 1), Names{"ack"});
  EXPECT_EQ(std::vector<uint8_t>(out.end() - 6, out.end()), (std::vector<uint8_t>{0xED, 0x04, 1, 2, 3, 4}));
}

TEST_F(DataPacketTest, RefusesWhatTheSenderMayNotSay) {
  EXPECT_EQ(rewrite(Message().message(7, Message().text(1, "words"))), DataPacketError::kNotAllowed);
  sender.can_transcribe = true;
  EXPECT_EQ(rewrite(Message().message(7, Message().text(1, "words"))), DataPacketError::kNone);
  EXPECT_EQ(rewrite(Message().message(8, Message())), DataPacketError::kNotForwarded);
  EXPECT_EQ(rewrite(Message().message(3, Message())), DataPacketError::kNotAllowed);
}

TEST_F(DataPacketTest, RefusesAPacketThatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(rewrite(Message().message(2, Message()).message(7, Message())), DataPacketError::kMalformed);
  EXPECT_EQ(rewrite(Message().message(2, Message()).message(2, Message())), DataPacketError::kMalformed);
  EXPECT_EQ(rewrite(Message().number(2, 1)), DataPacketError::kMalformed);
  EXPECT_EQ(rewrite(Message().text(16, "not a number")), DataPacketError::kMalformed);
  EXPECT_EQ(rewrite(Message().message(2, Message().number(5, 1))), DataPacketError::kMalformed);
}

TEST_F(DataPacketTest, RefusesTruncatedAndOversizedInput) {
  Message whole;
  whole.message(2, Message().text(2, "payload").text(6, "bob")).text(4, "x").number(16, 300);
  for (size_t length = 0; length < whole.bytes.size(); ++length) {
    Message cut;
    cut.bytes.assign(whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const auto error = rewrite(cut);
    EXPECT_TRUE(error == DataPacketError::kNone || error == DataPacketError::kMalformed) << length;
  }
  Message group;
  group.bytes = {0x0B, 0x0C};
  EXPECT_EQ(rewrite(group), DataPacketError::kMalformed);
  EXPECT_EQ(rewrite(Message().text(99, std::string(kMaxDataPacketBytes, 'x'))), DataPacketError::kTooLong);
  Message crowd;
  for (size_t i = 0; i <= kMaxDataDestinations; ++i) crowd.text(5, "n");
  EXPECT_EQ(rewrite(crowd), DataPacketError::kTooManyDestinations);
}

}  // namespace
}  // namespace chroom::router
