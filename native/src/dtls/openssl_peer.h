#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "dtls/connection.h"
#include "dtls/identity.h"

// For tests only: a DTLS peer that is OpenSSL from end to end, with nothing of ours but the memory it reads from.
namespace chroom::dtls {

using Datagram = std::vector<uint8_t>;

struct OpensslPeerSettings {
  Role role = Role::kClient;
  const char* srtp_profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM";  // Chromium's order
  size_t hello_padding_bytes = 0;  // an unknown extension of this size, as browsers' key shares are
  long mtu = 1200;
  bool with_certificate = true;
};

class OpensslPeer {
 public:
  explicit OpensslPeer(const Identity& identity, const OpensslPeerSettings& settings = {}) : settings_(settings) {
    context_ = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    if (settings.with_certificate) {
      SSL_CTX_use_certificate(context_, identity.certificate());
      SSL_CTX_use_PrivateKey(context_, identity.key());
    }
    if (settings.srtp_profiles != nullptr) SSL_CTX_set_tlsext_use_srtp(context_, settings.srtp_profiles);
    if (settings.hello_padding_bytes > 0) {
      SSL_CTX_add_client_custom_ext(context_, kPaddingExtension, add_padding, nullptr, this, nullptr, nullptr);
    }
    method_ = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "test peer");
    BIO_meth_set_write(method_, write);
    BIO_meth_set_read(method_, read);
    BIO_meth_set_ctrl(method_, control);
    ssl_ = SSL_new(context_);
    BIO* bio = BIO_new(method_);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_mtu(ssl_, settings.mtu);
    // Its own clock never decides; expire() makes it repeat.
    DTLS_set_timer_cb(ssl_, [](SSL*, unsigned int) { return 3'000'000'000u; });
    settings.role == Role::kServer ? SSL_set_accept_state(ssl_) : SSL_set_connect_state(ssl_);
  }
  ~OpensslPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    BIO_meth_free(method_);
  }
  OpensslPeer(const OpensslPeer&) = delete;
  OpensslPeer& operator=(const OpensslPeer&) = delete;

  void handshake() {
    ERR_clear_error();
    finished_ = SSL_do_handshake(ssl_) == 1;
    if (!finished_ && SSL_get_error(ssl_, 0) == SSL_ERROR_SSL) failed_ = true;
  }
  void receive(const Datagram& datagram) {
    incoming_.push_back(datagram);
    while (!incoming_.empty()) {
      const size_t before = incoming_.size();
      if (!SSL_is_init_finished(ssl_)) {
        handshake();
      } else {
        finished_ = true;
        read_application();
      }
      if (incoming_.size() == before) break;
    }
    if (SSL_is_init_finished(ssl_)) read_application();
  }
  // The retransmission timer fires.
  void expire() {
    if (timer_ == nullptr || timer_->tv_sec == 0) return;
    timer_->tv_sec = 1;
    ERR_clear_error();
    DTLSv1_handle_timeout(ssl_);
  }
  void send(const std::string& text) { SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  void shutdown() { SSL_shutdown(ssl_); }
  bool renegotiate() { return SSL_renegotiate(ssl_) == 1 && (handshake(), true); }

  std::vector<Datagram> take_sent() { return std::exchange(sent_, {}); }
  std::vector<std::string> take_received() { return std::exchange(received_, {}); }
  bool finished() const { return finished_; }
  bool closed() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  const char* srtp_profile() const {
    const SRTP_PROTECTION_PROFILE* agreed = SSL_get_selected_srtp_profile(ssl_);
    return agreed == nullptr ? "" : agreed->name;
  }
  std::vector<uint8_t> export_srtp(size_t bytes) const {
    std::vector<uint8_t> material(bytes);
    SSL_export_keying_material(ssl_, material.data(), bytes, "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
    return material;
  }

 private:
  static constexpr unsigned int kPaddingExtension = 0x7A7A;

  void read_application() {
    std::array<char, 2048> text;
    ERR_clear_error();
    for (int n = SSL_read(ssl_, text.data(), text.size()); n > 0; n = SSL_read(ssl_, text.data(), text.size())) {
      received_.emplace_back(text.data(), static_cast<size_t>(n));
    }
  }

  static int add_padding(SSL*, unsigned int, const unsigned char** out, size_t* length, int*, void* argument) {
    auto* self = static_cast<OpensslPeer*>(argument);
    self->padding_.assign(self->settings_.hello_padding_bytes, 0x5A);
    *out = self->padding_.data();
    *length = self->padding_.size();
    return 1;
  }
  static int write(BIO* bio, const char* data, int length) {
    static_cast<OpensslPeer*>(BIO_get_data(bio))->sent_.emplace_back(data, data + length);
    return length;
  }
  static int read(BIO* bio, char* data, int length) {
    auto* self = static_cast<OpensslPeer*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self->incoming_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const Datagram datagram = std::move(self->incoming_.front());
    self->incoming_.pop_front();
    const size_t n = std::min(datagram.size(), static_cast<size_t>(length));
    std::memcpy(data, datagram.data(), n);
    return static_cast<int>(n);
  }
  static long control(BIO* bio, int command, long, void* pointer) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) {
      static_cast<OpensslPeer*>(BIO_get_data(bio))->timer_ = static_cast<timeval*>(pointer);
      return 1;
    }
    return 0;
  }

  OpensslPeerSettings settings_;
  SSL_CTX* context_;
  BIO_METHOD* method_;
  SSL* ssl_;
  timeval* timer_ = nullptr;
  std::vector<uint8_t> padding_;
  std::deque<Datagram> incoming_;
  std::vector<Datagram> sent_;
  std::vector<std::string> received_;
  bool finished_ = false;
  bool failed_ = false;
};

}  // namespace chroom::dtls
