#pragma once

namespace chroom::aead {

// What this processor (and the operating system's saved register state) can do; asked once per process.
struct CpuFeatures {
  bool aes_ni = false;    // AES-NI, PCLMULQDQ, SSE4.1
  bool vaes_256 = false;  // VAES, VPCLMULQDQ, AVX2
  bool vaes_512 = false;  // VAES, VPCLMULQDQ, AVX-512 F, BW, VL, DQ
  bool avx2 = false;
  bool avx512 = false;    // F, BW, VL
  bool sha_ni = false;    // SHA instructions, SSSE3, SSE4.1
  bool arm_aes = false;   // of 64-bit ARM: AES and PMULL
  bool arm_sha1 = false;
};

const CpuFeatures& cpu_features();

}  // namespace chroom::aead
