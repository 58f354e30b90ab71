// The yardstick: what bare forwarding loops reach on this machine. Arguments: the names of the rows wanted, all without
// any. Prints one JSON document; ns are of the thread's CPU clock per packet sent. Environment: CHROOM_LIMIT_TRIALS (40),
// CHROOM_LIMIT_CPU (the last core), CHROOM_LIMIT_DRAIN_CPU (the one before).
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "aead/aes_gcm.h"
#include "cmsha1/hmac_sha1_many.h"
#include "limit/path.h"

namespace {

using chroom::limit::Cipher;
using chroom::limit::Drain;
using chroom::limit::Path;
using chroom::limit::Receive;
using chroom::limit::Send;

constexpr size_t kPacketBytes = 1200;

constexpr Path kPaths[] = {
    {"GRO, own GCM, connected send + GSO", Receive::kGro, Cipher::kOwnGcm, Send::kConnectedSegments, 100, 8},
    {"recvmmsg, EVP GCM, sendmmsg", Receive::kRecvmmsg, Cipher::kEvpGcm, Send::kSendmmsg, 100, 8},
    {"recvmmsg, own GCM, connected send", Receive::kRecvmmsg, Cipher::kOwnGcm, Send::kConnected, 100, 1},
    {"GRO, own CM-SHA1 x16, sendmmsg + GSO", Receive::kGro, Cipher::kOwnCmSha1, Send::kSendmmsgSegments, 100, 8},
    {"GRO, own GCM, connected send + GSO; sinks on another core", Receive::kGro, Cipher::kOwnGcm, Send::kConnectedSegments, 100, 8,
     Drain::kOtherCore},
    {"GRO, own GCM, sendmmsg + GSO; sinks on another core", Receive::kGro, Cipher::kOwnGcm, Send::kSendmmsgSegments, 100, 8,
     Drain::kOtherCore},
    {"recvmmsg, EVP GCM, sendmmsg; sinks on another core", Receive::kRecvmmsg, Cipher::kEvpGcm, Send::kSendmmsg, 100, 8,
     Drain::kOtherCore},
    {"recvmmsg, own GCM, connected send; sinks on another core", Receive::kRecvmmsg, Cipher::kOwnGcm, Send::kConnected, 100, 1,
     Drain::kOtherCore},
    {"recvmmsg, own GCM, sendmmsg; sinks on another core", Receive::kRecvmmsg, Cipher::kOwnGcm, Send::kSendmmsg, 100, 1,
     Drain::kOtherCore},
    {"GRO, own CM-SHA1 x16, sendmmsg + GSO; sinks on another core", Receive::kGro, Cipher::kOwnCmSha1, Send::kSendmmsgSegments, 100, 8,
     Drain::kOtherCore},
};

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) std::perror("sched_setaffinity");
}

bool is_wanted(const Path& path, std::span<char*> names) {
  return names.empty() || std::ranges::any_of(names, [&](std::string_view name) { return name == path.name; });
}

// Exits for a name that no row has: a yardstick that measures less than was asked for would say nothing about it.
void require_known(std::span<char*> names) {
  for (const std::string_view name : names) {
    if (std::ranges::any_of(kPaths, [&](const Path& path) { return name == path.name; })) continue;
    std::fprintf(stderr, "ROW_UNKNOWN: expected the name of a row, received \"%s\"; without arguments all rows are printed\n", name.data());
    std::exit(2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> names(argv + 1, static_cast<size_t>(argc - 1));
  require_known(names);
  const int trials = std::max(1, setting("CHROOM_LIMIT_TRIALS", 40));
  const int cpu = setting("CHROOM_LIMIT_CPU", static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) - 1);
  pin_to(cpu);
  std::printf("{\"kernel\":\"%s\",\"hashKernel\":\"%s\",\"packetBytes\":%zu,\"cases\":[",
              chroom::aead::kernel_name(chroom::aead::best_kernel()), chroom::cmsha1::hash_kernel_name(chroom::cmsha1::widest_hash_kernel()),
              kPacketBytes);
  const char* separator = "";
  for (const Path& path : kPaths) {
    if (!is_wanted(path, names)) continue;
    std::vector<double> values = chroom::limit::measure(path, kPacketBytes, trials, setting("CHROOM_LIMIT_DRAIN_CPU", std::max(cpu - 1, 0)));
    std::sort(values.begin(), values.end());
    std::printf("%s\n{\"name\":\"%s\",\"receivers\":%d,\"packetsPerFrame\":%d,\"unit\":\"ns/packet\",\"n\":%zu,\"min\":%.1f,\"median\":%.1f,\"max\":%.1f}",
                separator, path.name, path.receivers, path.packets_per_frame, values.size(), values.front(),
                values[values.size() / 2], values.back());
    separator = ",";
  }
  std::printf("]}\n");
}
