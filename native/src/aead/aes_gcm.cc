#include "aead/aes_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "aead/aes_gcm_kernels.h"
#include "aead/cpu_features.h"
#include "vocabulary/check.h"

namespace chroom::aead {
namespace {

EVP_CIPHER_CTX* openssl_context(Bytes key) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  CHROOM_CHECK(context != nullptr, "OpenSSL gives a cipher context");
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
  CHROOM_CHECK(EVP_CipherInit_ex(context, cipher, nullptr, key.data(), nullptr, 1) == 1, "OpenSSL has AES-GCM");
  return context;
}

void openssl_seal(EVP_CIPHER_CTX* context, const uint8_t* nonce, Bytes additional, Bytes plaintext, uint8_t* out) {
  int written = 0;
  bool good = EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, 1) == 1;
  if (!additional.empty()) {
    good &= EVP_CipherUpdate(context, nullptr, &written, additional.data(), static_cast<int>(additional.size())) == 1;
  }
  if (!plaintext.empty()) {
    good &= EVP_CipherUpdate(context, out, &written, plaintext.data(), static_cast<int>(plaintext.size())) == 1;
  }
  good &= EVP_CipherFinal_ex(context, out + plaintext.size(), &written) == 1;
  good &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out + plaintext.size()) == 1;
  CHROOM_CHECK(good, "encryption with a set key cannot fail");
}

bool openssl_open(EVP_CIPHER_CTX* context, const uint8_t* nonce, Bytes additional, Bytes sealed, uint8_t* out) {
  const size_t length = sealed.size() - kTagBytes;
  uint8_t tag[kTagBytes];
  std::memcpy(tag, sealed.data() + length, kTagBytes);
  int written = 0;
  bool good = EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, 0) == 1;
  if (!additional.empty()) {
    good &= EVP_CipherUpdate(context, nullptr, &written, additional.data(), static_cast<int>(additional.size())) == 1;
  }
  if (length > 0) good &= EVP_CipherUpdate(context, out, &written, sealed.data(), static_cast<int>(length)) == 1;
  good &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1;
  return good && EVP_CipherFinal_ex(context, out + length, &written) == 1;
}

CryptFunction crypt_function(Kernel kernel, bool seal) {
  switch (kernel) {
#if defined(__x86_64__)
    case Kernel::kVaes512: return seal ? vaes512::seal : vaes512::open;
    case Kernel::kVaes256: return seal ? vaes256::seal : vaes256::open;
    case Kernel::kAesNi: return seal ? aesni::seal : aesni::open;
#elif defined(__aarch64__)
    case Kernel::kArmv8: return seal ? armv8::seal : armv8::open;
#endif
    default: return nullptr;
  }
}

}  // namespace

const char* kernel_name(Kernel kernel) {
  switch (kernel) {
    case Kernel::kVaes512: return "vaes512";
    case Kernel::kVaes256: return "vaes256";
    case Kernel::kAesNi: return "aesni";
    case Kernel::kArmv8: return "armv8";
    case Kernel::kOpenSsl: return "openssl";
  }
  return "unknown";
}

bool kernel_supported(Kernel kernel) {
  const CpuFeatures& features = cpu_features();
  switch (kernel) {
    case Kernel::kVaes512: return features.vaes_512;
    case Kernel::kVaes256: return features.vaes_256;
    case Kernel::kAesNi: return features.aes_ni;
    case Kernel::kArmv8: return features.arm_aes;
    case Kernel::kOpenSsl: return true;
  }
  return false;
}

Kernel best_kernel() {
  for (Kernel kernel : {Kernel::kVaes512, Kernel::kVaes256, Kernel::kAesNi, Kernel::kArmv8}) {
    if (kernel_supported(kernel)) return kernel;
  }
  return Kernel::kOpenSsl;
}

AesGcmKey::AesGcmKey(Bytes key, Kernel kernel) : kernel_(kernel) {
  CHROOM_CHECK(key.size() == 16 || key.size() == 32, "AES-GCM keys are derived with 16 or 32 bytes");
  CHROOM_CHECK(kernel_supported(kernel), "the caller asked kernel_supported() first");
#if defined(__x86_64__) || defined(__aarch64__)
  if (kernel != Kernel::kOpenSsl) {
    family::expand(tables_, key);
    return;
  }
#endif
  openssl_ = openssl_context(key);
}

AesGcmKey::~AesGcmKey() {
  OPENSSL_cleanse(&tables_, sizeof tables_);
  EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(openssl_));
}

void AesGcmKey::seal(const uint8_t nonce[kNonceBytes], Bytes additional, Bytes plaintext, uint8_t* out) const {
  if (openssl_ != nullptr) return openssl_seal(static_cast<EVP_CIPHER_CTX*>(openssl_), nonce, additional, plaintext, out);
  crypt_function(kernel_, true)(tables_, nonce, additional, plaintext.data(), plaintext.size(), out, out + plaintext.size());
}

bool AesGcmKey::open(const uint8_t nonce[kNonceBytes], Bytes additional, Bytes sealed, uint8_t* out) const {
  if (sealed.size() < kTagBytes) return false;
  if (openssl_ != nullptr) return openssl_open(static_cast<EVP_CIPHER_CTX*>(openssl_), nonce, additional, sealed, out);
  const size_t length = sealed.size() - kTagBytes;
  uint8_t expected[kTagBytes];
  crypt_function(kernel_, false)(tables_, nonce, additional, sealed.data(), length, out, expected);
  return CRYPTO_memcmp(expected, sealed.data() + length, kTagBytes) == 0;
}

}  // namespace chroom::aead
