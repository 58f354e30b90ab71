// AES counter mode, four blocks to a vector: VAES and AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "cmsha1/aes_cm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,vaes,vpclmulqdq,aes,pclmul,sse4.1,bmi2"))), apply_to = function)
#else
// The header of GCC 12 initialises "undefined" vectors with themselves and then warns about it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,vaes,vpclmulqdq,aes,pclmul,sse4.1,bmi2")
#endif

namespace chroom::cmsha1::vaes512 {
namespace {

#include "aead/vector_512.h"
#include "cmsha1/aes_cm_pass.h"

}  // namespace

void apply_key_stream(const aead::AesRoundKeys& round_keys, uint32_t rounds, const uint8_t* iv, const uint8_t* in,
                      size_t length, uint8_t* out) {
  if (rounds == 10) return apply_all<10>(round_keys, iv, in, length, out);
  apply_all<14>(round_keys, iv, in, length, out);
}

}  // namespace chroom::cmsha1::vaes512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
