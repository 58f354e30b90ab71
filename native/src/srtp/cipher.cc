#include "srtp/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace chroom::srtp {
namespace {

const EVP_CIPHER* cipher_of(Profile profile) {
  switch (profile) {
    case Profile::kAes128CmSha1_80: return EVP_aes_128_ctr();
    case Profile::kAeadAes128Gcm: return EVP_aes_128_gcm();
    case Profile::kAeadAes256Gcm: return EVP_aes_256_gcm();
  }
  return nullptr;
}

}  // namespace

Cipher::Cipher(Profile profile, Direction direction, Bytes key) : profile_(profile), direction_(direction) {
  std::copy_n(key.begin(), key_bytes(profile), key_.begin());
}

Cipher::Cipher(Cipher&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)),
      key_(other.key_),
      profile_(other.profile_),
      direction_(other.direction_) {}

Cipher& Cipher::operator=(Cipher&& other) noexcept {
  std::swap(context_, other.context_);
  key_ = other.key_;
  profile_ = other.profile_;
  direction_ = other.direction_;
  return *this;
}

Cipher::~Cipher() {
  EVP_CIPHER_CTX_free(context_);
  OPENSSL_cleanse(key_.data(), key_.size());
}

bool Cipher::seal(const std::array<uint8_t, 12>& iv, Bytes authenticated, Bytes in, uint8_t* out, uint8_t* tag) {
  int written = 0;
  return prepare() && EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         EVP_EncryptUpdate(context_, nullptr, &written, authenticated.data(),
                           static_cast<int>(authenticated.size())) == 1 &&
         (in.empty() || EVP_EncryptUpdate(context_, out, &written, in.data(), static_cast<int>(in.size())) == 1) &&
         EVP_EncryptFinal_ex(context_, tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
}

bool Cipher::open(const std::array<uint8_t, 12>& iv, Bytes authenticated, MutableBytes inout, const uint8_t* tag) {
  int written = 0;
  uint8_t none[16];
  return prepare() && EVP_DecryptInit_ex(context_, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, 16, const_cast<uint8_t*>(tag)) == 1 &&
         EVP_DecryptUpdate(context_, nullptr, &written, authenticated.data(),
                           static_cast<int>(authenticated.size())) == 1 &&
         (inout.empty() ||
          EVP_DecryptUpdate(context_, inout.data(), &written, inout.data(), static_cast<int>(inout.size())) == 1) &&
         EVP_DecryptFinal_ex(context_, none, &written) == 1;
}

bool Cipher::apply_keystream(const std::array<uint8_t, 16>& iv, Bytes in, uint8_t* out) {
  int written = 0;
  return prepare() && EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         (in.empty() || EVP_EncryptUpdate(context_, out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

// The key schedule, once. In counter mode both directions encrypt.
bool Cipher::prepare() {
  if (context_ != nullptr) [[likely]] return true;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const int encrypt = direction_ == Direction::kEncrypt || !is_aead(profile_) ? 1 : 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context, cipher_of(profile_), nullptr, key_.data(), nullptr, encrypt) != 1) {
    EVP_CIPHER_CTX_free(context);
    return false;
  }
  context_ = context;
  return true;
}

}  // namespace chroom::srtp
