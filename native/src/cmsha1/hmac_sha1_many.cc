#include "cmsha1/hmac_sha1_many.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "aead/cpu_features.h"
#include "cmsha1/sha1_kernels.h"
#include "vocabulary/check.h"

namespace chroom::cmsha1 {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kWordBytes = 4;
// The message schedule's end: a set bit and the length in bits (FIPS 180-4 section 5.1.1).
constexpr size_t kEndBytes = 1 + 8;
// From how many messages on the wide kernels beat the SHA instructions two by two, and OpenSSL. A call of either takes
// 3.9 us for 1200 bytes however many there are, a message by the SHA instructions 0.7 us (Xeon, Sapphire Rapids).
constexpr size_t kWorthWide = 6;

void sign_one(const SignedMessage& one, size_t message_bytes) {
  uint8_t word[kWordBytes];
  store_be32(word, one.word);
  const auto code = one.key->sign(Bytes(one.message, message_bytes), word);
  std::memcpy(one.tag, code.data(), kTagBytes);
}

// Up to kStreams messages in one go. Streams beyond messages.size() repeat the first, and nobody looks at what becomes
// of them.
template <size_t kStreams, CompressFunction kCompress>
void sign_group(std::span<const SignedMessage> messages, size_t message_bytes) {
  const auto message = [&](size_t i) -> const SignedMessage& { return messages[i < messages.size() ? i : 0]; };
  alignas(64) uint32_t states[5 * kStreams];
  alignas(64) uint8_t ends[kStreams][2 * kBlockBytes];
  const uint8_t* streams[kStreams];
  for (size_t i = 0; i < kStreams; i++) {
    streams[i] = message(i).message;
    for (size_t row = 0; row < 5; row++) states[row * kStreams + i] = message(i).key->inner_state()[row];
  }
  const size_t whole_blocks = message_bytes / kBlockBytes;
  kCompress(states, streams, whole_blocks);

  const size_t rest = message_bytes % kBlockBytes;
  const size_t end_blocks = rest + kWordBytes + kEndBytes <= kBlockBytes ? 1 : 2;
  for (size_t i = 0; i < kStreams; i++) {
    uint8_t* end = ends[i];
    std::memset(end, 0, end_blocks * kBlockBytes);
    std::memcpy(end, message(i).message + whole_blocks * kBlockBytes, rest);
    store_be32(end + rest, message(i).word);
    end[rest + kWordBytes] = 0x80;
    store_be64(end + end_blocks * kBlockBytes - 8, (kBlockBytes + message_bytes + kWordBytes) * 8);
    streams[i] = end;
  }
  kCompress(states, streams, end_blocks);

  for (size_t i = 0; i < kStreams; i++) {
    uint8_t* end = ends[i];
    std::memset(end, 0, kBlockBytes);
    for (size_t row = 0; row < 5; row++) {
      store_be32(end + 4 * row, states[row * kStreams + i]);
      states[row * kStreams + i] = message(i).key->outer_state()[row];
    }
    end[digest::kSha1Bytes] = 0x80;
    store_be64(end + kBlockBytes - 8, (kBlockBytes + digest::kSha1Bytes) * 8);
  }
  kCompress(states, streams, 1);

  for (size_t i = 0; i < messages.size(); i++) {
    uint8_t code[12];
    for (size_t row = 0; row < 3; row++) store_be32(code + 4 * row, states[row * kStreams + i]);
    std::memcpy(messages[i].tag, code, kTagBytes);
  }
}

template <size_t kStreams, CompressFunction kCompress>
[[maybe_unused]] size_t sign_wide(std::span<const SignedMessage> messages, size_t message_bytes) {
  const auto group = messages.first(std::min(messages.size(), kStreams));
  sign_group<kStreams, kCompress>(group, message_bytes);
  return group.size();
}

template <CompressFunction kCompressTwo, CompressFunction kCompressOne>
[[maybe_unused]] size_t sign_pair(std::span<const SignedMessage> messages, size_t message_bytes) {
  if (messages.size() == 1) {
    sign_group<1, kCompressOne>(messages, message_bytes);
    return 1;
  }
  sign_group<2, kCompressTwo>(messages.first(2), message_bytes);
  return 2;
}

// As many of the messages as one call of the kernel takes.
size_t sign_some(std::span<const SignedMessage> messages, size_t message_bytes, HashKernel kernel) {
  switch (kernel) {
#if defined(__x86_64__)
    case HashKernel::kAvx512: return sign_wide<avx512::kStreams, avx512::compress>(messages, message_bytes);
    case HashKernel::kAvx2: return sign_wide<avx2::kStreams, avx2::compress>(messages, message_bytes);
    case HashKernel::kShaNi: return sign_pair<sha_ni::compress, sha_ni::compress_one>(messages, message_bytes);
#elif defined(__aarch64__)
    case HashKernel::kArmv8: return sign_pair<armv8::compress, armv8::compress_one>(messages, message_bytes);
#endif
    default:
      sign_one(messages.front(), message_bytes);
      return 1;
  }
}

HashKernel kernel_for(size_t messages) {
  const aead::CpuFeatures& features = aead::cpu_features();
  if (features.avx512 && messages >= kWorthWide) return HashKernel::kAvx512;
  if (features.avx2 && messages >= kWorthWide) return HashKernel::kAvx2;
  if (features.sha_ni) return HashKernel::kShaNi;
  if (features.arm_sha1) return HashKernel::kArmv8;
  return HashKernel::kOpenSsl;
}

}  // namespace

const char* hash_kernel_name(HashKernel kernel) {
  switch (kernel) {
    case HashKernel::kAvx512: return "avx512";
    case HashKernel::kAvx2: return "avx2";
    case HashKernel::kShaNi: return "sha_ni";
    case HashKernel::kArmv8: return "armv8";
    case HashKernel::kOpenSsl: return "openssl";
  }
  return "unknown";
}

bool hash_kernel_supported(HashKernel kernel) {
  const aead::CpuFeatures& features = aead::cpu_features();
  switch (kernel) {
    case HashKernel::kAvx512: return features.avx512;
    case HashKernel::kAvx2: return features.avx2;
    case HashKernel::kShaNi: return features.sha_ni;
    case HashKernel::kArmv8: return features.arm_sha1;
    case HashKernel::kOpenSsl: return true;
  }
  return false;
}

HashKernel widest_hash_kernel() { return kernel_for(kWorthWide); }

void sign_many(std::span<const SignedMessage> messages, size_t message_bytes) {
  while (!messages.empty()) {
    messages = messages.subspan(sign_some(messages, message_bytes, kernel_for(messages.size())));
  }
}

void sign_many(std::span<const SignedMessage> messages, size_t message_bytes, HashKernel kernel) {
  CHROOM_CHECK(hash_kernel_supported(kernel), "the caller asked hash_kernel_supported() first");
  while (!messages.empty()) messages = messages.subspan(sign_some(messages, message_bytes, kernel));
}

bool verify(const digest::HmacSha1Key& key, Bytes message, uint32_t word, const uint8_t* tag) {
  uint8_t expected[kTagBytes];
  const SignedMessage one = {&key, message.data(), word, expected};
  sign_many({&one, 1}, message.size());
  return digest::equal_in_constant_time(expected, Bytes(tag, kTagBytes));
}

}  // namespace chroom::cmsha1
