#pragma once
#include <cstddef>
#include <vector>

// One bare forwarding path: receive a frame, decrypt it, and for each receiver rewrite, encrypt and send it. No parsing,
// no feedback, no timers: what remains is what the machine itself costs.
namespace chroom::limit {

enum class Cipher { kOwnGcm, kEvpGcm, kOwnCmSha1 };  // of what is sent; what is received is GCM
enum class Send { kSendmmsg, kSendmmsgSegments, kConnected, kConnectedSegments };
enum class Receive { kRecvmmsg, kGro };
// Who empties the receivers' sockets: this core outside the timed part, or another one all the time.
enum class Drain { kThisCore, kOtherCore };

struct Path {
  const char* name;
  Receive receive;
  Cipher cipher;
  Send send;
  int receivers;
  int packets_per_frame;
  Drain drain = Drain::kThisCore;
};

// ns of the thread's CPU clock per packet sent, one value per trial. packet_bytes: RTP packet without the tag.
// drain_cpu: the other core.
std::vector<double> measure(const Path& path, size_t packet_bytes, int trials, int drain_cpu);

}  // namespace chroom::limit
