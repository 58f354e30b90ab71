#pragma once
#include <atomic>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "buffer/packet_pool.h"
#include "streams/receive_stream.h"

namespace chroom::router {

// What one worker tells another about a room that both have sessions of. `track` is the publication's key, the same on
// all workers.
struct LinkMessage {
  enum class Kind : uint8_t {
    // From the publisher's worker:
    kPacket,     // `packet`, decrypted and described; `resent`: asked for by kNack
    kActive,     // `mask`: the encodings (by index) that may be chosen
    kMuted,      // `muted`
    kClock,      // `clock` of `encoding`
    kRestarted,  // `encoding` has a new SSRC: its numbers begin again
    kEnded,      // nothing comes any more
    // From a receivers' worker:
    kWant,       // somebody subscribed: `mask` of the encodings to pass on
    kInterest,   // the same, changed
    kUnwant,     // the last subscription ended
    kKeyFrame,   // of `encoding`
    kNack,       // `sequences` of `encoding`, the first `count`
    // Between the participants of a room (`track` is the room's key):
    kData,       // `data`, rewritten by the sender's worker; `reliable`
  };
  // Longer lists go as several messages.
  static constexpr size_t kMaxSequences = 12;

  Kind kind = Kind::kPacket;
  uint8_t encoding = 0;
  uint8_t mask = 0;
  uint8_t count = 0;
  bool resent = false;
  bool muted = false;
  bool reliable = false;
  uint64_t track = 0;
  buffer::PacketRef packet;
  std::shared_ptr<const std::vector<uint8_t>> data;
  union {
    streams::SenderClock clock{};
    std::array<uint16_t, kMaxSequences> sequences;
  };
};

// One direction between two workers: a ring with one producing and one consuming thread, neither of which ever waits.
// Messages are written as they arise and become visible together, by publish().
//
// Whose packet it is: a reference in the ring belongs to the producer, whose pool the slot is of, like its reference in
// the history. The consumer reads packet and descriptor inside drain() (and copies them into a slot of its own, which
// its receivers share); it never copies, keeps or drops the reference. By advancing `head_` it says that it has done
// with the messages before; only then the producer drops their references, on its own thread. So counts stay plain
// integers, a slot is only ever written while its owner alone can see it, and no slot travels back. Nobody edits a packet
// once it was passed on (its descriptor included).
//
// The memory comes with the first message, which control sends; the packet path allocates nothing.
class WorkerLink {
 public:
  static constexpr size_t kCapacity = 4096;
  // Packets, data and feedback are refused when only this is left: it is for what must arrive.
  static constexpr size_t kReserve = 1024;
  // Bytes of data messages under way; as for packets, what is more is refused.
  static constexpr size_t kMaxDataBytes = 4 << 20;

  // ---- producer ----
  // False: full, nothing was taken.
  bool try_push(LinkMessage&& message);
  // Takes it always: while the ring is full it waits here, and what is refused meanwhile cannot overtake it. Only for
  // what commands lead to, which bounds it.
  void push(LinkMessage&& message);
  // Makes what was pushed visible. True: there was something, the consumer may have to be woken.
  bool publish();
  // Lets go of everything, read or not. Only when neither side works any more.
  void clear();

  // ---- consumer ----
  bool has_news() const { return head_.load(std::memory_order_relaxed) != tail_.load(std::memory_order_seq_cst); }
  // take(LinkMessage&) for at most `most` messages. True: more are waiting.
  template <typename Take>
  bool drain(size_t most, Take&& take) {
    const uint64_t tail = tail_.load(std::memory_order_acquire);
    uint64_t head = head_.load(std::memory_order_relaxed);
    const uint64_t end = tail - head > most ? head + most : tail;
    if (head == end) return false;
    for (; head != end; ++head) {
      if (head + 1 != end) slot(head + 1).packet.prefetch();
      take(slot(head));
    }
    head_.store(head, std::memory_order_release);
    return head != tail;
  }

 private:
  LinkMessage& slot(uint64_t at) { return slots_[at % kCapacity]; }
  size_t room() const { return kCapacity - static_cast<size_t>(written_ - reclaimed_); }
  void reclaim();
  void put(LinkMessage&& message);

  std::unique_ptr<LinkMessage[]> slots_;
  alignas(64) std::atomic<uint64_t> head_{0};  // consumer's: everything before is done with
  alignas(64) std::atomic<uint64_t> tail_{0};  // producer's: everything before may be read
  // Producer's.
  uint64_t written_ = 0;
  uint64_t reclaimed_ = 0;
  size_t data_bytes_ = 0;
  std::deque<LinkMessage> waiting_;
};

}  // namespace chroom::router
