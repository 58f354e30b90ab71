#include "engine/command_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/control_messages.h"
#include "router/protobuf_fields.h"

namespace chroom::engine {
namespace {

size_t kind_of(const char* name) {
  return static_cast<size_t>(std::find_if(kCommandNames.begin(), kCommandNames.end(),
                                          [&](const char* known) { return std::string(known) == name; }) -
                             kCommandNames.begin());
}

void append_subject(MessageBytes& out, std::string_view room, std::string_view session) {
  {
    NestedMessage fence(out, 1);
    append_text(out, 1, room);
    append_number(out, 2, 77);
  }
  append_text(out, 2, session);
}

MessageBytes publish_request() {
  MessageBytes out;
  append_subject(out, "RM_1", "PA_1");
  append_number(out, 3, 1);
  append_text(out, 4, "TR_1");
  append_number(out, 5, 2);
  append_text(out, 6, "3");
  append_codec(out, 7, {96, "video/VP8", 90000, 0, "max-fr=30", 97, true, true, true});
  append_encoding(out, 8, {"q", 0, 0, 0});
  append_encoding(out, 8, {"", 0x89abcdef, 5, 2});
  return out;
}

TEST(CommandCodec, ReadsEveryFieldOfAPublication) {
  const auto command = parse_command(kind_of("publish"), publish_request());
  ASSERT_TRUE(command.ok()) << command.error().detail;
  const auto& publish = std::get<Publish>(command.value());
  EXPECT_EQ(publish.room, "RM_1");
  EXPECT_EQ(publish.session, "PA_1");
  EXPECT_EQ(publish.role, TransportRole::kPublisher);
  EXPECT_EQ(publish.track, "TR_1");
  EXPECT_EQ(publish.kind, MediaKind::kVideo);
  EXPECT_EQ(publish.mid, "3");
  ASSERT_EQ(publish.codecs.size(), 1u);
  EXPECT_EQ(publish.codecs[0].mime_type, "video/VP8");
  EXPECT_EQ(publish.codecs[0].fmtp, "max-fr=30");
  EXPECT_EQ(publish.codecs[0].rtx_payload_type, 97u);
  EXPECT_TRUE(publish.codecs[0].nack && publish.codecs[0].pli && publish.codecs[0].transport_cc);
  ASSERT_EQ(publish.encodings.size(), 2u);
  EXPECT_EQ(publish.encodings[0].rid, "q");
  EXPECT_EQ(publish.encodings[1].ssrc, 0x89abcdefu);
  EXPECT_EQ(publish.encodings[1].quality, 2u);
}

TEST(CommandCodec, NamesTheFieldThatIsWrong) {
  const auto refusal = [](const char* kind, const MessageBytes& request) {
    const auto command = parse_command(kind_of(kind), request);
    EXPECT_FALSE(command.ok());
    return command.ok() ? std::string() : command.error().detail;
  };
  MessageBytes no_session;
  append_subject(no_session, "RM_1", "");
  EXPECT_EQ(refusal("closeSession", no_session).substr(0, 9), "session: ");
  MessageBytes no_room;
  append_subject(no_room, "", "PA_1");
  EXPECT_EQ(refusal("closeSession", no_room).substr(0, 12), "fence.room: ");
  MessageBytes long_session;
  append_subject(long_session, "RM_1", std::string(kMaxIdBytes + 1, 'x'));
  EXPECT_EQ(refusal("closeSession", long_session).substr(0, 9), "session: ");
  MessageBytes bad_role;
  append_subject(bad_role, "RM_1", "PA_1");
  append_number(bad_role, 3, 9);
  EXPECT_EQ(refusal("createTransport", bad_role).substr(0, 6), "role: ");
  MessageBytes many_encodings = publish_request();
  for (int i = 0; i < 4; ++i) append_encoding(many_encodings, 8, {"x", 0, 0, 1});
  EXPECT_EQ(refusal("publish", many_encodings).substr(0, 11), "encodings: ");
  EXPECT_EQ(refusal("publish", MessageBytes{0xff, 0xff}).substr(0, 9), "request: ");
  EXPECT_EQ(parse_command(1000, {}).error().code, ErrorCode::kUnsupported);
}

TEST(CommandCodec, SurvivesEveryTruncationAndRandomChanges) {
  const MessageBytes whole = publish_request();
  for (size_t length = 0; length < whole.size(); ++length) {
    (void)parse_command(kind_of("publish"), Bytes(whole).first(length)).ok();
  }
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    MessageBytes changed = whole;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<uint8_t>(random());
    const auto command = parse_command(random() % kCommandNames.size(), changed);
    if (command.ok()) {
      EXPECT_FALSE(room_of(command.value()).empty());
    }
  }
}

TEST(ControlMessages, WriteNestedLengthsThatReadersUnderstand) {
  MessageBytes out;
  {
    NestedMessage outer(out, 1);
    append_text(out, 1, std::string(300, 'a'));
    NestedMessage inner(out, 2);
    append_number(out, 1, 5);
  }
  router::ProtobufReader reader(out);
  router::ProtobufField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 1u);
  EXPECT_EQ(field.whole.size(), out.size());
  router::ProtobufReader nested(field.body);
  ASSERT_TRUE(nested.next(field));
  EXPECT_EQ(field.body.size(), 300u);
  ASSERT_TRUE(nested.next(field));
  EXPECT_FALSE(nested.next(field));
  EXPECT_FALSE(nested.failed());
}

}  // namespace
}  // namespace chroom::engine
