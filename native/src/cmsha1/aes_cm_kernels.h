#pragma once
#include "aead/aes_gcm.h"

// The functions that each kernel file of counter mode gives; only aes_cm.cc calls them.
namespace chroom::cmsha1 {

namespace vaes512 {
void apply_key_stream(const aead::AesRoundKeys&, uint32_t rounds, const uint8_t* iv, const uint8_t* in, size_t length, uint8_t* out);
}
namespace vaes256 {
void apply_key_stream(const aead::AesRoundKeys&, uint32_t rounds, const uint8_t* iv, const uint8_t* in, size_t length, uint8_t* out);
}
namespace aesni {
void apply_key_stream(const aead::AesRoundKeys&, uint32_t rounds, const uint8_t* iv, const uint8_t* in, size_t length, uint8_t* out);
}
namespace armv8 {
void apply_key_stream(const aead::AesRoundKeys&, uint32_t rounds, const uint8_t* iv, const uint8_t* in, size_t length, uint8_t* out);
}

}  // namespace chroom::cmsha1
