#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dtls/test_endpoint.h"

namespace {

using namespace chroom;
using namespace chroom::dtls;

struct Fixture {
  std::unique_ptr<const Identity> identity = std::move(Identity::generate(1'700'000'000).value());
  std::unique_ptr<Context> context = std::move(Context::create(*identity).value());
};

// Byte 0 and 1: length of the datagram; byte 2: what is done with it.
//   bit 0  into the server, else into the client
//   bit 1  as plain text of a record that the other side seals (so that the fuzzer gets behind the cipher)
//   bit 2  let what is on its way arrive before
//   bit 3  time passes
void play(Bytes input) {
  static Fixture fixture;
  Instant now{std::chrono::seconds(1)};
  TestEndpoint server(*fixture.context, Role::kServer);
  TestEndpoint client(*fixture.context, Role::kClient);
  server.expect(fixture.identity->fingerprint());
  client.expect(fixture.identity->fingerprint());
  client.start(now);
  for (int steps = 0; input.size() > 3 && steps < 64; ++steps) {
    const size_t length = std::min<size_t>(load_be16(input.data()), input.size() - 3);
    const uint8_t what = input[2];
    std::vector<uint8_t> bytes(input.begin() + 3, input.begin() + 3 + static_cast<ptrdiff_t>(length));
    input = input.subspan(3 + length);
    if (what & 4) {
      for (const auto& datagram : client.take_sent()) server.receive(datagram, now);
      for (const auto& datagram : server.take_sent()) client.receive(datagram, now);
    }
    if (what & 8) {
      now += std::chrono::milliseconds(150);
      if (server.connection.next_deadline() <= now) server.on_timeout(now);
      if (client.connection.next_deadline() <= now) client.on_timeout(now);
    }
    TestEndpoint& target = what & 1 ? server : client;
    TestEndpoint& other = what & 1 ? client : server;
    if (what & 2) {
      other.send({bytes.begin(), bytes.end()});
      for (const auto& datagram : other.take_sent()) target.receive(datagram, now);
    } else {
      target.receive(bytes, now);
    }
    if (server.sent.size() > 64 || client.sent.size() > 64) std::abort();  // more answers than Output allows
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  play({data, size});
  return 0;
}
