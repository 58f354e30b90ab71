// The first byte chooses the kind of command, the rest is its request.
#include "engine/command_codec.h"
#include "vocabulary/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto command = chroom::engine::parse_command(data[0] % (chroom::engine::kCommandNames.size() + 1), {data + 1, size - 1});
  CHROOM_CHECK(!command.ok() || !chroom::engine::room_of(command.value()).empty(), "a parsed command names its room");
  CHROOM_CHECK(command.ok() || !command.error().detail.empty(), "a refusal says why");
  return 0;
}
