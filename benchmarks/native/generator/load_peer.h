#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "congestion/feedback_generator.h"
#include "engine/system_random.h"
#include "generator/load_socket.h"
#include "generator/published_stream.h"
#include "generator/received_stream.h"
#include "session/transport.h"

namespace chroom::load {

// The one SRTP profile that a peer offers.
enum class Cipher : uint8_t { kGcm, kCmSha1 };

// What all peers of the process share: one certificate, one set of buffers.
struct Workshop {
  Workshop();

  session::Workplace& workplace_for(Cipher cipher) { return cipher == Cipher::kGcm ? gcm_workplace : cm_workplace; }

  std::unique_ptr<const dtls::Identity> identity;
  std::unique_ptr<dtls::Context> gcm_dtls;
  std::unique_ptr<dtls::Context> cm_dtls;
  engine::SystemRandom random;
  metering::Counters counters;
  session::Outbox outbox;
  session::Workplace gcm_workplace;
  session::Workplace cm_workplace;
  Inbox inbox;
  Tally tally;
  std::string local_address = "127.0.0.1";  // of peers that are made from now on
  // Every how many packets of a receiver that are read whole one is decrypted and looked at.
  uint32_t open_every = 16;
};

// One participant as a browser would be: controls ICE, is the DTLS client, publishes and receives streams, and sends
// feedback: transport-wide feedback every 100 ms, reports every second, consent checks every 2.5 s.
class LoadPeer {
 public:
  static constexpr Duration kConsentInterval = std::chrono::milliseconds(2500);
  static constexpr Duration kReportInterval = std::chrono::seconds(1);

  LoadPeer(Workshop& workshop, Cipher cipher);

  struct Remote {
    ice::Credentials ice;
    std::string fingerprint;  // sha-256
    TransportAddress candidate;
    bool data_channels = false;
  };
  // kInvalidArgument when the node's parameters cannot be used.
  Result<void> connect(const Remote& remote, Instant now);
  void publish(const PublishedStream::Parameters& parameters) { published_.push_back(std::make_unique<PublishedStream>(parameters)); }
  void receive(uint32_t ssrc, uint32_t clock_rate, uint8_t transport_cc_id);

  const TransportAddress& local_address() const { return socket_.local(); }
  const ice::Credentials& local_ice() const { return transport_.local_ice(); }
  bool connected() const { return transport_.state() == session::TransportState::kConnected; }
  bool failed() const { return transport_.state() == session::TransportState::kFailed; }
  // Connected, and where data channels were asked for, with all three of them open.
  bool ready() const { return connected() && open_channels_ == wanted_channels_; }
  std::span<const std::unique_ptr<PublishedStream>> published() const { return published_; }
  void stamp(bool on) { socket_.stamp(on); }

  // Takes some of what has come, runs timers, sends what is due. How many datagrams came.
  size_t pump(Reading reading, Instant now);
  // One frame of one of its published streams, each packet on its way before the next is made, or all in one piece. How
  // many packets that were.
  size_t send_frame(PublishedStream& stream, const FrameShape& shape, bool as_one_run, Instant now);

  uint64_t received_packets() const;
  int64_t missing_packets() const;

 private:
  void take(const Arrival& arrival, Instant now);
  // Peers that are not quite ICE-lite check the path as well, whatever role they take. False when it is no request.
  bool answer_check(Bytes datagram);
  void take_rtp(const Arrival& arrival, Instant now);
  void take_rtcp(MutableBytes datagram, Instant now);
  void look_into(const Arrival& arrival, const rtp::Header& header);
  ReceivedStream* stream_of(uint32_t ssrc);
  void want_key_frame(uint32_t ssrc);
  void send_feedback(Instant now);
  void send_reports(Instant now);
  void send_rtcp(MutableBytes buffer, size_t length);
  void open_channels(Instant now);
  void flush();

  Workshop& workshop_;  // borrowed
  LoadSocket socket_;
  TransportAddress remote_;
  session::Transport transport_;
  size_t wanted_channels_ = 0;
  size_t open_channels_ = 0;
  bool channels_asked_ = false;

  std::vector<std::unique_ptr<PublishedStream>> published_;
  uint16_t transport_sequence_ = 0;

  std::vector<ReceivedStream> received_;
  size_t last_stream_ = 0;
  uint8_t transport_cc_id_ = 0;
  uint32_t until_opened_ = 1;
  std::optional<congestion::FeedbackGenerator> feedback_;
  Instant next_report_ = kNever;
};

}  // namespace chroom::load
