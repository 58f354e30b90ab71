// The packet path allocates nothing after its first packet, and an idle context stays small: counted inside OpenSSL and
// in operator new.
#include <gtest/gtest.h>

#include <openssl/crypto.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "srtp/receive_context.h"
#include "srtp/send_context.h"
#include "vocabulary/sanitizers.h"

namespace {

size_t allocations = 0;
size_t allocated_bytes = 0;

void* count_and_allocate(size_t bytes) {
  ++allocations;
  allocated_bytes += bytes;
  return std::malloc(bytes);
}
void* crypto_malloc(size_t bytes, const char*, int) { return count_and_allocate(bytes); }
void* crypto_realloc(void* memory, size_t bytes, const char*, int) {
  ++allocations;
  return std::realloc(memory, bytes);
}
void crypto_free(void* memory, const char*, int) { std::free(memory); }

// Before the library's first own allocation, which is before main().
const bool counting = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;

}  // namespace

#if !CHROOM_THREAD_SANITIZER
void* operator new(size_t bytes) { return count_and_allocate(bytes); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  ++allocations;
  allocated_bytes += bytes;
  const auto align = static_cast<size_t>(alignment);
  return std::aligned_alloc(align, (bytes + align - 1) / align * align);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace chroom::srtp {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kPayloadBytes = 1100;

class Allocations : public testing::TestWithParam<Profile> {
 protected:
  std::vector<uint8_t> key = std::vector<uint8_t>(key_bytes(GetParam()), 1);
  std::vector<uint8_t> salt = std::vector<uint8_t>(salt_bytes(GetParam()), 2);
  std::vector<uint8_t> payload = std::vector<uint8_t>(kPayloadBytes, 3);
  std::vector<uint8_t> packet = std::vector<uint8_t>(kHeaderBytes + kPayloadBytes + kMaxRtpOverheadBytes, 0);

  void exchange(SendContext& sender, ReceiveContext& receiver, uint16_t sequence) {
    packet[0] = 0x80;
    store_be16(packet.data() + 2, sequence);
    const size_t rtp_length = sender.protect_rtp(packet, kHeaderBytes, payload, 0);
    ASSERT_TRUE(receiver.unprotect_rtp(MutableBytes(packet).first(rtp_length), kHeaderBytes));
    const size_t rtcp_length = sender.protect_rtcp(packet, 28);
    ASSERT_TRUE(receiver.unprotect_rtcp(MutableBytes(packet).first(rtcp_length)));
  }
};

TEST_P(Allocations, AreNoneAfterTheFirstPackets) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  ASSERT_TRUE(counting);
  auto sender = std::move(SendContext::create(GetParam(), key, salt).value());
  auto receiver = std::move(ReceiveContext::create(GetParam(), key, salt).value());
  exchange(sender, receiver, 1);
  const size_t before = allocations;
  EXPECT_GT(before, 0u);
  for (uint16_t sequence = 2; sequence < 200; ++sequence) exchange(sender, receiver, sequence);
  EXPECT_EQ(allocations, before);
}

TEST_P(Allocations, KeepIdleAndKeyedContextsSmall) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  auto sender = std::move(SendContext::create(GetParam(), key, salt).value());
  const size_t before = allocated_bytes;
  auto another = std::move(SendContext::create(GetParam(), key, salt).value());
  auto receiver = std::move(ReceiveContext::create(GetParam(), key, salt).value());
  const size_t both = allocated_bytes - before;
  // The temporary contexts of the key derivation are in this figure too, and are gone by now.
  EXPECT_LE(both, 6000u);
  const size_t idle = allocated_bytes;
  exchange(another, receiver, 1);
  RecordProperty("bytes_of_four_keyed_ciphers", static_cast<int>(allocated_bytes - idle));
  EXPECT_LE(allocated_bytes - idle, 9000u);
}

INSTANTIATE_TEST_SUITE_P(AllProfiles, Allocations,
                         testing::Values(Profile::kAes128CmSha1_80, Profile::kAeadAes128Gcm, Profile::kAeadAes256Gcm));

}  // namespace
}  // namespace chroom::srtp
