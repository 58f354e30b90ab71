#pragma once
#include <cstdint>
#include <vector>

#include "sctp/packet_writer.h"

namespace chroom::sctp {

// Which TSNs of the peer have arrived: the cumulative point and the ranges above it (RFC 9260, section 6.2). Bounded:
// kMaxRanges holes, kMaxAhead TSNs (a gap block's offset has 16 bits), kMaxDuplicates reported duplicates.
class ReceivedTsns {
 public:
  static constexpr size_t kMaxRanges = 256;
  static constexpr uint32_t kMaxAhead = 0xFFFF;
  static constexpr size_t kMaxDuplicates = 16;

  enum class Verdict : uint8_t { kNew, kDuplicate, kOutOfWindow };

  ReceivedTsns() = default;
  explicit ReceivedTsns(uint32_t initial_tsn) : cumulative_(initial_tsn - 1) {}

  // Says what add() would meet; changes nothing.
  Verdict classify(uint32_t tsn) const;
  // `tsn` was classified as new.
  void add(uint32_t tsn);
  void note_duplicate(uint32_t tsn);
  // The peer gave up on everything up to `tsn` (RFC 3758, section 3.6). False if that is not ahead of us.
  bool skip_to(uint32_t tsn);

  uint32_t cumulative() const { return cumulative_; }
  bool has_gaps() const { return !ranges_.empty(); }
  size_t range_count() const { return ranges_.size(); }
  // Writes a SACK with as many blocks and duplicates as fit, and forgets the duplicates. False if none fits.
  bool write_sack(PacketWriter& packet, uint32_t window_bytes);

 private:
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  size_t first_range_ending_at_or_after(uint32_t tsn) const;
  void absorb_front();

  uint32_t cumulative_ = 0;
  std::vector<Range> ranges_;  // Ascending, disjoint, not adjacent, all beyond cumulative_ + 1.
  std::vector<uint32_t> duplicates_;
};

}  // namespace chroom::sctp
