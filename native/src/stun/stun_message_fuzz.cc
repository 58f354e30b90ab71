#include "stun/message.h"
#include "stun/writer.h"
#include "vocabulary/check.h"

using namespace chroom;

// Whatever parses must stay inside the datagram, and its address must survive being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const stun::IntegrityKey key(Bytes(reinterpret_cast<const uint8_t*>("password"), 8));
  stun::Message message;
  if (stun::parse({data, size}, message) != DropReason::kNone) return 0;
  stun::verify_integrity(message, key);
  Bytes local, remote;
  stun::split_username(message.username, local, remote);
  uint8_t out[256];
  stun::Writer writer(out, stun::MessageClass::kSuccess, message.transaction_id, message.method);
  if (message.xor_mapped_address) writer.xor_mapped_address(*message.xor_mapped_address);
  const size_t length = writer.finish(&key);
  stun::Message again;
  CHROOM_CHECK(stun::parse(Bytes(out, length), again) == DropReason::kNone, "the writer writes what the parser accepts");
  CHROOM_CHECK(stun::verify_integrity(again, key), "the writer signs as the parser verifies");
  CHROOM_CHECK(again.xor_mapped_address == message.xor_mapped_address, "addresses survive a round trip");
  return 0;
}
