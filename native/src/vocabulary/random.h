#pragma once
#include "vocabulary/bytes.h"

namespace chroom {

// Source of unpredictable bytes (ICE credentials, SCTP tags, initial sequence numbers). Injected, so that tests and
// the simulation are seeded; engine/ hands in the operating system's generator.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableBytes out) = 0;

  uint32_t next_u32() {
    uint8_t raw[4];
    fill(raw);
    return load_be32(raw);
  }
};

}  // namespace chroom
