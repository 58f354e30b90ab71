#pragma once
#include <array>

#include "srtp/profile.h"
#include "vocabulary/bytes.h"

struct evp_cipher_ctx_st;

namespace chroom::srtp {

enum class Direction : uint8_t { kEncrypt, kDecrypt };

// One session key on one block cipher mode: the seam behind which faster kernels go. Callers hand in the packet's IV;
// everything that depends on RTP is above. Sets itself up at the first packet, because most sessions never use all of
// their four directions and a context of the library costs more than a kilobyte. Belongs to one thread.
class Cipher {
 public:
  // key: key_bytes(profile) of it are kept.
  Cipher(Profile profile, Direction direction, Bytes key);
  Cipher(Cipher&& other) noexcept;
  Cipher& operator=(Cipher&& other) noexcept;
  ~Cipher();

  // GCM. `in` and `out` are the same place or do not overlap. False when the library refuses.
  bool seal(const std::array<uint8_t, 12>& iv, Bytes authenticated, Bytes in, uint8_t* out, uint8_t* tag);
  // False when the tag is wrong; `inout` is garbage then.
  bool open(const std::array<uint8_t, 12>& iv, Bytes authenticated, MutableBytes inout, const uint8_t* tag);

  // Counter mode: encrypts as well as decrypts. Overlap as above.
  bool apply_keystream(const std::array<uint8_t, 16>& iv, Bytes in, uint8_t* out);

 private:
  bool prepare();

  evp_cipher_ctx_st* context_ = nullptr;  // owned
  std::array<uint8_t, kMaxKeyBytes> key_{};
  Profile profile_;
  Direction direction_;
};

}  // namespace chroom::srtp
