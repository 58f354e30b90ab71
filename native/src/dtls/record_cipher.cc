#include "dtls/record_cipher.h"

#include <openssl/evp.h>

#include <cstring>

#include "vocabulary/check.h"

namespace chroom::dtls {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kAdditionalBytes = 13;

// RFC 5246 section 6.2.3.3 with DTLS's epoch and sequence in place of the implicit counter.
std::array<uint8_t, kAdditionalBytes> additional_data(ContentType type, uint64_t epoch_and_sequence,
                                                      size_t content_bytes) {
  std::array<uint8_t, kAdditionalBytes> data;
  store_be64(data.data(), epoch_and_sequence);
  data[8] = static_cast<uint8_t>(type);
  store_be16(data.data() + 9, kVersionDtls12);
  store_be16(data.data() + 11, static_cast<uint16_t>(content_bytes));
  return data;
}

constexpr uint64_t kEpochOne = uint64_t{1} << 48;

}  // namespace

bool read_record_header(Bytes bytes, RecordHeader& header) {
  if (bytes.size() < kRecordHeaderBytes) return false;
  if (bytes[0] < 20 || bytes[0] > 23) return false;
  header.type = static_cast<ContentType>(bytes[0]);
  header.version = load_be16(bytes.data() + 1);
  header.epoch = load_be16(bytes.data() + 3);
  header.sequence = load_be64(bytes.data() + 3) & 0xFFFFFFFFFFFFULL;
  header.length = load_be16(bytes.data() + 11);
  return (header.version == kVersionDtls12 || header.version == kVersionDtls10) &&
         header.length <= bytes.size() - kRecordHeaderBytes;
}

RecordCipher::RecordCipher() : context_(EVP_CIPHER_CTX_new()), cipher_(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)) {
  CHROOM_CHECK(context_ != nullptr && cipher_ != nullptr, "AES-128-GCM is part of every OpenSSL 3 default provider");
}

RecordCipher::~RecordCipher() {
  EVP_CIPHER_CTX_free(context_);
  EVP_CIPHER_free(cipher_);
}

size_t RecordCipher::seal(const RecordKey& key, ContentType type, uint64_t sequence, uint64_t explicit_nonce,
                          Bytes content, MutableBytes out) {
  const size_t total = kRecordOverheadBytes + content.size();
  if (out.size() < total || content.size() > 0x4000) return 0;
  uint8_t* p = out.data();
  p[0] = static_cast<uint8_t>(type);
  store_be16(p + 1, kVersionDtls12);
  store_be64(p + 3, kEpochOne | sequence);
  store_be16(p + 11, static_cast<uint16_t>(total - kRecordHeaderBytes));
  store_be64(p + 13, explicit_nonce);

  std::array<uint8_t, kNonceBytes> nonce;
  std::memcpy(nonce.data(), key.salt.data(), key.salt.size());
  std::memcpy(nonce.data() + 4, p + 13, kExplicitNonceBytes);
  const auto additional = additional_data(type, kEpochOne | sequence, content.size());
  uint8_t* sealed = p + kRecordHeaderBytes + kExplicitNonceBytes;
  int written = 0;
  const bool done =
      EVP_EncryptInit_ex2(context_, cipher_, key.key.data(), nonce.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(context_, nullptr, &written, additional.data(), additional.size()) == 1 &&
      (content.empty() ||
       EVP_EncryptUpdate(context_, sealed, &written, content.data(), static_cast<int>(content.size())) == 1) &&
      EVP_EncryptFinal_ex(context_, sealed + content.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed + content.size()) == 1;
  return done ? total : 0;
}

bool RecordCipher::open(const RecordKey& key, const RecordHeader& header, MutableBytes record, MutableBytes& content) {
  if (header.length < kExplicitNonceBytes + kTagBytes || header.version != kVersionDtls12 ||
      record.size() != kRecordHeaderBytes + header.length) {
    return false;
  }
  uint8_t* sealed = record.data() + kRecordHeaderBytes + kExplicitNonceBytes;
  const size_t length = header.length - kExplicitNonceBytes - kTagBytes;
  std::array<uint8_t, kNonceBytes> nonce;
  std::memcpy(nonce.data(), key.salt.data(), key.salt.size());
  std::memcpy(nonce.data() + 4, record.data() + kRecordHeaderBytes, kExplicitNonceBytes);
  const auto additional =
      additional_data(header.type, uint64_t{header.epoch} << 48 | header.sequence, length);
  int written = 0;
  std::array<uint8_t, kTagBytes> past_end;
  const bool authentic =
      EVP_DecryptInit_ex2(context_, cipher_, key.key.data(), nonce.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(context_, nullptr, &written, additional.data(), additional.size()) == 1 &&
      (length == 0 || EVP_DecryptUpdate(context_, sealed, &written, sealed, static_cast<int>(length)) == 1) &&
      EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kTagBytes, sealed + length) == 1 &&
      EVP_DecryptFinal_ex(context_, past_end.data(), &written) == 1;
  if (authentic) content = MutableBytes(sealed, length);
  return authentic;
}

}  // namespace chroom::dtls
