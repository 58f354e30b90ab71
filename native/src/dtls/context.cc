#include "dtls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

#include "dtls/handshake.h"

namespace chroom::dtls {
namespace {

// RFC 8827 section 6.5 makes the first mandatory for all of WebRTC; both have the record cipher that record_cipher.h
// implements. Ours is an ECDSA certificate, so the second only serves a peer's RSA certificate when we are client.
constexpr const char* kCiphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr long kMaxCertificateBytes = 16 * 1024;

// Replaces OpenSSL's chain building: self-signed certificates are believed by fingerprint alone.
int verify_peer(X509_STORE_CTX* store, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* peer = static_cast<PeerCheck*>(SSL_get_app_data(ssl));
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  const int length = certificate == nullptr ? 0 : i2d_X509(certificate, nullptr);
  if (length <= 0) return 0;
  std::vector<uint8_t> der(static_cast<size_t>(length));
  uint8_t* at = der.data();
  i2d_X509(certificate, &at);
  peer->presented = {Fingerprint::of(HashAlgorithm::kSha256, der), Fingerprint::of(HashAlgorithm::kSha384, der),
                     Fingerprint::of(HashAlgorithm::kSha512, der)};
  if (peer->acceptable()) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

bool configure(SSL_CTX* context, const Identity& identity, const char* srtp_profiles) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_peer, nullptr);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateBytes);
  SSL_CTX_set_read_ahead(context, 1);
  // Sizes the write buffer, 16 kB otherwise; no record of ours is longer than a datagram.
  SSL_CTX_set_max_send_fragment(context, Connection::kMaxDatagramBytes);
  // set_tlsext_use_srtp answers 0 for success.
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context, srtp_profiles) == 0 &&
         SSL_CTX_use_certificate(context, identity.certificate()) == 1 &&
         SSL_CTX_use_PrivateKey(context, identity.key()) == 1;
}

}  // namespace

Result<std::unique_ptr<Context>> Context::create(const Identity& identity, const char* srtp_profiles) {
  initialise_openssl();
  std::unique_ptr<Context> made(new Context());
  made->ssl_context_ = SSL_CTX_new(DTLS_method());
  made->datagram_bio_ = Handshake::make_datagram_bio();
  if (made->ssl_context_ == nullptr || made->datagram_bio_ == nullptr || !configure(made->ssl_context_, identity, srtp_profiles)) {
    std::array<char, 160> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return Error{ErrorCode::kCrypto, std::string("DTLS context: OpenSSL refused a setting: ") + text.data()};
  }
  if (!Handshake::timers_can_be_driven(*made)) {
    return Error{ErrorCode::kUnsupported,
                 std::string("DTLS timers: expected the libssl of OpenSSL 3.0, got ") + OpenSSL_version(OPENSSL_VERSION) +
                     ", which hides its timeout; build with the static libssl of Debian 12 or Ubuntu 24.04"};
  }
  return made;
}

Context::~Context() {
  SSL_CTX_free(ssl_context_);
  BIO_meth_free(datagram_bio_);
}

}  // namespace chroom::dtls
