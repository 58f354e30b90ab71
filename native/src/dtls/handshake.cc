#include "dtls/handshake.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace chroom::dtls {
namespace {

// Far beyond any handshake; within the 32 bits of microseconds that OpenSSL has for it.
constexpr unsigned int kOutOfReach_us = 3'600'000'000u;

// The peer's Finished and its repetitions; what else is protected does not belong into a handshake.
constexpr uint32_t kMaxProtectedRecords = 32;

unsigned int never_soon(SSL*, unsigned int) { return kOutOfReach_us; }

struct KdfDeleter {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

// PRF of TLS 1.2 with SHA-256 (RFC 5246 section 5).
bool tls12_prf(Bytes secret, Bytes seed, MutableBytes out) {
  const std::unique_ptr<EVP_KDF, KdfDeleter> kdf(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr));
  if (!kdf) return false;
  const std::unique_ptr<EVP_KDF_CTX, KdfDeleter> context(EVP_KDF_CTX_new(kdf.get()));
  if (!context) return false;
  char digest[] = "SHA2-256";
  const std::array<OSSL_PARAM, 4> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, const_cast<uint8_t*>(secret.data()), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, const_cast<uint8_t*>(seed.data()), seed.size()),
      OSSL_PARAM_construct_end()};
  return EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) == 1;
}

}  // namespace

bool PeerCheck::acceptable() const {
  if (expected.empty() || !presented) return true;
  return std::any_of(expected.begin(), expected.end(), [&](const Fingerprint& wanted) {
    return (*presented)[static_cast<size_t>(wanted.algorithm)] == wanted;
  });
}

std::unique_ptr<Handshake> Handshake::create(Context& context, Role role, PeerCheck& peer) {
  std::unique_ptr<Handshake> made(new Handshake(role));
  made->context_ = &context;
  made->ssl_ = SSL_new(context.ssl_context());
  BIO* bio = made->ssl_ == nullptr ? nullptr : BIO_new(context.datagram_bio());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, made.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(made->ssl_, bio, bio);
  SSL_set_app_data(made->ssl_, &peer);
  SSL_set_mtu(made->ssl_, Connection::kMaxDatagramBytes);
  DTLS_set_timer_cb(made->ssl_, never_soon);
  if (role == Role::kServer) {
    SSL_set_accept_state(made->ssl_);
  } else {
    SSL_set_connect_state(made->ssl_);
  }
  return made;
}

Handshake::~Handshake() { SSL_free(ssl_); }

Handshake::Progress Handshake::run(Bytes record, Instant now, Output& out) {
  now_ = now;
  out_ = &out;
  input_ = record;
  RecordHeader header;
  const bool is_protected = read_record_header(record, header) && header.epoch == 1;
  // OpenSSL keeps protected records that come too early in buffers of 16 kB each.
  if (is_protected && ++protected_fed_ > kMaxProtectedRecords) return Progress::kPending;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
  ERR_clear_error();
  input_ = {};
  out_ = nullptr;
  if (result == 1) {
    // Authentic now that the handshake is over. (Where OpenSSL had kept it from before, a replay of it is harmless.)
    if (is_protected) finishing_sequence_ = header.sequence;
    return Progress::kFinished;
  }
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Progress::kPending : Progress::kFailed;
}

Handshake::Progress Handshake::on_timeout(Instant now, Output& out) {
  if (!armed_ || now < deadline_) return Progress::kPending;
  if (retransmissions_ == Connection::kMaxRetransmissions) return Progress::kFailed;
  ++retransmissions_;
  interval_ = std::min(interval_ * 2, Connection::kLongestRetransmission);
  now_ = now;
  out_ = &out;
  repeating_ = true;
  *timer_field_ = {.tv_sec = 1, .tv_usec = 0};
  ERR_clear_error();
  const long result = DTLSv1_handle_timeout(ssl_);
  ERR_clear_error();
  repeating_ = false;
  out_ = nullptr;
  return result < 0 ? Progress::kFailed : Progress::kPending;
}

void Handshake::timer_set(timeval* field) {
  timer_field_ = field;
  armed_ = field->tv_sec != 0 || field->tv_usec != 0;
  if (armed_ && !repeating_) interval_ = Connection::kFirstRetransmission;
  deadline_ = now_ + interval_;
}

bool Handshake::timers_can_be_driven(Context& context) {
  PeerCheck nobody;
  Output discarded;
  const std::unique_ptr<Handshake> probe = create(context, Role::kClient, nobody);
  if (!probe || probe->start(Instant{}, discarded) != Progress::kPending || !probe->armed_) return false;
  // If the field were a copy, OpenSSL would have seen nothing of a change that was made while it was shown; see
  // bio_control(). It says "an hour" for its own value and two for ours.
  timeval left{};
  return DTLSv1_get_timeout(probe->ssl_, &left) == 1 && left.tv_sec > 5000;
}

BIO_METHOD* Handshake::make_datagram_bio() {
  const int type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
  BIO_METHOD* method = BIO_meth_new(type, "datagrams in memory");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

int Handshake::bio_write(BIO* bio, const char* data, int length) {
  auto* self = static_cast<Handshake*>(BIO_get_data(bio));
  if (length <= 0) return 0;
  const Bytes datagram(reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(length));
  self->observe_written(datagram);
  // A full Output loses the datagram, as a network may: the flight is repeated.
  if (self->out_ != nullptr) self->out_->add_datagram(datagram);
  return length;
}

int Handshake::bio_read(BIO* bio, char* data, int length) {
  auto* self = static_cast<Handshake*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self->input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t taken = std::min(self->input_.size(), static_cast<size_t>(std::max(length, 0)));
  std::memcpy(data, self->input_.data(), taken);
  self->input_ = {};
  return static_cast<int>(taken);
}

long Handshake::bio_control(BIO* bio, int command, long, void* pointer) {
  auto* self = static_cast<Handshake*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return Connection::kMaxDatagramBytes;
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: {
      auto* field = static_cast<timeval*>(pointer);
      if (field->tv_sec != 0) field->tv_sec += kOutOfReach_us / 1'000'000;
      self->timer_set(field);
      return 1;
    }
    default:
      return 0;
  }
}

void Handshake::observe_written(Bytes datagram) {
  RecordHeader header;
  while (read_record_header(datagram, header)) {
    const Bytes record = datagram.first(kRecordHeaderBytes + header.length);
    datagram = datagram.subspan(record.size());
    if (header.epoch == 0) {
      next_plain_sequence_ = std::max(next_plain_sequence_, header.sequence + 1);
      continue;
    }
    next_sequence_ = std::max(next_sequence_, header.sequence + 1);
    if (header.length >= kExplicitNonceBytes) last_nonce_ = load_be64(record.data() + kRecordHeaderBytes);
    if (header.type == ContentType::kHandshake) finished_record_.assign(record.begin(), record.end());
  }
}

std::optional<Handshake::Secrets> Handshake::take_secrets() {
  Secrets secrets;
  if (!derive_record_keys(secrets.records) || !take_over(secrets.records)) return std::nullopt;
  secrets.srtp = export_srtp_keys();
  return secrets;
}

// RFC 5246 section 6.3: the key block of AES_128_GCM is two keys and two implicit nonces, client's first.
bool Handshake::derive_record_keys(RecordLayer& records) {
  std::array<uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master{};
  const size_t master_length = SSL_SESSION_get_master_key(SSL_get_session(ssl_), master.data(), master.size());
  constexpr std::string_view kLabel = "key expansion";
  std::array<uint8_t, kLabel.size() + 64> seed{};
  std::memcpy(seed.data(), kLabel.data(), kLabel.size());
  SSL_get_server_random(ssl_, seed.data() + kLabel.size(), 32);
  SSL_get_client_random(ssl_, seed.data() + kLabel.size() + 32, 32);

  std::array<uint8_t, 40> block{};
  const bool derived = tls12_prf({master.data(), master_length}, seed, block);
  OPENSSL_cleanse(master.data(), master.size());
  if (!derived) return false;
  RecordKey& client = role_ == Role::kClient ? records.local : records.remote;
  RecordKey& server = role_ == Role::kClient ? records.remote : records.local;
  std::memcpy(client.key.data(), block.data(), 16);
  std::memcpy(server.key.data(), block.data() + 16, 16);
  std::memcpy(client.salt.data(), block.data() + 32, 4);
  std::memcpy(server.salt.data(), block.data() + 36, 4);
  OPENSSL_cleanse(block.data(), block.size());
  return true;
}

// Goes on where OpenSSL stopped. Opening the Finished that OpenSSL sealed gives its plain text for repetition, and
// proves that both derive the same keys.
bool Handshake::take_over(RecordLayer& records) {
  records.next_plain_sequence = next_plain_sequence_;
  records.next_sequence = next_sequence_;
  records.next_nonce = last_nonce_ + 1;
  if (finishing_sequence_) records.mark_received(*finishing_sequence_);
  RecordHeader header;
  MutableBytes finished;
  if (!read_record_header(finished_record_, header) ||
      !context_->cipher().open(records.local, header, finished_record_, finished) ||
      finished.size() != records.finished.size()) {
    return false;
  }
  std::memcpy(records.finished.data(), finished.data(), finished.size());
  return true;
}

// RFC 5764 section 4.2: client key, server key, client salt, server salt.
std::optional<SrtpKeys> Handshake::export_srtp_keys() {
  const SRTP_PROTECTION_PROFILE* agreed = SSL_get_selected_srtp_profile(ssl_);
  if (agreed == nullptr) return std::nullopt;
  SrtpKeys keys;
  keys.profile = static_cast<SrtpProfile>(agreed->id);
  const size_t salt_bytes = keys.profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  std::array<uint8_t, 2 * (16 + 14)> material{};
  if (SSL_export_keying_material(ssl_, material.data(), 2 * (16 + salt_bytes), kLabel.data(), kLabel.size(), nullptr, 0,
                                 0) != 1) {
    return std::nullopt;
  }
  SrtpMasterKey& client = role_ == Role::kClient ? keys.local : keys.remote;
  SrtpMasterKey& server = role_ == Role::kClient ? keys.remote : keys.local;
  client.salt_bytes = server.salt_bytes = static_cast<uint8_t>(salt_bytes);
  const uint8_t* at = material.data();
  std::memcpy(client.key.data(), at, 16);
  std::memcpy(server.key.data(), at + 16, 16);
  std::memcpy(client.salt.data(), at + 32, salt_bytes);
  std::memcpy(server.salt.data(), at + 32 + salt_bytes, salt_bytes);
  OPENSSL_cleanse(material.data(), material.size());
  return keys;
}

}  // namespace chroom::dtls
