#pragma once
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define CHROOM_HAVE_CALLGRIND 1
#else
#define CHROOM_HAVE_CALLGRIND 0
#endif

// Which instructions callgrind counts. Outside of it, or built without its header, nothing happens.
namespace chroom::instructions {

// Until then nothing is observed, so that connecting everybody runs fast.
inline void start_observing() {
#if CHROOM_HAVE_CALLGRIND
  CALLGRIND_START_INSTRUMENTATION;
#endif
}

// Flips between counted and not; a program started with --collect-atstart=no begins with not.
class Flip {
 public:
  Flip() { flip(); }
  ~Flip() { flip(); }
  Flip(const Flip&) = delete;
  Flip& operator=(const Flip&) = delete;

 private:
  static void flip() {
#if CHROOM_HAVE_CALLGRIND
    CALLGRIND_TOGGLE_COLLECT;
#endif
  }
};

}  // namespace chroom::instructions
