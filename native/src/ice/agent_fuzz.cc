#include <cstdint>
#include <cstdlib>
#include <vector>

#include "ice/agent.h"
#include "ice/test_checks.h"

// The input is cut into datagrams by a length byte; a first byte of 255 means "sign it first", so that the fuzzer also
// reaches what lies behind the integrity check.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chroom;
  ice::SeededRandom random(1);
  ice::Agent agent(random);
  Instant now{std::chrono::seconds(1)};
  std::array<uint8_t, ice::kMaxReplyBytes> reply;
  Bytes rest(data, size);
  while (rest.size() > 2) {
    const size_t length = std::min<size_t>(rest[0], rest.size() - 2);
    const uint8_t control = rest[1];
    const Bytes body = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    std::vector<uint8_t> datagram(body.begin(), body.end());
    if (control & 0x80) {
      datagram = ice::binding_request(agent.local(), {.use_candidate = (control & 1) != 0, .controlled = (control & 2) != 0});
      for (size_t i = 0; i + 1 < body.size(); i += 2) datagram[body[i] % datagram.size()] ^= body[i + 1];
    }
    if (control & 4) agent.restart();
    now += std::chrono::milliseconds(control * 50);
    const auto handled = agent.handle(datagram, ice::ipv4(1, 1), ice::ipv4(control & 0x3F, 2), now, reply);
    if (handled.reply_bytes > reply.size()) std::abort();
    if (now >= agent.next_deadline()) agent.on_timeout(now);
    ice::addressed_fragment(datagram);
  }
  return 0;
}
