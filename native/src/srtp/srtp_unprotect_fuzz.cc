#include <cstring>
#include <vector>

#include "rtp/header.h"
#include "srtp/receive_context.h"
#include "srtp/send_context.h"
#include "vocabulary/check.h"

using namespace chroom;
using namespace chroom::srtp;

// First byte: profile and path. Raw bytes must be refused without harm (nobody guesses a tag); the same bytes, protected
// by us, must come back; protected and then changed in one bit they must be refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3 || size > 2000) return 0;
  static constexpr Profile kProfiles[] = {Profile::kAes128CmSha1_80, Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm};
  const Profile profile = kProfiles[data[0] % 3];
  const std::vector<uint8_t> key(key_bytes(profile), 1), salt(salt_bytes(profile), 2);
  auto receiver = std::move(ReceiveContext::create(profile, key, salt).value());
  auto sender = std::move(SendContext::create(profile, key, salt).value());
  const bool is_rtcp = (data[0] & 0x80) != 0;
  const size_t flip = load_be16(data + 1);
  const Bytes input(data + 3, size - 3);

  std::vector<uint8_t> packet(input.begin(), input.end());
  rtp::Header header;
  const bool is_rtp = rtp::parse_header(packet, header) == DropReason::kNone;
  if (is_rtcp) CHROOM_CHECK(!receiver.unprotect_rtcp(packet), "nobody guesses a tag");
  if (is_rtp && !is_rtcp) CHROOM_CHECK(!receiver.unprotect_rtp(packet, header.header_length), "nobody guesses a tag");
  CHROOM_CHECK(receiver.streams() == 0, "forged packets leave no state");

  size_t length = 0;
  packet.assign(input.size() + kMaxRtcpOverheadBytes, 0);
  if (is_rtcp) {
    std::memcpy(packet.data(), input.data(), input.size());
    length = sender.protect_rtcp(packet, input.size());
  } else if (is_rtp) {
    std::memcpy(packet.data(), input.data(), header.header_length);
    length = sender.protect_rtp(packet, header.header_length, input.subspan(header.header_length), 0);
  }
  if (length == 0) return 0;
  packet.resize(length);
  std::vector<uint8_t> changed = packet;
  changed[flip % length] ^= static_cast<uint8_t>(1 << (flip / length % 8));
  const auto open = [&](std::vector<uint8_t>& bytes) {
    return is_rtcp ? receiver.unprotect_rtcp(bytes) : receiver.unprotect_rtp(bytes, header.header_length);
  };
  CHROOM_CHECK(!open(changed), "a changed packet is not authentic");
  const Unprotected opened = open(packet);
  CHROOM_CHECK(opened && opened.length == input.size(), "what we protect can be opened");
  CHROOM_CHECK(std::memcmp(packet.data(), input.data(), input.size()) == 0, "and is what it was");
  return 0;
}
