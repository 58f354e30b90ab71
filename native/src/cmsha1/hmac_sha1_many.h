#pragma once
#include <span>

#include "digest/hmac_sha1.h"
#include "vocabulary/bytes.h"

// HMAC-SHA1-80 (RFC 3711 section 4.2.1) of many equally long messages side by side. One SHA-1 is a chain of dependent
// steps that leaves most of a core idle; sixteen receivers of one packet are sixteen chains.
namespace chroom::cmsha1 {

inline constexpr size_t kTagBytes = 10;

// kAvx512: 16 messages at once, kAvx2: 8, kShaNi and kArmv8: 2 by the SHA instructions of their processors. kOpenSsl: one
// by one, the reference.
enum class HashKernel : uint8_t { kAvx512, kAvx2, kShaNi, kArmv8, kOpenSsl };

const char* hash_kernel_name(HashKernel kernel);
bool hash_kernel_supported(HashKernel kernel);
// What sign_many() takes for as many messages as fill it.
HashKernel widest_hash_kernel();

// What is signed is the message and then the word, big-endian: the rollover counter of an RTP packet (RFC 3711 section
// 4.2), the index word of an RTCP packet.
struct SignedMessage {
  const digest::HmacSha1Key* key;
  const uint8_t* message;
  uint32_t word;
  uint8_t* tag;  // kTagBytes are written; may follow the message directly, must not overlap it
};

// Chooses the kernel by how many there are and what the processor can do.
void sign_many(std::span<const SignedMessage> messages, size_t message_bytes);
// With one kernel throughout, whatever it costs; the caller asked hash_kernel_supported().
void sign_many(std::span<const SignedMessage> messages, size_t message_bytes, HashKernel kernel);

// One message; constant time in the content of the tag, which has kTagBytes.
bool verify(const digest::HmacSha1Key& key, Bytes message, uint32_t word, const uint8_t* tag);

}  // namespace chroom::cmsha1
