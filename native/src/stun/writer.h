#pragma once
#include "stun/message.h"

namespace chroom::stun {

// Writes one message into `out`. Attributes come in the order of the calls; finish() closes with MESSAGE-INTEGRITY
// and FINGERPRINT. What does not fit poisons the writer, and finish() says so by returning 0. Never allocates.
// Writes no SOFTWARE attribute.
class Writer {
 public:
  Writer(MutableBytes out, MessageClass message_class, const TransactionId& transaction_id,
         uint16_t method = kBindingMethod);

  Writer& username(Bytes name);
  Writer& priority(uint32_t value);
  Writer& use_candidate();
  Writer& ice_controlled(uint64_t tie_breaker);
  Writer& ice_controlling(uint64_t tie_breaker);
  Writer& xor_mapped_address(const TransportAddress& address);
  // 300 to 699, with the reason phrase of the RFC for the codes of message.h.
  Writer& error_code(uint16_t code);
  Writer& unknown_attribute(uint16_t type);

  // Adds MESSAGE-INTEGRITY (when a key is given) and FINGERPRINT. Length of the message; 0 when `out` was too small.
  size_t finish(const IntegrityKey* key);

 private:
  uint8_t* attribute(AttributeType type, size_t value_length);
  void set_length(size_t message_length);

  MutableBytes out_;
  size_t length_ = 0;
  bool overflowed_ = false;
  TransactionId transaction_id_;
};

}  // namespace chroom::stun
