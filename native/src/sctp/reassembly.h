#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "sctp/chunks.h"
#include "sctp/fifo.h"

namespace chroom::sctp {

struct AssembledMessage {
  uint16_t stream_id = 0;
  uint32_t ppid = 0;
  std::vector<uint8_t> bytes;
};

// Joins fragments and puts ordered messages in order (RFC 9260, sections 6.5, 6.6 and 6.9). Fragments of one message
// have consecutive TSNs, so partial messages are kept as runs that grow in place; in-order data is copied once.
// The caller has removed duplicate TSNs and enforces the bound by buffered_bytes().
class Reassembly {
 public:
  // Book-keeping cost of a kept run or message, so that tiny chunks cannot take more memory than the window says.
  static constexpr size_t kOverheadBytes = 96;

  explicit Reassembly(size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // False when a message outgrew the limit; the association cannot go on then.
  bool add(const DataChunk& chunk);
  // Everything up to `cumulative_tsn` arrived or was skipped: partial messages that can never be completed are dropped.
  void prune(uint32_t cumulative_tsn);
  // The peer skipped ordered messages of a stream up to and including `ssn`.
  void skip_ordered(uint16_t stream_id, uint16_t ssn);
  // The peer starts the stream again at SSN 0 (RFC 6525, section 5.2.2).
  void reset_stream(uint16_t stream_id);
  void reset_all_streams();

  bool has_ready() const { return !ready_.empty(); }
  AssembledMessage take_ready() { return ready_.pop_front(); }
  // Held fragments and messages that wait for their turn, with overhead. Ready messages are the caller's.
  size_t buffered_bytes() const { return buffered_bytes_; }
  size_t stream_count() const { return streams_.size(); }

 private:
  struct Run {
    uint32_t next_tsn;
    uint16_t stream_id;
    uint16_t ssn;
    uint32_t ppid;
    bool unordered;
    bool begins;
    bool ends;
    std::vector<uint8_t> bytes;
  };
  struct InTsnOrder {
    bool operator()(uint32_t a, uint32_t b) const { return tsn_after(b, a); }
  };
  struct InSsnOrder {
    bool operator()(uint16_t a, uint16_t b) const { return ssn_after(b, a); }
  };
  struct Stream {
    uint16_t id;
    uint16_t next_ssn = 0;
    std::map<uint16_t, AssembledMessage, InSsnOrder> waiting;
  };
  using Runs = std::map<uint32_t, Run, InTsnOrder>;

  bool add_fragment(const DataChunk& chunk);
  void deliver(bool unordered, uint16_t ssn, AssembledMessage message);
  void deliver_waiting(Stream& stream);
  void drop_waiting(Stream& stream);
  void erase_run(Runs::iterator run);
  Stream& stream(uint16_t id);
  Stream* find_stream(uint16_t id);

  size_t max_message_bytes_;
  size_t buffered_bytes_ = 0;
  Runs runs_;                    // By first TSN; all within a gap block's reach of the cumulative TSN.
  std::vector<Stream> streams_;  // By id; only those with ordered traffic.
  Fifo<AssembledMessage> ready_;
};

}  // namespace chroom::sctp
