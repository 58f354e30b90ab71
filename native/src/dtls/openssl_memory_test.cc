#include "dtls/openssl_memory.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "vocabulary/sanitizers.h"

namespace chroom::dtls {
namespace {

// Before OpenSSL's first allocation, whichever test runs first.
const bool installed = (separate_large_openssl_blocks(), true);

bool replaced() {
  CRYPTO_malloc_fn allocate = nullptr;
  CRYPTO_realloc_fn reallocate = nullptr;
  CRYPTO_free_fn release = nullptr;
  CRYPTO_get_mem_functions(&allocate, &reallocate, &release);
  return allocate != CRYPTO_malloc;
}

size_t resident_bytes() {
  long total = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(file, "%ld %ld", &total, &resident), 2);
  std::fclose(file);
  return static_cast<size_t>(resident) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(OpensslMemoryTest, keeps_the_content_of_blocks_that_grow_and_shrink) {
  ASSERT_TRUE(installed);
  auto* block = static_cast<uint8_t*>(OPENSSL_malloc(100));
  std::fill_n(block, 100, uint8_t{7});
  for (const size_t bytes : {5'000u, 20'000u, 100'000u, 200u}) {
    block = static_cast<uint8_t*>(OPENSSL_realloc(block, bytes));
    ASSERT_TRUE(std::all_of(block, block + 100, [](uint8_t byte) { return byte == 7; })) << bytes;
  }
  OPENSSL_free(block);
}

TEST(OpensslMemoryTest, more_large_blocks_than_slots_are_all_distinct) {
  std::vector<uint8_t*> blocks;
  for (size_t i = 0; i < 9'000; ++i) {
    blocks.push_back(static_cast<uint8_t*>(OPENSSL_malloc(4'096)));
    ASSERT_NE(blocks.back(), nullptr);
    *blocks.back() = static_cast<uint8_t>(i);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_EQ(*blocks[i], static_cast<uint8_t>(i));
    OPENSSL_free(blocks[i]);
  }
}

TEST(OpensslMemoryTest, gives_the_pages_of_a_freed_block_back) {
  if (!replaced()) GTEST_SKIP() << "a sanitizer watches the heap";
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer keeps memory of its own beside";
  constexpr size_t kBlocks = 1'000;
  constexpr size_t kBytes = 20'000;
  std::vector<void*> blocks;
  const size_t before = resident_bytes();
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(OPENSSL_malloc(kBytes));
    std::fill_n(static_cast<uint8_t*>(blocks.back()), kBytes, uint8_t{1});
  }
  EXPECT_GT(resident_bytes(), before + kBlocks * kBytes * 9 / 10);
  for (void* block : blocks) OPENSSL_free(block);
  EXPECT_LT(resident_bytes(), before + kBlocks * kBytes / 10);
}

}  // namespace
}  // namespace chroom::dtls
