#include "aead/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace chroom::aead {
namespace {

#if defined(__x86_64__)
// GCC 12 knows no name for it. CPUID leaf 7, EBX bit 29; needs no saved state beyond that of SSE.
bool has_sha_instructions() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx >> 29 & 1) != 0;
}
#endif

CpuFeatures detect() {
  CpuFeatures found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  found.aes_ni = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  const bool wide = __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("vaes");
  found.vaes_256 = found.aes_ni && wide && __builtin_cpu_supports("avx2");
  found.vaes_512 = found.vaes_256 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  found.avx2 = __builtin_cpu_supports("avx2");
  found.avx512 = found.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512vl");
  found.sha_ni = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") && has_sha_instructions();
#elif defined(__aarch64__)
  const unsigned long capabilities = getauxval(AT_HWCAP);
  found.arm_aes = (capabilities & HWCAP_AES) != 0 && (capabilities & HWCAP_PMULL) != 0;
  found.arm_sha1 = (capabilities & HWCAP_SHA1) != 0;
#endif
  return found;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures found = detect();
  return found;
}

}  // namespace chroom::aead
