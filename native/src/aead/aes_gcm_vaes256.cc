// AES-GCM, two blocks to a vector: VAES, VPCLMULQDQ and AVX2.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "aead/aes_gcm_kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,vaes,vpclmulqdq,aes,pclmul,sse4.1")
#endif

namespace chroom::aead::vaes256 {
namespace {

#include "aead/vector_256.h"

constexpr size_t kGroupVectors = 4;

#include "aead/gcm_block_x86.h"
#include "aead/gcm_pass.h"

}  // namespace

void seal(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<true>(tables, nonce, additional, in, length, out, tag);
}

void open(const AesGcmTables& tables, const uint8_t* nonce, Bytes additional, const uint8_t* in, size_t length,
          uint8_t* out, uint8_t* tag) {
  crypt<false>(tables, nonce, additional, in, length, out, tag);
}

}  // namespace chroom::aead::vaes256
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
