#pragma once
#include <cstdio>
#include <cstdlib>

// Stops the process when an invariant of ours is broken; `why` says what must have been true and who ensures it.
// Never used on bytes from the network.
#define CHROOM_CHECK(condition, why)                                                              \
  do {                                                                                            \
    if (!(condition)) [[unlikely]] {                                                              \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, #condition, why); \
      std::abort();                                                                               \
    }                                                                                             \
  } while (0)
