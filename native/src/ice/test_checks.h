#pragma once
#include <random>
#include <string>
#include <vector>

#include "ice/agent.h"
#include "stun/writer.h"

// For tests only: seeded randomness and binding requests with every field under the test's control.
namespace chroom::ice {

class SeededRandom : public RandomSource {
 public:
  explicit SeededRandom(uint32_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937 engine_;
};

inline Bytes text_bytes(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

inline TransportAddress ipv4(uint8_t last, uint16_t port) {
  TransportAddress address;
  address.ip = {192, 0, 2, last};
  address.port = port;
  return address;
}

inline TransportAddress ipv6(uint8_t last, uint16_t port) {
  TransportAddress address;
  address.ip = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
  address.port = port;
  address.is_ipv6 = true;
  return address;
}

struct CheckOptions {
  bool use_candidate = false;
  bool integrity = true;
  bool controlled = false;         // claims our role
  std::string remote_fragment = "peer";
  uint8_t transaction = 0;  // 0: a fresh one
};

inline std::vector<uint8_t> binding_request(const Credentials& to, const CheckOptions& options = {}) {
  static uint32_t counter = 0;
  stun::TransactionId id{};
  if (options.transaction != 0) {
    id.fill(options.transaction);
  } else {
    store_be32(id.data(), ++counter);
  }
  std::vector<uint8_t> datagram(512);
  const std::string username = to.username_fragment + ":" + options.remote_fragment;
  stun::Writer writer(datagram, stun::MessageClass::kRequest, id);
  writer.username(text_bytes(username)).priority(0x6E7F00FF);
  if (options.controlled) {
    writer.ice_controlled(1);
  } else {
    writer.ice_controlling(1);
  }
  if (options.use_candidate) writer.use_candidate();
  const stun::IntegrityKey key(text_bytes(to.password));
  datagram.resize(writer.finish(options.integrity ? &key : nullptr));
  return datagram;
}

}  // namespace chroom::ice
