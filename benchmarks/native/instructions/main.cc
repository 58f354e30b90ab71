// What a forwarded packet costs in instructions of ours: a worker's whole path between its sockets (demultiplexing,
// SRTP, RTP, router, streams, headers, runs, feedback, timers), for callgrind to count. Argument: gcm or cm. Prints one
// line of JSON about what was forwarded; callgrind writes the number of instructions to its own file. Started with
//   valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no
#include <gnu/libc-version.h>
#include <openssl/crypto.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "aead/aes_gcm.h"
#include "instructions/counted.h"
#include "instructions/memory_room.h"

namespace {

constexpr size_t kReceivers = 100;
constexpr chroom::load::FrameShape kShape{.frames_per_second = chroom::instructions::MemoryRoom::kFramesPerSecond, .packets = 8, .packet_bytes = 1200};
// The histories fill: 512 packets of the track, and what each receiver was sent.
constexpr int kWarmFrames = 70;
constexpr int kCountedFrames = 30;

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

int main(int count, char** arguments) {
  const bool cm = count > 1 && std::strcmp(arguments[1], "cm") == 0;
  chroom::instructions::MemoryRoom room(kReceivers, cm ? "SRTP_AES128_CM_SHA1_80" : "SRTP_AEAD_AES_128_GCM");
  for (int i = 0; i < kWarmFrames; ++i) room.forward_frame(kShape);
  const uint64_t sent_before = room.packets_sent();
  const uint64_t arrived_before = room.tally().packets;
  chroom::instructions::start_observing();
  for (int i = 0; i < kCountedFrames; ++i) room.forward_frame(kShape);
  const uint64_t sent = room.packets_sent() - sent_before;
  std::printf("{\"cipher\":\"%s\",\"kernel\":\"%s\",\"compiler\":\"%s\",\"libc\":\"glibc %s\",\"openssl\":\"%s\",\"receivers\":%zu,"
              "\"packetsPerFrame\":%zu,\"packetBytes\":%zu,\"frames\":%d,\"packets\":%" PRIu64 ",\"arrived\":%" PRIu64
              ",\"unopenable\":%" PRIu64 ",\"canBeCounted\":%s}\n",
              cm ? "cm" : "gcm", chroom::aead::kernel_name(chroom::aead::best_kernel()), kCompiler, gnu_get_libc_version(),
              OpenSSL_version(OPENSSL_VERSION_STRING), kReceivers, kShape.packets, kShape.packet_bytes, kCountedFrames, sent,
              room.tally().packets - arrived_before, room.tally().unopenable, CHROOM_HAVE_CALLGRIND ? "true" : "false");
  return 0;
}
