#pragma once
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vocabulary/check.h"
#include "vocabulary/random.h"

namespace chroom::engine {

// The operating system's generator, read in blocks; one per worker.
class SystemRandom final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    while (!out.empty()) {
      if (left_ == 0) refill();
      const size_t take = std::min(left_, out.size());
      uint8_t* from = block_.data() + block_.size() - left_;
      std::memcpy(out.data(), from, take);
      std::memset(from, 0, take);  // What was handed out is not kept.
      left_ -= take;
      out = out.subspan(take);
    }
  }

 private:
  void refill() {
    // Blocks of up to 256 bytes are never cut short once the kernel's generator is seeded (getrandom(2)).
    CHROOM_CHECK(getrandom(block_.data(), block_.size(), 0) == static_cast<ssize_t>(block_.size()),
                 "getrandom gives whole blocks of 256 bytes");
    left_ = block_.size();
  }

  std::array<uint8_t, 256> block_;
  size_t left_ = 0;
};

}  // namespace chroom::engine
