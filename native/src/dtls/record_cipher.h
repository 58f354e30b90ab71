#pragma once
#include <openssl/types.h>

#include <array>
#include <cstdint>

#include "vocabulary/bytes.h"

namespace chroom::dtls {

// RFC 6347 section 4.1.
enum class ContentType : uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };
inline constexpr size_t kRecordHeaderBytes = 13;
inline constexpr size_t kExplicitNonceBytes = 8;
inline constexpr size_t kTagBytes = 16;
// What one application record is longer than its content.
inline constexpr size_t kRecordOverheadBytes = kRecordHeaderBytes + kExplicitNonceBytes + kTagBytes;
inline constexpr uint16_t kVersionDtls12 = 0xFEFD;
inline constexpr uint16_t kVersionDtls10 = 0xFEFF;  // also stands in the first ClientHello of some stacks

struct RecordHeader {
  ContentType type;
  uint16_t version;
  uint16_t epoch;
  uint64_t sequence;  // 48 bits
  uint16_t length;    // of what follows the header
};

// Reads the record at the start of `bytes`; false when it is not whole or not DTLS 1.0 to 1.2.
bool read_record_header(Bytes bytes, RecordHeader& header);

// One direction of AES_128_GCM (RFC 5288): 20 bytes of state per connection, in place of OpenSSL's 2 kB.
struct RecordKey {
  std::array<uint8_t, 16> key{};
  std::array<uint8_t, 4> salt{};
};

// Seals and opens DTLS 1.2 AES-128-GCM records. One per worker: it is given the key with each record. That is half of
// the 1.0 us for 1150 bytes, and saves every idle connection two cipher contexts of about 1 kB each; the data channels
// of a call are few packets beside its media.
class RecordCipher {
 public:
  RecordCipher();
  ~RecordCipher();
  RecordCipher(const RecordCipher&) = delete;
  RecordCipher& operator=(const RecordCipher&) = delete;

  // Writes a whole record of epoch 1 into `out`: kRecordOverheadBytes + content. 0 when it does not fit. A pair of key and
  // explicit_nonce must never be used twice.
  size_t seal(const RecordKey& key, ContentType type, uint64_t sequence, uint64_t explicit_nonce, Bytes content,
              MutableBytes out);
  // Opens the record in place; `record` is exactly one record with its header. False when it is not authentic.
  bool open(const RecordKey& key, const RecordHeader& header, MutableBytes record, MutableBytes& content);

 private:
  EVP_CIPHER_CTX* context_;
  EVP_CIPHER* cipher_;
};

}  // namespace chroom::dtls
