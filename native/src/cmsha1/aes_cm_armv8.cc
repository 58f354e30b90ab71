// AES counter mode, one block to a vector: the AES instructions of ARMv8.
#if defined(__aarch64__)
#include <arm_neon.h>

#include <cstring>

#include "cmsha1/aes_cm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes"))), apply_to = function)
#else
// GCC 12 declares the AES intrinsics under this name, which is AES, PMULL and SHA-2 together; only the first two are used.
#pragma GCC push_options
#pragma GCC target("+crypto")
#endif

namespace chroom::cmsha1::armv8 {
namespace {

#include "aead/vector_armv8.h"
#include "cmsha1/aes_cm_pass.h"

}  // namespace

void apply_key_stream(const aead::AesRoundKeys& round_keys, uint32_t rounds, const uint8_t* iv, const uint8_t* in,
                      size_t length, uint8_t* out) {
  if (rounds == 10) return apply_all<10>(round_keys, iv, in, length, out);
  apply_all<14>(round_keys, iv, in, length, out);
}

}  // namespace chroom::cmsha1::armv8
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
