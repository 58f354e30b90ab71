#include "sctp/stream_reset.h"

#include <utility>

namespace chroom::sctp {
namespace {

constexpr size_t kOutgoingResetFixedBytes = 12;
constexpr size_t kResponseBytes = 8;

}  // namespace

StreamReset::Outcome StreamReset::on_reconfig(const Chunk& chunk, uint32_t cumulative_tsn) {
  Outcome outcome;
  ParameterCursor cursor(chunk.value);
  // RFC 6525, section 3.1: at most two parameters.
  for (int i = 0; i < 2; ++i) {
    const auto item = cursor.next();
    if (!item) break;
    if (item->type == parameter::kReconfigResponse) {
      on_response(item->value, outcome);
    } else {
      on_request(*item, cumulative_tsn, outcome);
    }
  }
  return outcome;
}

StreamReset::Outcome StreamReset::on_cumulative_tsn(uint32_t cumulative_tsn) {
  Outcome outcome;
  if (!deferred_ || tsn_after(deferred_->last_tsn, cumulative_tsn)) return outcome;
  last_response_ = {deferred_->request, ResultCode::kPerformed};
  perform(std::move(deferred_->streams), outcome);
  deferred_.reset();
  respond(last_response_);
  return outcome;
}

void StreamReset::request(std::vector<uint16_t> streams, uint32_t last_assigned_tsn) {
  requested_ = std::move(streams);
  requested_last_tsn_ = last_assigned_tsn;
  request_due_ = true;
}

bool StreamReset::write(PacketWriter& packet) {
  while (response_count_ > 0 && packet.room() >= kChunkHeaderBytes + kParameterHeaderBytes + kResponseBytes) {
    uint8_t* p = packet.add_chunk(ChunkType::kReconfig, 0, kParameterHeaderBytes + kResponseBytes).data();
    store_be16(p, parameter::kReconfigResponse);
    store_be16(p + 2, kParameterHeaderBytes + kResponseBytes);
    store_be32(p + 4, responses_[0].request);
    store_be32(p + 8, static_cast<uint32_t>(responses_[0].code));
    responses_[0] = responses_[1];
    --response_count_;
  }
  if (!request_due_) return false;
  const size_t parameter_bytes = kParameterHeaderBytes + kOutgoingResetFixedBytes + requested_.size() * 2;
  if (packet.room() < padded_to_4(kChunkHeaderBytes + parameter_bytes)) return false;
  uint8_t* p = packet.add_chunk(ChunkType::kReconfig, 0, parameter_bytes).data();
  store_be16(p, parameter::kOutgoingReset);
  store_be16(p + 2, static_cast<uint16_t>(parameter_bytes));
  store_be32(p + 4, next_request_);
  store_be32(p + 8, expected_request_ - 1);
  store_be32(p + 12, requested_last_tsn_);
  for (size_t i = 0; i < requested_.size(); ++i) store_be16(p + 16 + i * 2, requested_[i]);
  request_due_ = false;
  return true;
}

void StreamReset::on_response(Bytes value, Outcome& outcome) {
  if (value.size() < kResponseBytes || !request_pending() || load_be32(value.data()) != next_request_) return;
  outcome.answered = true;
  if (load_be32(value.data() + 4) == static_cast<uint32_t>(ResultCode::kInProgress)) return;  // Asked again later.
  // A refusal will not change by asking again; the channel ends on our side all the same.
  outcome.finished = std::exchange(requested_, {});
  request_due_ = false;
  ++next_request_;
}

void StreamReset::on_request(const Parameter& item, uint32_t cumulative_tsn, Outcome& outcome) {
  if (item.value.size() < 4) return;
  const uint32_t request = load_be32(item.value.data());
  if (request == expected_request_ - 1 && last_response_.request == request) {
    respond(last_response_);  // Our answer was lost.
    return;
  }
  if (request != expected_request_) {
    respond({request, ResultCode::kBadSequenceNumber});
    return;
  }
  ResultCode code = ResultCode::kDenied;
  if (deferred_) {
    respond({request, ResultCode::kAlreadyInProgress});
    return;
  }
  if (item.type == parameter::kOutgoingReset) code = on_outgoing_reset(request, item.value, cumulative_tsn, outcome);
  ++expected_request_;
  last_response_ = {request, code};
  respond(last_response_);
}

StreamReset::ResultCode StreamReset::on_outgoing_reset(uint32_t request, Bytes value, uint32_t cumulative_tsn,
                                                       Outcome& outcome) {
  if (value.size() < kOutgoingResetFixedBytes || (value.size() - kOutgoingResetFixedBytes) % 2 != 0) {
    return ResultCode::kDenied;
  }
  const uint32_t last_tsn = load_be32(value.data() + 8);
  std::vector<uint16_t> streams;
  for (size_t at = kOutgoingResetFixedBytes; at < value.size(); at += 2) {
    const uint16_t id = load_be16(value.data() + at);
    if (id >= granted_streams_) return ResultCode::kDenied;
    streams.push_back(id);
  }
  if (tsn_after(last_tsn, cumulative_tsn)) {
    deferred_ = DeferredReset{request, last_tsn, std::move(streams)};
    return ResultCode::kInProgress;
  }
  perform(std::move(streams), outcome);
  return ResultCode::kPerformed;
}

void StreamReset::respond(Response response) {
  if (response_count_ == kMaxResponses) return;  // The peer asks again.
  responses_[response_count_++] = response;
}

void StreamReset::perform(std::vector<uint16_t> streams, Outcome& outcome) {
  if (streams.empty()) outcome.all_reset_by_peer = true;
  outcome.reset_by_peer = std::move(streams);
}

}  // namespace chroom::sctp
