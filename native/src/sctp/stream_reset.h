#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sctp/packet_reader.h"
#include "sctp/packet_writer.h"

namespace chroom::sctp {

// Stream re-configuration (RFC 6525) as data channels use it: our outgoing reset requests, one at a time, and answers
// to the peer's requests. Other request types are denied; adding streams too, since INIT announced all that we take.
class StreamReset {
 public:
  StreamReset() = default;
  // Request numbers start at each side's initial TSN (RFC 6525, section 4.1). `granted_streams` were announced in INIT.
  StreamReset(uint32_t local_initial_tsn, uint32_t peer_initial_tsn, uint16_t granted_streams)
      : next_request_(local_initial_tsn), expected_request_(peer_initial_tsn), granted_streams_(granted_streams) {}

  struct Outcome {
    std::vector<uint16_t> reset_by_peer;  // The peer's outgoing side starts again at SSN 0.
    bool all_reset_by_peer = false;
    std::vector<uint16_t> finished;       // Ours: the peer has done what we asked, or never will.
    bool answered = false;                // The peer reacted to our request.
  };
  // `cumulative_tsn` tells whether all data before the peer's reset has come; if not, the reset waits for it.
  Outcome on_reconfig(const Chunk& chunk, uint32_t cumulative_tsn);
  Outcome on_cumulative_tsn(uint32_t cumulative_tsn);

  bool has_deferred() const { return deferred_.has_value(); }
  bool request_pending() const { return !requested_.empty(); }
  // Precondition: no request is pending; `streams` is not empty.
  void request(std::vector<uint16_t> streams, uint32_t last_assigned_tsn);
  void repeat_request() { request_due_ = request_pending(); }

  bool has_output() const { return request_due_ || response_count_ > 0; }
  // Writes what is due and fits; true if our request was written.
  bool write(PacketWriter& packet);

 private:
  enum class ResultCode : uint32_t {
    kNothingToDo = 0,
    kPerformed = 1,
    kDenied = 2,
    kAlreadyInProgress = 4,
    kBadSequenceNumber = 5,
    kInProgress = 6,
  };
  struct Response {
    uint32_t request;
    ResultCode code;
  };
  struct DeferredReset {
    uint32_t request;
    uint32_t last_tsn;
    std::vector<uint16_t> streams;
  };
  static constexpr size_t kMaxResponses = 2;

  void on_response(Bytes value, Outcome& outcome);
  void on_request(const Parameter& parameter, uint32_t cumulative_tsn, Outcome& outcome);
  ResultCode on_outgoing_reset(uint32_t request, Bytes value, uint32_t cumulative_tsn, Outcome& outcome);
  void respond(Response response);
  static void perform(std::vector<uint16_t> streams, Outcome& outcome);

  uint32_t next_request_ = 0;
  uint32_t expected_request_ = 0;
  uint16_t granted_streams_ = 0;
  std::vector<uint16_t> requested_;
  uint32_t requested_last_tsn_ = 0;
  bool request_due_ = false;
  Response last_response_{0, ResultCode::kBadSequenceNumber};
  std::optional<DeferredReset> deferred_;
  Response responses_[kMaxResponses];
  uint8_t response_count_ = 0;
};

}  // namespace chroom::sctp
