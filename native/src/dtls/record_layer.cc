#include "dtls/record_layer.h"

namespace chroom::dtls {
namespace {

constexpr uint64_t kWindowRecords = 64;  // RFC 6347 section 4.1.2.6

}  // namespace

bool RecordLayer::replayed(uint64_t sequence) const {
  if (!received_any || sequence > newest_received) return false;
  const uint64_t age = newest_received - sequence;
  return age >= kWindowRecords || (received_window >> age & 1) != 0;
}

void RecordLayer::mark_received(uint64_t sequence) {
  if (!received_any) {
    received_any = true;
    newest_received = sequence;
    received_window = 1;
    return;
  }
  if (sequence > newest_received) {
    const uint64_t step = sequence - newest_received;
    received_window = step >= kWindowRecords ? 1 : received_window << step | 1;
    newest_received = sequence;
    return;
  }
  received_window |= uint64_t{1} << (newest_received - sequence);
}

size_t RecordLayer::seal(RecordCipher& cipher, ContentType type, Bytes content, MutableBytes out) {
  // 2^48 records of one epoch would take years; the connection is silent rather than insecure afterwards.
  if (next_sequence >> 48 != 0) return 0;
  const size_t length = cipher.seal(local, type, next_sequence, next_nonce, content, out);
  if (length > 0) {
    ++next_sequence;
    ++next_nonce;
  }
  return length;
}

}  // namespace chroom::dtls
