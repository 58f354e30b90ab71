// What protecting one packet costs, by each kernel that this machine has, interleaved: 64 receivers with own keys in
// turn, a header of 12 bytes and a payload that makes 1200. Prints one JSON document; ns are of the thread's CPU clock.
// Environment: CHROOM_MICRO_TRIALS (200), CHROOM_MICRO_CPU (the last core).
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aead/aes_gcm.h"
#include "cmsha1/packet_protection.h"

namespace {

using chroom::Bytes;
using chroom::aead::AesGcmKey;
using chroom::aead::Kernel;
using chroom::cmsha1::ClearPacket;
using chroom::cmsha1::CmSha1Key;

constexpr size_t kReceivers = 64;
constexpr size_t kHeaderBytes = 12;
constexpr size_t kPayloadBytes = 1188;
constexpr size_t kSlotBytes = 2048;
constexpr size_t kRoundsPerTrial = 8;
constexpr size_t kWarmUpTrials = 5;

struct Case {
  std::string name;
  std::function<void()> protect_all;  // once for every receiver
  std::vector<double> ns_per_packet;
};

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
  return {std::string("gcm ") + chroom::aead::kernel_name(kernel),
          [keys, &packets, counter = uint16_t{0}]() mutable {
            for (size_t i = 0; i < kReceivers; i++) {
              uint8_t nonce[chroom::aead::kNonceBytes] = {};
              chroom::store_be16(nonce + 10, counter++);
              keys[i]->seal(nonce, packets.header(), packets.payload(), packets.slot(i) + kHeaderBytes);
            }
          },
          {}};
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
  return {together ? "cm-sha1 side by side" : "cm-sha1 one by one", protect, {}};
}

double cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void run_trial(Case& one, bool warm) {
  const double begun = cpu_ns();
  for (size_t i = 0; i < kRoundsPerTrial; i++) one.protect_all();
  if (warm) one.ns_per_packet.push_back((cpu_ns() - begun) / (kRoundsPerTrial * kReceivers));
}

size_t setting(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<size_t>(std::max(0, std::atoi(text))) : otherwise;
}

}  // namespace

int main() {
  const size_t trials = std::max<size_t>(1, setting("CHROOM_MICRO_TRIALS", 200));
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(setting("CHROOM_MICRO_CPU", static_cast<size_t>(sysconf(_SC_NPROCESSORS_ONLN)) - 1), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) std::perror("sched_setaffinity");

  Packets packets;
  std::vector<Case> cases;
  for (Kernel kernel : {Kernel::kVaes512, Kernel::kVaes256, Kernel::kAesNi, Kernel::kOpenSsl}) {
    if (chroom::aead::kernel_supported(kernel)) cases.push_back(gcm_case(kernel, packets));
  }
  cases.push_back(cm_case(true, packets));
  cases.push_back(cm_case(false, packets));
  for (size_t trial = 0; trial < kWarmUpTrials + trials; trial++) {
    for (Case& one : cases) run_trial(one, trial >= kWarmUpTrials);
  }

  std::printf("{\"kernel\":\"%s\",\"receivers\":%zu,\"packetBytes\":%zu,\"cases\":[",
              chroom::aead::kernel_name(chroom::aead::best_kernel()), kReceivers, kHeaderBytes + kPayloadBytes);
  const char* separator = "";
  for (Case& one : cases) {
    std::vector<double>& values = one.ns_per_packet;
    std::sort(values.begin(), values.end());
    std::printf("%s\n{\"name\":\"%s\",\"unit\":\"ns/packet\",\"n\":%zu,\"min\":%.1f,\"median\":%.1f,\"max\":%.1f}", separator,
                one.name.c_str(), values.size(), values.front(), values[values.size() / 2], values.back());
    separator = ",";
  }
  std::printf("]}\n");
}
