#pragma once
#include <openssl/bio.h>
#include <openssl/types.h>

#include <memory>

#include "dtls/identity.h"
#include "dtls/record_cipher.h"
#include "vocabulary/result.h"

namespace chroom::dtls {

// In our order: a server takes the first that the client has (measured; browsers offer the slow one first).
inline constexpr const char* kSrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";

// What all connections of one worker share: OpenSSL's SSL_CTX with our settings (DTLS 1.2 only, ECDHE with
// AES-128-GCM, client certificate required, SRTP profiles in our order, no tickets, no cache, no renegotiation), the
// BIO that connects it to datagrams in memory, and one record cipher that is keyed anew for each record. Used by one
// thread. Outlives its connections.
class Context {
 public:
  // srtp_profiles: by OpenSSL's names; a load generator offers fewer.
  static Result<std::unique_ptr<Context>> create(const Identity& identity, const char* srtp_profiles = kSrtpProfiles);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  SSL_CTX* ssl_context() const { return ssl_context_; }
  const BIO_METHOD* datagram_bio() const { return datagram_bio_; }
  RecordCipher& cipher() { return cipher_; }

 private:
  Context() = default;

  SSL_CTX* ssl_context_ = nullptr;
  BIO_METHOD* datagram_bio_ = nullptr;
  RecordCipher cipher_;
};

}  // namespace chroom::dtls
