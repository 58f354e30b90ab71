#include "aead/cpu_features.h"

namespace chroom::aead {
namespace {

CpuFeatures detect() {
  CpuFeatures found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  found.aes_ni = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  const bool wide = __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("vaes");
  found.vaes_256 = found.aes_ni && wide && __builtin_cpu_supports("avx2");
  found.vaes_512 = found.vaes_256 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
  return found;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures found = detect();
  return found;
}

}  // namespace chroom::aead
