#include "srtp/cipher.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace chroom::srtp {

Cipher::Cipher(Profile profile, Bytes key) : profile_(profile) {
  std::copy_n(key.begin(), key_bytes(profile), key_.begin());
}

Cipher::~Cipher() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

void Cipher::seal(const std::array<uint8_t, 12>& iv, Bytes authenticated, Bytes in, uint8_t* out) {
  gcm().seal(iv.data(), authenticated, in, out);
}

bool Cipher::open(const std::array<uint8_t, 12>& iv, Bytes authenticated, MutableBytes sealed) {
  return gcm().open(iv.data(), authenticated, sealed, sealed.data());
}

void Cipher::apply_keystream(const std::array<uint8_t, 16>& iv, Bytes in, uint8_t* out) {
  counter_mode().apply(iv.data(), in, out);
}

aead::AesGcmKey& Cipher::gcm() {
  if (gcm_ == nullptr) [[unlikely]] gcm_ = std::make_unique<aead::AesGcmKey>(Bytes(key_).first(key_bytes(profile_)));
  return *gcm_;
}

cmsha1::AesCmKey& Cipher::counter_mode() {
  if (counter_mode_ == nullptr) [[unlikely]] {
    counter_mode_ = std::make_unique<cmsha1::AesCmKey>(Bytes(key_).first(key_bytes(profile_)));
  }
  return *counter_mode_;
}

}  // namespace chroom::srtp
