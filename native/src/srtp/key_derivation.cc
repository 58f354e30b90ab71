#include "srtp/key_derivation.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>

namespace chroom::srtp {
namespace {

// Labels of RFC 3711 section 4.3.1 (RTP) and 4.3.2 (RTCP: three higher).
enum class Label : uint8_t { kEncryption = 0, kAuthentication = 1, kSalt = 2 };
constexpr uint8_t kRtcpLabelOffset = 3;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// The AES-CM pseudo random function of RFC 3711 section 4.3.3 (RFC 6188 section 3 for 256 bits): the key stream that
// starts at (label ^ salt) * 2^16.
bool derive(EVP_CIPHER_CTX* context, uint8_t label, Bytes master_salt, MutableBytes out) {
  uint8_t iv[16] = {};
  std::copy(master_salt.begin(), master_salt.end(), iv);
  iv[7] ^= label;
  std::fill(out.begin(), out.end(), uint8_t{0});
  int written = 0;
  return EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv) == 1 &&
         EVP_EncryptUpdate(context, out.data(), &written, out.data(), static_cast<int>(out.size())) == 1;
}

Error wrong_length(const char* what, size_t expected, size_t got) {
  return {ErrorCode::kInvalidArgument, std::string("SRTP ") + what + ": expected " + std::to_string(expected) +
                                           " bytes for this profile, got " + std::to_string(got) +
                                           "; check the profile against the exported keying material"};
}

}  // namespace

SessionKeys::~SessionKeys() { OPENSSL_cleanse(this, sizeof(*this)); }

Result<SessionKeys> derive_session_keys(Profile profile, KeyUse use, Bytes master_key, Bytes master_salt) {
  if (master_key.size() != key_bytes(profile)) return wrong_length("master key", key_bytes(profile), master_key.size());
  if (master_salt.size() != salt_bytes(profile)) {
    return wrong_length("master salt", salt_bytes(profile), master_salt.size());
  }
  const Context context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = master_key.size() == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  const uint8_t offset = use == KeyUse::kRtcp ? kRtcpLabelOffset : 0;
  const auto label = [offset](Label value) { return static_cast<uint8_t>(static_cast<uint8_t>(value) + offset); };
  SessionKeys keys;
  const bool ok =
      context != nullptr &&
      EVP_EncryptInit_ex(context.get(), cipher, nullptr, master_key.data(), nullptr) == 1 &&
      derive(context.get(), label(Label::kEncryption), master_salt,
             MutableBytes(keys.encryption).first(key_bytes(profile))) &&
      derive(context.get(), label(Label::kAuthentication), master_salt, keys.authentication) &&
      derive(context.get(), label(Label::kSalt), master_salt, MutableBytes(keys.salt).first(salt_bytes(profile)));
  if (!ok) return Error{ErrorCode::kCrypto, "SRTP key derivation: the crypto library refused AES in counter mode"};
  return keys;
}

}  // namespace chroom::srtp
