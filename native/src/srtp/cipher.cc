#include "srtp/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace chroom::srtp {

Cipher::Cipher(Profile profile, Bytes key) : profile_(profile) {
  std::copy_n(key.begin(), key_bytes(profile), key_.begin());
}

Cipher::Cipher(Cipher&& other) noexcept
    : gcm_(std::move(other.gcm_)),
      counter_mode_(std::exchange(other.counter_mode_, nullptr)),
      key_(other.key_),
      profile_(other.profile_) {}

Cipher& Cipher::operator=(Cipher&& other) noexcept {
  gcm_ = std::move(other.gcm_);
  std::swap(counter_mode_, other.counter_mode_);
  key_ = other.key_;
  profile_ = other.profile_;
  return *this;
}

Cipher::~Cipher() {
  EVP_CIPHER_CTX_free(counter_mode_);
  OPENSSL_cleanse(key_.data(), key_.size());
}

void Cipher::seal(const std::array<uint8_t, 12>& iv, Bytes authenticated, Bytes in, uint8_t* out) {
  gcm().seal(iv.data(), authenticated, in, out);
}

bool Cipher::open(const std::array<uint8_t, 12>& iv, Bytes authenticated, MutableBytes sealed) {
  return gcm().open(iv.data(), authenticated, sealed, sealed.data());
}

// Only the IV is set again per packet: setting the key costs more than the encryption.
bool Cipher::apply_keystream(const std::array<uint8_t, 16>& iv, Bytes in, uint8_t* out) {
  EVP_CIPHER_CTX* context = counter_mode();
  int written = 0;
  return context != nullptr && EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         (in.empty() || EVP_EncryptUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

aead::AesGcmKey& Cipher::gcm() {
  if (gcm_ == nullptr) [[unlikely]] gcm_ = std::make_unique<aead::AesGcmKey>(Bytes(key_).first(key_bytes(profile_)));
  return *gcm_;
}

evp_cipher_ctx_st* Cipher::counter_mode() {
  if (counter_mode_ != nullptr) [[likely]] return counter_mode_;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (context == nullptr || EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nullptr, key_.data(), nullptr) != 1) {
    EVP_CIPHER_CTX_free(context);
    return nullptr;
  }
  counter_mode_ = context;
  return context;
}

}  // namespace chroom::srtp
