#pragma once
#include <array>
#include <memory>

#include "aead/aes_gcm.h"
#include "cmsha1/aes_cm.h"
#include "srtp/profile.h"
#include "vocabulary/bytes.h"

namespace chroom::srtp {

// One session key on one block cipher mode: the seam behind which the kernels are. Callers hand in the packet's IV;
// everything that depends on RTP is above. GCM runs on the kernels of aead/, counter mode on those of cmsha1/. Sets itself
// up at the first packet, because most sessions never use all of their four directions and an expanded key costs up to
// two kilobytes. Belongs to one thread.
class Cipher {
 public:
  // key: key_bytes(profile) of it are kept.
  Cipher(Profile profile, Bytes key);
  Cipher(Cipher&&) noexcept = default;
  Cipher& operator=(Cipher&&) noexcept = default;
  ~Cipher();

  // GCM. Writes in.size() bytes and the tag of 16 behind them to `out`; `in` may be the same place, or does not overlap.
  void seal(const std::array<uint8_t, 12>& iv, Bytes authenticated, Bytes in, uint8_t* out);
  // `sealed` is ciphertext and tag; decrypts in place. False when the tag is wrong: the bytes are garbage then.
  bool open(const std::array<uint8_t, 12>& iv, Bytes authenticated, MutableBytes sealed);

  void prefetch() const {
    if (gcm_ != nullptr) gcm_->prefetch();
  }

  // Counter mode: encrypts as well as decrypts. Overlap as above. iv[14] and iv[15] are zero.
  void apply_keystream(const std::array<uint8_t, 16>& iv, Bytes in, uint8_t* out);

 private:
  aead::AesGcmKey& gcm();
  cmsha1::AesCmKey& counter_mode();

  std::unique_ptr<aead::AesGcmKey> gcm_;
  std::unique_ptr<cmsha1::AesCmKey> counter_mode_;
  std::array<uint8_t, kMaxKeyBytes> key_{};
  Profile profile_;
};

}  // namespace chroom::srtp
