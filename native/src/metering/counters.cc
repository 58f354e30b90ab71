#include "metering/counters.h"

#include <atomic>

#include "vocabulary/check.h"

namespace chroom::metering {
namespace {

#define CHROOM_COUNTER_NAME(enumerator, name) #name,
#define CHROOM_DROP_NAME(enumerator, name) "drop." #name,
constexpr const char* kWordNames[] = {CHROOM_COUNTERS(CHROOM_COUNTER_NAME) CHROOM_DROP_REASONS(CHROOM_DROP_NAME)};
#undef CHROOM_COUNTER_NAME
#undef CHROOM_DROP_NAME
static_assert(std::size(kWordNames) == kCounterWords);

}  // namespace

const char* counter_word_name(size_t word) { return word < kCounterWords ? kWordNames[word] : nullptr; }

uint64_t Counters::dropped_total() const {
  uint64_t total = 0;
  for (size_t word = kCounterCount; word < kCounterWords; ++word) total += words_[word];
  return total;
}

void Counters::publish(std::span<uint64_t> shared) const {
  CHROOM_CHECK(shared.size() >= kCounterWords, "the engine sizes the shared array by kCounterWords");
  for (size_t word = 0; word < kCounterWords; ++word) {
    std::atomic_ref<uint64_t>(shared[word]).store(words_[word], std::memory_order_relaxed);
  }
}

}  // namespace chroom::metering
