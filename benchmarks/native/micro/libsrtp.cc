// What one packet of 1200 bytes costs in the libsrtp2 of this machine, the library that a peer from the distribution's
// packages encrypts with. Ends with 3 where its header was not installed at build time.
#include <cstdio>

#if __has_include(<srtp2/srtp.h>)
#include <srtp2/srtp.h>

#include <cstring>

#include "micro/trials.h"

namespace {

constexpr size_t kPacketBytes = 1200;
constexpr size_t kReceivers = 64;
constexpr size_t kCallsPerTrial = 4;

// One packet to many receivers, each with a context of its own.
struct Receivers {
  explicit Receivers(bool gcm) {
    for (srtp_t& context : contexts) {
      uint8_t key[64] = {};
      key[0] = static_cast<uint8_t>(&context - contexts);
      srtp_policy_t policy = {};
      gcm ? srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp) : srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      policy.rtcp = policy.rtp;
      policy.ssrc.type = ssrc_any_outbound;
      policy.key = key;
      if (srtp_create(&context, &policy) != srtp_err_status_ok) failed = true;
    }
  }
  ~Receivers() {
    for (srtp_t context : contexts) srtp_dealloc(context);
  }

  void protect() {
    ++sequence;
    for (srtp_t context : contexts) {
      uint8_t packet[kPacketBytes + SRTP_MAX_TRAILER_LEN] = {0x80, 96, static_cast<uint8_t>(sequence >> 8), static_cast<uint8_t>(sequence)};
      int bytes = kPacketBytes;
      if (srtp_protect(context, packet, &bytes) != srtp_err_status_ok) failed = true;
      chroom::micro::keep(packet);
    }
  }

  srtp_t contexts[kReceivers] = {};
  uint16_t sequence = 0;
  bool failed = false;
};

}  // namespace

int main() {
  if (srtp_init() != srtp_err_status_ok) return 1;
  Receivers gcm(true), cm(false);
  std::vector<chroom::micro::Case> cases = {
      {"AEAD_AES_128_GCM", "ns/packet", kReceivers, [&] { gcm.protect(); }},
      {"AES128_CM_SHA1_80", "ns/packet", kReceivers, [&] { cm.protect(); }},
  };
  chroom::micro::run_trials(cases, kCallsPerTrial);
  if (gcm.failed || cm.failed) return 1;
  chroom::micro::print(std::string("\"version\":\"") + srtp_get_version_string() + "\"", cases);
}

#else

int main() {
  std::printf("built without srtp2/srtp.h\n");
  return 3;
}

#endif
