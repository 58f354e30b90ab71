// The load generator: participants like browsers, each with a socket, ICE, DTLS and SRTP of its own, driven by lines on
// standard input and answering each with one line of JSON on standard output:
//
//   peers count=N [srtp=gcm|cm] [address=127.0.0.1]    -> {"peers":[{"ufrag","pwd","port"}..],"fingerprint"}    numbered from 0
//   connect peer=I ufrag= pwd= fingerprint= address= port= [channels=1]    -> {"ok":true}
//   publish peer=I ssrc= pt= [audio=1] [twcc=ID] [ast=ID] [level=ID] [fps= packets= bytes=]    -> {"ok":true}
//   receive peer=I ssrc= [clock=90000] [twcc=ID]                           -> {"ok":true}
//   ready [seconds=30]                     -> {"ready":N,"failed":N} when all connected peers are, or time is up
//   run seconds= [fps= packets= bytes=] [burst=run|packets] [stamp=1] [open-every=16] [rest-us=200]    -> {"run":{...}}
//   quit
//
// fps, packets and bytes of a publication hold for every run; a run's are for the streams that have none of their own.
// What is wrong is answered with {"error":{"code","message"}}. Between lines all peers keep their connections alive.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include "engine/clock.h"
#include "generator/load_peer.h"
#include "generator/load_run.h"
#include "generator/order.h"

namespace chroom::load {
namespace {

using engine::monotonic_now;

constexpr size_t kMaxPeers = 20'000;
// Rest between two empty rounds over all sockets outside of runs: while peers connect, and while nothing but upkeep does.
constexpr Duration kShortRest{30};
constexpr Duration kLongRest{1000};
// Of the rounds over all sockets during a run, one of so many reads a socket's datagrams whole; which one differs from
// socket to socket.
constexpr uint32_t kReadWholeEvery = 4;

constexpr const char* kShapeExpected = "expected fps above 0, packets=1..64 and bytes up to 1400";

std::optional<FrameShape> shape_of(const Order& order) {
  const FrameShape shape{order.number("fps", 30), static_cast<size_t>(order.number("packets", 8)),
                         static_cast<size_t>(order.number("bytes", 1200))};
  const bool possible = shape.frames_per_second > 0 && shape.packets >= 1 && shape.packets <= PublishedStream::kMaxPackets &&
                        shape.packet_bytes <= PublishedStream::kMaxPacketBytes;
  return possible ? std::optional(shape) : std::nullopt;
}

class Desk {
 public:
  int serve();

 private:
  void obey(Order order);
  void add_peers(Order& order);
  void connect(Order& order);
  void publish(Order& order);
  void receive(Order& order);
  void run(Order& order);
  LoadPeer* peer_of(Order& order);
  void turn();
  bool pump_all(Instant now);
  void finish_waiting(Instant now);
  bool read_lines();

  static void answer(const std::string& line) { std::printf("%s\n", line.c_str()); }
  static void refuse(const char* code, const std::string& message) {
    answer(std::string("{\"error\":{\"code\":\"") + code + "\",\"message\":\"" + message + "\"}}");
  }

  Workshop workshop_;
  std::vector<std::unique_ptr<LoadPeer>> peers_;
  std::vector<LoadPeer*> connecting_;
  std::optional<LoadRun> run_;
  std::optional<Instant> ready_until_;
  std::string unread_;
  uint32_t read_whole_every_ = 1;
  size_t round_ = 0;
  Instant next_round_{};
  bool over_ = false;
};

int Desk::serve() {
  while (!over_) {
    turn();
    const Instant now = monotonic_now();
    finish_waiting(now);
    if (!run_ && !ready_until_ && !read_lines()) break;
    std::fflush(stdout);
  }
  return 0;
}

void Desk::turn() {
  Instant now = monotonic_now();
  if (now < next_round_) {
    if (run_) run_->beat(now);
  } else {
    const Duration rest = run_ ? run_->rest() : ready_until_ ? kShortRest : kLongRest;
    next_round_ = pump_all(now) ? now : now + rest;
  }
  now = monotonic_now();
  Duration rest = next_round_ - now;
  if (run_ && run_->next_beat() != kNever) rest = std::min(rest, run_->next_beat() - now);
  if (rest <= Duration(5)) return;
  const timespec time{0, rest.count() * 1000};
  nanosleep(&time, nullptr);
}

// One round over all sockets. True: the next one should follow at once.
bool Desk::pump_all(Instant now) {
  size_t received = 0;
  size_t most = 0;
  ++round_;
  for (size_t i = 0; i < peers_.size(); ++i) {
    const bool whole = !run_ || (i + round_) % read_whole_every_ == 0;
    const size_t datagrams = peers_[i]->pump(whole ? Reading::kWhole : Reading::kHeads, now);
    received += datagrams;
    most = std::max(most, datagrams);
    if (datagrams > 0 || run_) now = monotonic_now();
    if (!run_) continue;
    run_->count_received(datagrams, now);
    run_->beat(now);
  }
  return run_ ? most == Inbox::kMessages : received > 0;
}

void Desk::finish_waiting(Instant now) {
  if (run_ && run_->finished(now)) {
    run_->report(now);
    run_.reset();
  }
  if (!ready_until_) return;
  size_t ready = 0;
  size_t failed = 0;
  for (const LoadPeer* peer : connecting_) {
    ready += peer->ready();
    failed += peer->failed();
  }
  if (ready + failed < connecting_.size() && now < *ready_until_) return;
  ready_until_.reset();
  answer("{\"ready\":" + std::to_string(ready) + ",\"failed\":" + std::to_string(failed) + "}");
}

// False at the end of input.
bool Desk::read_lines() {
  for (;;) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      obey(Order(line));
      if (run_ || ready_until_ || over_) return true;
      continue;
    }
    char buffer[65536];
    const ssize_t bytes = read(STDIN_FILENO, buffer, sizeof buffer);
    if (bytes == 0) return false;
    if (bytes < 0) return true;  // nothing yet
    unread_.append(buffer, static_cast<size_t>(bytes));
  }
}

void Desk::obey(Order order) {
  if (order.verb() == "peers") return add_peers(order);
  if (order.verb() == "connect") return connect(order);
  if (order.verb() == "publish") return publish(order);
  if (order.verb() == "receive") return receive(order);
  if (order.verb() == "run") return run(order);
  if (order.verb() == "ready") {
    ready_until_ = monotonic_now() + Duration(static_cast<int64_t>(order.number("seconds", 30) * 1e6));
    return;
  }
  if (order.verb() == "quit") {
    over_ = true;
    return;
  }
  refuse("VERB_UNKNOWN", "expected peers, connect, publish, receive, ready, run or quit, received " + order.verb());
}

void Desk::add_peers(Order& order) {
  const auto count = static_cast<size_t>(order.number("count"));
  const Cipher cipher = order.text("srtp", "gcm") == "cm" ? Cipher::kCmSha1 : Cipher::kGcm;
  if (!order.missing().empty() || peers_.size() + count > kMaxPeers) {
    return refuse("INVALID_ARGUMENT", "peers: expected count=1.." + std::to_string(kMaxPeers - peers_.size()));
  }
  workshop_.local_address = order.text("address", "127.0.0.1");
  if (!net::parse_address(workshop_.local_address, 0)) return refuse("INVALID_ARGUMENT", "peers: expected an IP literal for address");
  std::string line = "{\"fingerprint\":\"" + workshop_.identity->fingerprint().value() + "\",\"peers\":[";
  for (size_t i = 0; i < count; ++i) {
    peers_.push_back(std::make_unique<LoadPeer>(workshop_, cipher));
    const ice::Credentials& ice = peers_.back()->local_ice();
    line += std::string(i ? "," : "") + "{\"ufrag\":\"" + ice.username_fragment + "\",\"pwd\":\"" + ice.password +
            "\",\"port\":" + std::to_string(peers_.back()->local_address().port) + "}";
  }
  answer(line + "]}");
}

LoadPeer* Desk::peer_of(Order& order) {
  const auto index = static_cast<size_t>(order.number("peer"));
  if (order.missing().empty() && index < peers_.size()) return peers_[index].get();
  refuse("PEER_UNKNOWN", order.verb() + ": expected peer=0.." + std::to_string(peers_.size()) + " (exclusive)");
  return nullptr;
}

void Desk::connect(Order& order) {
  LoadPeer* peer = peer_of(order);
  if (peer == nullptr) return;
  LoadPeer::Remote remote;
  remote.ice = {order.text("ufrag"), order.text("pwd")};
  remote.fingerprint = order.text("fingerprint");
  remote.data_channels = order.number("channels", 0) != 0;
  const auto candidate = net::parse_address(order.text("address"), static_cast<uint16_t>(order.number("port")));
  if (!order.missing().empty()) return refuse("INVALID_ARGUMENT", "connect: expected " + order.missing());
  if (!candidate) return refuse("INVALID_ARGUMENT", "connect: expected an IP literal for address");
  remote.candidate = candidate.value();
  const Result<void> connected = peer->connect(remote, monotonic_now());
  if (!connected) return refuse("INVALID_ARGUMENT", connected.error().detail);
  connecting_.push_back(peer);
  answer("{\"ok\":true}");
}

void Desk::publish(Order& order) {
  LoadPeer* peer = peer_of(order);
  if (peer == nullptr) return;
  PublishedStream::Parameters parameters;
  parameters.ssrc = static_cast<uint32_t>(order.number("ssrc"));
  parameters.payload_type = static_cast<uint8_t>(order.number("pt"));
  parameters.video = order.number("audio", 0) == 0;
  parameters.transport_cc_id = static_cast<uint8_t>(order.number("twcc", 0));
  parameters.abs_send_time_id = static_cast<uint8_t>(order.number("ast", 0));
  parameters.audio_level_id = static_cast<uint8_t>(order.number("level", 0));
  if (!order.missing().empty()) return refuse("INVALID_ARGUMENT", "publish: expected a number for " + order.missing());
  if (order.number("fps", 0) > 0) {
    parameters.shape = shape_of(order);
    if (!parameters.shape) return refuse("INVALID_ARGUMENT", kShapeExpected);
  }
  peer->publish(parameters);
  answer("{\"ok\":true}");
}

void Desk::receive(Order& order) {
  LoadPeer* peer = peer_of(order);
  if (peer == nullptr) return;
  const auto ssrc = static_cast<uint32_t>(order.number("ssrc"));
  if (!order.missing().empty()) return refuse("INVALID_ARGUMENT", "receive: expected a number for ssrc");
  peer->receive(ssrc, static_cast<uint32_t>(order.number("clock", 90000)), static_cast<uint8_t>(order.number("twcc", 0)));
  answer("{\"ok\":true}");
}

void Desk::run(Order& order) {
  RunParameters parameters;
  parameters.seconds = order.number("seconds");
  const std::optional<FrameShape> shape = shape_of(order);
  parameters.as_one_run = order.text("burst", "packets") == "run";
  parameters.stamp = order.number("stamp", 0) != 0;
  parameters.rest = Duration(static_cast<int64_t>(order.number("rest-us", RunParameters::kUsualRest.count())));
  const uint32_t open_every = std::max(1u, static_cast<uint32_t>(order.number("open-every", 16)));
  read_whole_every_ = open_every >= kReadWholeEvery ? kReadWholeEvery : 1;
  workshop_.open_every = open_every / read_whole_every_;
  if (!order.missing().empty()) return refuse("INVALID_ARGUMENT", "run: expected a number for " + order.missing());
  if (!shape) return refuse("INVALID_ARGUMENT", kShapeExpected);
  parameters.shape = *shape;
  run_.emplace(parameters, workshop_, peers_, monotonic_now());
}

}  // namespace
}  // namespace chroom::load

int main() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  prctl(PR_SET_TIMERSLACK, 1000);
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  return chroom::load::Desk().serve();
}
