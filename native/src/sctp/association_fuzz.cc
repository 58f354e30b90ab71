// A whole association against a peer that says anything in any state. The input is a program: each step is one byte of
// operation, then its arguments. Checksums and tags are made right, so that the bytes reach the state machine.
#include <cstdlib>

#include "sctp/dcep.h"
#include "sctp/handcrafted_peer.h"

using namespace chroom;
using namespace chroom::sctp;

namespace {

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = next_++;
  }

 private:
  uint8_t next_ = 1;
};

class Program {
 public:
  explicit Program(Bytes bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  uint8_t byte() {
    if (rest_.empty()) return 0;
    const uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  Bytes bytes(size_t count) {
    const Bytes taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  Bytes rest_;
};

constexpr uint32_t kPeerTsn = HandcraftedPeer::kInitialTsn;
constexpr ChunkType kTypes[] = {ChunkType::kData,         ChunkType::kInit,      ChunkType::kInitAck,
                                ChunkType::kSack,         ChunkType::kHeartbeat, ChunkType::kHeartbeatAck,
                                ChunkType::kShutdown,     ChunkType::kShutdownAck, ChunkType::kError,
                                ChunkType::kCookieEcho,   ChunkType::kCookieAck, ChunkType::kShutdownComplete,
                                ChunkType::kReconfig,     ChunkType::kForwardTsn, ChunkType::kAbort};

// Fields near the live sequence numbers, so that a few random bytes are often meaningful.
std::vector<uint8_t> plausible_chunk(Program& program, const HandcraftedPeer& peer) {
  const uint8_t kind = program.byte();
  const uint32_t a = program.byte();
  const uint32_t b = program.byte();
  const uint32_t c = program.byte();
  switch (kind % 6) {
    case 0: {
      const std::vector<uint8_t> body(1 + c * 4, static_cast<uint8_t>(kind));
      return raw_data_chunk(kPeerTsn + a, static_cast<uint16_t>(b & 7), static_cast<uint16_t>(b >> 3),
                            kPpidBinary + (c & 7), static_cast<uint8_t>(kind >> 4), body);
    }
    case 1: return raw_chunk(ChunkType::kSack, 0, be_words({peer.target_initial_tsn + a - 1, b << 12, c % 2 << 16, (c & 15) << 16 | ((c >> 4) + (c & 15))}));
    case 2: return raw_chunk(ChunkType::kForwardTsn, 0, be_words({kPeerTsn + a, (b & 7) << 16 | c}));
    case 3: return raw_chunk(ChunkType::kReconfig, 0, be_words({0x000D0014, kPeerTsn + a, 0, kPeerTsn + b, c << 16 | (c + 1)}));
    case 4: return raw_chunk(ChunkType::kReconfig, 0, be_words({0x0010000C, peer.target_initial_tsn + a, b}));
    default: {
      const ChannelParameters parameters{.label = "l", .ordered = (c & 1) != 0, .max_retransmits = c & 2 ? std::optional<uint32_t>(c >> 2) : std::nullopt};
      return raw_data_chunk(kPeerTsn + a, static_cast<uint16_t>(b), static_cast<uint16_t>(c >> 4), kPpidDcep,
                            kDataFlagBegin | kDataFlagEnd, c & 4 ? write_channel_ack() : write_channel_open(parameters));
    }
  }
}

void drain(Association& association, HandcraftedPeer& peer) {
  static_cast<void>(peer.collect());
  while (association.poll_event()) {
  }
}

void local_step(Association& association, HandcraftedPeer& peer, uint8_t kind, uint8_t argument) {
  const std::vector<uint8_t> body(size_t{argument} * argument, argument);
  switch (kind % 6) {
    case 0:
      static_cast<void>(association.open_channel(
          {.label = "o", .ordered = (argument & 1) != 0,
           .max_retransmits = argument & 2 ? std::optional<uint32_t>(argument >> 4) : std::nullopt,
           .max_lifetime_ms = (argument & 6) == 4 ? std::optional<uint32_t>(argument) : std::nullopt},
          peer.now));
      break;
    case 1: static_cast<void>(association.close_channel(argument & 7, peer.now)); break;
    case 2:
    case 3: static_cast<void>(association.send(argument & 7, kPpidBinary, body, peer.now)); break;
    case 4: association.set_buffered_low_threshold(argument & 7, argument); break;
    default:
      if (argument == 77) association.shutdown(peer.now);
      if (argument == 78) association.abort("fuzz", peer.now);
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  Program program(Bytes(data, size));
  Config config;
  config.receive_window_bytes = 32 * 1024;
  config.max_incoming_message_bytes = 16 * 1024;
  config.send_buffer_bytes = 128 * 1024;
  config.max_channels = 16;
  CountingRandom random;
  Association association(config, random);
  HandcraftedPeer peer(association);
  const uint8_t start = program.byte();
  if (start % 4 == 0) association.connect(peer.now);
  if (start % 4 >= 2 && !peer.establish()) std::abort();
  if (start % 4 == 1) peer.request_cookie();
  while (!program.done()) {
    const uint8_t step = program.byte();
    switch (step % 6) {
      case 0: {
        const ChunkType type = kTypes[program.byte() % std::size(kTypes)];
        const uint8_t flags = program.byte();
        peer.deliver({raw_chunk(type, flags, program.bytes(program.byte()))}, type == ChunkType::kInit ? 0 : peer.target_tag);
        break;
      }
      case 1: peer.deliver({plausible_chunk(program, peer), plausible_chunk(program, peer)}); break;
      case 2: peer.deliver({plausible_chunk(program, peer)}); break;
      case 3: {
        const uint8_t kind = program.byte();
        local_step(association, peer, kind, program.byte());
        break;
      }
      case 4: {
        const auto wait = std::chrono::milliseconds(uint32_t{program.byte()} * program.byte());
        peer.now += wait;
        if (association.next_deadline() <= peer.now) association.on_timeout(peer.now);
        break;
      }
      default: {
        const auto raw = program.bytes(program.byte());
        peer.deliver({{raw.begin(), raw.end()}});
        break;
      }
    }
    if ((step & 0x80) == 0) drain(association, peer);
  }
  // Whatever happened, time alone ends all work: no deadline lies in the past, no packet is produced for ever.
  drain(association, peer);
  for (int i = 0; i < 300 && association.next_deadline() != kNever; ++i) {
    if (association.next_deadline() > peer.now) peer.now = association.next_deadline();
    association.on_timeout(peer.now);
    drain(association, peer);
  }
  if (association.next_deadline() != kNever) std::abort();
  return 0;
}
