#pragma once

// Which sanitizer this is built under: gcc says it by macros, clang by features.
#if defined(__has_feature)
#define CHROOM_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CHROOM_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || CHROOM_HAS_FEATURE(address_sanitizer)
#define CHROOM_ADDRESS_SANITIZER 1
#else
#define CHROOM_ADDRESS_SANITIZER 0
#endif

// It links operators new of its own, which no program can replace: tests that count allocations are skipped under it.
#if defined(__SANITIZE_THREAD__) || CHROOM_HAS_FEATURE(thread_sanitizer)
#define CHROOM_THREAD_SANITIZER 1
#else
#define CHROOM_THREAD_SANITIZER 0
#endif
