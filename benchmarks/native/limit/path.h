#pragma once
#include <cstddef>
#include <vector>

// One bare forwarding path: receive a frame, decrypt it, and for each receiver rewrite, encrypt and send it. No parsing,
// no feedback, no timers: what remains is what the machine itself costs.
namespace chroom::limit {

enum class Cipher { kOwnGcm, kEvpGcm, kOwnCmSha1 };  // of what is sent; what is received is GCM
enum class Send { kSendmmsg, kSendmmsgSegments, kConnected, kConnectedSegments };
enum class Receive { kRecvmmsg, kGro };

struct Path {
  const char* name;
  Receive receive;
  Cipher cipher;
  Send send;
  int receivers;
  int packets_per_frame;
};

// ns of the thread's CPU clock per packet sent, one value per trial. packet_bytes: RTP packet without the tag.
std::vector<double> measure(const Path& path, size_t packet_bytes, int trials);

}  // namespace chroom::limit
