#pragma once
#include <openssl/types.h>

#include <memory>

#include "dtls/fingerprint.h"
#include "vocabulary/result.h"

namespace chroom::dtls {

// The engine's DTLS key pair (P-256) and its self-signed certificate. Made once per engine, immutable afterwards and
// shared by the Contexts of all workers. Nobody looks at the names or dates of the certificate: peers compare the
// fingerprint that signalling gave them (RFC 8827 section 6.5).
class Identity {
 public:
  // now_unix_s: seconds since 1970; the certificate is valid from a day before to a year after.
  static Result<std::unique_ptr<const Identity>> generate(int64_t now_unix_s);
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  const Fingerprint& fingerprint() const { return fingerprint_; }  // SHA-256
  X509* certificate() const { return certificate_; }               // borrowed by the caller
  EVP_PKEY* key() const { return key_; }

 private:
  Identity(EVP_PKEY* key, X509* certificate, const Fingerprint& fingerprint)
      : key_(key), certificate_(certificate), fingerprint_(fingerprint) {}

  EVP_PKEY* key_;
  X509* certificate_;
  Fingerprint fingerprint_;
};

// Call before anything else of OpenSSL, from any thread, any number of times: no configuration file of the machine,
// no exit handler (the addon's libraries may be gone by then).
void initialise_openssl();

}  // namespace chroom::dtls
