// What protecting one packet costs, by each kernel that this machine has, interleaved: 64 receivers with own keys in
// turn, a header of 12 bytes and a payload that makes 1200. Prints one JSON document; ns are of the thread's CPU clock.
#include <memory>
#include <string>
#include <vector>

#include "aead/aes_gcm.h"
#include "cmsha1/packet_protection.h"
#include "micro/trials.h"

namespace {

using chroom::Bytes;
using chroom::aead::AesGcmKey;
using chroom::aead::Kernel;
using chroom::cmsha1::ClearPacket;
using chroom::cmsha1::CmSha1Key;
using chroom::micro::Case;

constexpr size_t kReceivers = 64;
constexpr size_t kHeaderBytes = 12;
constexpr size_t kPayloadBytes = 1188;
constexpr size_t kSlotBytes = 2048;
constexpr size_t kRoundsPerTrial = 8;
constexpr const char* kUnit = "ns/packet";

struct Packets {
  std::vector<uint8_t> clear = std::vector<uint8_t>(kHeaderBytes + kPayloadBytes, 0x5a);
  std::vector<uint8_t> protected_slots = std::vector<uint8_t>(kReceivers * kSlotBytes);

  Bytes header() const { return Bytes(clear).first(kHeaderBytes); }
  Bytes payload() const { return Bytes(clear).subspan(kHeaderBytes); }
  uint8_t* slot(size_t receiver) { return protected_slots.data() + receiver * kSlotBytes; }
};

std::vector<uint8_t> key_bytes(size_t receiver, size_t size) {
  std::vector<uint8_t> key(size);
  for (size_t i = 0; i < size; i++) key[i] = static_cast<uint8_t>(receiver * 31 + i * 7 + 3);
  return key;
}

Case gcm_case(Kernel kernel, Packets& packets) {
  std::vector<std::shared_ptr<AesGcmKey>> keys;
  for (size_t i = 0; i < kReceivers; i++) keys.push_back(std::make_shared<AesGcmKey>(key_bytes(i, 16), kernel));
  return {std::string("gcm ") + chroom::aead::kernel_name(kernel), kUnit, kReceivers,
          [keys, &packets, counter = uint16_t{0}]() mutable {
            for (size_t i = 0; i < kReceivers; i++) {
              uint8_t nonce[chroom::aead::kNonceBytes] = {};
              chroom::store_be16(nonce + 10, counter++);
              keys[i]->seal(nonce, packets.header(), packets.payload(), packets.slot(i) + kHeaderBytes);
            }
          }};
}

Case cm_case(bool together, Packets& packets) {
  std::vector<std::shared_ptr<CmSha1Key>> keys;
  std::vector<ClearPacket> jobs;
  for (size_t i = 0; i < kReceivers; i++) {
    keys.push_back(std::make_shared<CmSha1Key>(key_bytes(i, 16), key_bytes(i, 20)));
    jobs.push_back({keys[i].get(), {}, packets.payload().data(), packets.slot(i), 0});
  }
  const auto protect = [keys, jobs, together] {
    if (together) return chroom::cmsha1::protect_many(jobs, kHeaderBytes, kPayloadBytes);
    for (const ClearPacket& job : jobs) chroom::cmsha1::protect_many({&job, 1}, kHeaderBytes, kPayloadBytes);
  };
  return {together ? "cm-sha1 side by side" : "cm-sha1 one by one", kUnit, kReceivers, protect};
}

}  // namespace

int main() {
  Packets packets;
  std::vector<Case> cases;
  for (Kernel kernel : {Kernel::kVaes512, Kernel::kVaes256, Kernel::kAesNi, Kernel::kArmv8, Kernel::kOpenSsl}) {
    if (chroom::aead::kernel_supported(kernel)) cases.push_back(gcm_case(kernel, packets));
  }
  cases.push_back(cm_case(true, packets));
  cases.push_back(cm_case(false, packets));
  chroom::micro::run_trials(cases, kRoundsPerTrial);
  chroom::micro::print(std::string("\"kernel\":\"") + chroom::aead::kernel_name(chroom::aead::best_kernel()) +
                           "\",\"receivers\":" + std::to_string(kReceivers) +
                           ",\"packetBytes\":" + std::to_string(kHeaderBytes + kPayloadBytes),
                       cases);
}
