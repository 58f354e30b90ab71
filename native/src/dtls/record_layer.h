#pragma once
#include <array>
#include <cstdint>

#include "dtls/record_cipher.h"
#include "vocabulary/bytes.h"

namespace chroom::dtls {

// What is left of a DTLS 1.2 connection when the handshake is over: two keys, two counters and a replay window. Starts
// where OpenSSL stopped, so that no sequence number and no nonce is used twice.
struct RecordLayer {
  RecordKey local;
  RecordKey remote;
  uint64_t next_sequence = 0;        // of epoch 1
  uint64_t next_plain_sequence = 0;  // of epoch 0, for a repeated ChangeCipherSpec
  uint64_t next_nonce = 0;           // explicit part
  uint64_t newest_received = 0;      // epoch 1
  uint64_t received_window = 0;      // bit i: newest_received - i has been seen
  bool received_any = false;
  uint8_t final_flight_repeats = 0;
  uint8_t alerts_sent = 0;
  // The Finished message of our last flight as sent (server only): 12 bytes header, 12 verify_data.
  std::array<uint8_t, 24> finished{};

  bool replayed(uint64_t sequence) const;
  void mark_received(uint64_t sequence);
  size_t seal(RecordCipher& cipher, ContentType type, Bytes content, MutableBytes out);
};

}  // namespace chroom::dtls
