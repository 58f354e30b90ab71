#include "dtls/identity.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <string>
#include <vector>

#include "dtls/openssl_memory.h"

namespace chroom::dtls {
namespace {

constexpr int64_t kDay_s = 24 * 60 * 60;

Error crypto_error(const char* step) {
  std::array<char, 160> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return {ErrorCode::kCrypto, std::string("DTLS identity: ") + step + " failed: " + text.data()};
}

bool fill_certificate(X509* certificate, EVP_PKEY* key, int64_t now_unix_s) {
  std::array<unsigned char, 8> serial;
  if (RAND_bytes(serial.data(), serial.size()) != 1) return false;
  uint64_t number = 0;
  for (const unsigned char byte : serial) number = number << 8 | byte;
  // Positive and not zero (RFC 5280 section 4.1.2.2).
  number = (number >> 1) | 1;

  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("chroom");
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(now_unix_s - kDay_s)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(now_unix_s + 365 * kDay_s)) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

void initialise_openssl() {
  separate_large_openssl_blocks();
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
}

Result<std::unique_ptr<const Identity>> Identity::generate(int64_t now_unix_s) {
  initialise_openssl();
  EVP_PKEY* key = EVP_EC_gen("P-256");
  if (key == nullptr) return crypto_error("making a P-256 key");
  X509* certificate = X509_new();
  std::vector<uint8_t> der;
  if (certificate != nullptr && fill_certificate(certificate, key, now_unix_s)) {
    const int length = i2d_X509(certificate, nullptr);
    if (length > 0) {
      der.resize(static_cast<size_t>(length));
      uint8_t* at = der.data();
      i2d_X509(certificate, &at);
    }
  }
  if (der.empty()) {
    X509_free(certificate);
    EVP_PKEY_free(key);
    return crypto_error("signing the certificate");
  }
  return std::unique_ptr<const Identity>(
      new Identity(key, certificate, Fingerprint::of(HashAlgorithm::kSha256, der)));
}

Identity::~Identity() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

}  // namespace chroom::dtls
