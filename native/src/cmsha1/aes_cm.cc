#include "cmsha1/aes_cm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "aead/aes_gcm_kernels.h"
#include "cmsha1/aes_cm_kernels.h"
#include "vocabulary/check.h"

namespace chroom::cmsha1 {
namespace {

EVP_CIPHER_CTX* openssl_context(Bytes key) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  CHROOM_CHECK(context != nullptr, "OpenSSL gives a cipher context");
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
  CHROOM_CHECK(EVP_EncryptInit_ex(context, cipher, nullptr, key.data(), nullptr) == 1, "OpenSSL has AES counter mode");
  return context;
}

// Only the IV is set again per packet: setting the key costs more than the encryption.
void openssl_apply(EVP_CIPHER_CTX* context, const uint8_t* iv, Bytes in, uint8_t* out) {
  int written = 0;
  bool good = EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv) == 1;
  if (!in.empty()) good &= EVP_EncryptUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1;
  CHROOM_CHECK(good, "encryption with a set key cannot fail");
}

}  // namespace

AesCmKey::AesCmKey(Bytes key, aead::Kernel kernel) : kernel_(kernel) {
  CHROOM_CHECK(key.size() == 16 || key.size() == 32, "counter mode keys are derived with 16 or 32 bytes");
  CHROOM_CHECK(aead::kernel_supported(kernel), "the caller asked kernel_supported() first");
#if defined(__x86_64__) || defined(__aarch64__)
  if (kernel != aead::Kernel::kOpenSsl) {
    rounds_ = aead::family::expand_round_keys(round_keys_, key);
    return;
  }
#endif
  openssl_ = openssl_context(key);
}

AesCmKey::~AesCmKey() {
  OPENSSL_cleanse(&round_keys_, sizeof round_keys_);
  EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(openssl_));
}

void AesCmKey::apply(const uint8_t iv[kIvBytes], Bytes in, uint8_t* out) const {
  CHROOM_CHECK(in.size() <= kMaxKeyStreamBytes, "a packet is shorter than its block counter reaches");
  switch (kernel_) {
#if defined(__x86_64__)
    case aead::Kernel::kVaes512: return vaes512::apply_key_stream(round_keys_, rounds_, iv, in.data(), in.size(), out);
    case aead::Kernel::kVaes256: return vaes256::apply_key_stream(round_keys_, rounds_, iv, in.data(), in.size(), out);
    case aead::Kernel::kAesNi: return aesni::apply_key_stream(round_keys_, rounds_, iv, in.data(), in.size(), out);
#elif defined(__aarch64__)
    case aead::Kernel::kArmv8: return armv8::apply_key_stream(round_keys_, rounds_, iv, in.data(), in.size(), out);
#endif
    default: return openssl_apply(static_cast<EVP_CIPHER_CTX*>(openssl_), iv, in, out);
  }
}

}  // namespace chroom::cmsha1
