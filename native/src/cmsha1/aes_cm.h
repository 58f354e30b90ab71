#pragma once
#include "aead/aes_gcm.h"
#include "vocabulary/bytes.h"

// AES in counter mode as SRTP has it (RFC 3711 section 4.1.1, RFC 6188 for 256 bits): the last 16 bits of the IV count
// the blocks of one packet.
namespace chroom::cmsha1 {

inline constexpr size_t kIvBytes = 16;
// Where the block counter would run into the packet index.
inline constexpr size_t kMaxKeyStreamBytes = size_t{1} << 20;

// One expanded key, 256 bytes. The kernels are those of AES-GCM (aead::Kernel), chosen by the same rule. Wiped at the
// end, not copyable. The OpenSSL reference keeps a context, so one object belongs to one thread.
class AesCmKey {
 public:
  // key: 16 or 32 bytes; anything else stops at CHECK (the caller derives keys itself).
  explicit AesCmKey(Bytes key, aead::Kernel kernel = aead::best_kernel());
  ~AesCmKey();
  AesCmKey(const AesCmKey&) = delete;
  AesCmKey& operator=(const AesCmKey&) = delete;

  // Encrypts as well as decrypts in.size() bytes, at most kMaxKeyStreamBytes. `out` may be in.data() itself, but not
  // overlap otherwise. iv[14] and iv[15] are zero.
  void apply(const uint8_t iv[kIvBytes], Bytes in, uint8_t* out) const;

 private:
  aead::AesRoundKeys round_keys_;
  uint32_t rounds_ = 0;
  aead::Kernel kernel_;
  void* openssl_ = nullptr;  // owned EVP_CIPHER_CTX, only for Kernel::kOpenSsl
};

}  // namespace chroom::cmsha1
