#include "dtls/openssl_memory.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "vocabulary/sanitizers.h"

namespace chroom::dtls {
namespace {

constexpr size_t kSmallestLargeBlockBytes = 4096;
constexpr size_t kSlotBytes = 24 * 1024;  // the largest block is 21 848 bytes
// 192 MB of addresses, not of memory: about 1300 handshakes at once. Further blocks come from the heap.
constexpr size_t kSlots = 8192;

// A range of slots and the stack of the free ones. Used from every thread that shakes hands, which is no packet path.
class SlotRange {
 public:
  bool reserve() {
    void* range = mmap(nullptr, kSlots * kSlotBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return false;
    // Huge pages would keep two megabytes for each slot that is in use.
    madvise(range, kSlots * kSlotBytes, MADV_NOHUGEPAGE);
    begin_ = static_cast<std::byte*>(range);
    for (size_t i = 0; i < kSlots; ++i) free_[i] = static_cast<uint16_t>(kSlots - 1 - i);
    free_count_ = kSlots;
    return true;
  }
  bool contains(const void* block) const {
    const auto* at = static_cast<const std::byte*>(block);
    return at >= begin_ && at < begin_ + kSlots * kSlotBytes;
  }
  void* take() {
    const std::lock_guard lock(mutex_);
    return free_count_ == 0 ? nullptr : begin_ + size_t{free_[--free_count_]} * kSlotBytes;
  }
  void give_back(void* block) {
    madvise(block, kSlotBytes, MADV_DONTNEED);
    const std::lock_guard lock(mutex_);
    free_[free_count_++] = static_cast<uint16_t>((static_cast<std::byte*>(block) - begin_) / kSlotBytes);
  }

 private:
  std::mutex mutex_;
  std::byte* begin_ = nullptr;
  size_t free_count_ = 0;
  std::array<uint16_t, kSlots> free_{};
};

// OpenSSL's memory functions have no argument for a state, and free blocks until the process ends.
constinit SlotRange slots;

void* allocate(size_t bytes, const char*, int) {
  if (bytes >= kSmallestLargeBlockBytes && bytes <= kSlotBytes) {
    if (void* slot = slots.take()) return slot;
  }
  return std::malloc(bytes);
}

void release(void* block, const char*, int) {
  if (block != nullptr && slots.contains(block)) return slots.give_back(block);
  std::free(block);
}

void* reallocate(void* block, size_t bytes, const char* file, int line) {
  if (block == nullptr) return allocate(bytes, file, line);
  if (!slots.contains(block)) return std::realloc(block, bytes);
  if (bytes != 0 && bytes <= kSlotBytes) return block;
  void* moved = bytes == 0 ? nullptr : std::malloc(bytes);
  if (moved != nullptr) std::memcpy(moved, block, std::min(bytes, kSlotBytes));
  if (moved != nullptr || bytes == 0) release(block, file, line);
  return moved;
}

constexpr bool kSanitizerWatches = CHROOM_ADDRESS_SANITIZER;

}  // namespace

void separate_large_openssl_blocks() {
  if (kSanitizerWatches) return;
  static std::once_flag once;
  std::call_once(once, [] {
    if (slots.reserve()) CRYPTO_set_mem_functions(allocate, reallocate, release);
  });
}

}  // namespace chroom::dtls
