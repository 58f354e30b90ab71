#include "engine/worker.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "engine/clock.h"
#include "engine/rest_policy.h"
#include "net/socket_address.h"

namespace chroom::engine {

namespace {

bool is_wildcard(const TransportAddress& address) {
  return std::all_of(address.ip.begin(), address.ip.end(), [](uint8_t b) { return b == 0; });
}

// Host candidates (RFC 8445 section 5.1.2.1), the first address preferred.
std::vector<IceCandidate> make_candidates(const EngineConfig& config, const std::vector<net::UdpSocket>& sockets) {
  std::vector<std::string> addresses = config.advertised_addresses;
  if (addresses.empty()) {
    for (const net::UdpSocket& socket : sockets) addresses.push_back(net::address_text(socket.local()));
  }
  std::vector<IceCandidate> candidates;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const uint16_t port = sockets[std::min(i, sockets.size() - 1)].local().port;
    const auto local_preference = static_cast<uint32_t>(65535 - i);
    candidates.push_back({std::to_string(i + 1), addresses[i], port, 126u << 24 | local_preference << 8 | 255u});
  }
  return candidates;
}

Result<std::vector<net::UdpSocket>> open_sockets(const EngineConfig& config, size_t index) {
  std::vector<net::UdpSocket> sockets;
  uint16_t port = config.udp_port == 0 ? 0 : static_cast<uint16_t>(config.udp_port + index);
  for (const std::string& literal : config.bind_addresses) {
    Result<TransportAddress> address = net::parse_address(literal, port);
    if (!address) return Error{ErrorCode::kInvalidArgument, "bind_addresses: " + address.error().detail};
    if (is_wildcard(address.value()) && config.advertised_addresses.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "advertised_addresses: expected an address that clients can reach, received none while binding " + literal};
    }
    Result<net::UdpSocket> socket = net::UdpSocket::open(address.value());
    if (!socket) return socket.error();
    sockets.push_back(std::move(socket.value()));
    // All addresses of a worker share its port, so that one number describes it.
    port = sockets.front().local().port;
  }
  return sockets;
}

Result<void> check_advertised(const EngineConfig& config) {
  for (const std::string& literal : config.advertised_addresses) {
    Result<TransportAddress> address = net::parse_address(literal, 0);
    if (!address) return Error{ErrorCode::kInvalidArgument, "advertised_addresses: " + address.error().detail};
  }
  return {};
}

std::vector<TransportAddress> local_addresses(const std::vector<net::UdpSocket>& sockets) {
  std::vector<TransportAddress> addresses;
  for (const net::UdpSocket& socket : sockets) addresses.push_back(socket.local());
  return addresses;
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::open(const EngineConfig& config, size_t index, const dtls::Identity& identity,
                                             std::function<void()> on_records) {
  const Result<void> advertised = check_advertised(config);
  if (!advertised) return advertised.error();
  Result<std::vector<net::UdpSocket>> sockets = open_sockets(config, index);
  if (!sockets) return sockets.error();
  Result<net::Poller> poller = net::Poller::open();
  if (!poller) return poller.error();
  for (const net::UdpSocket& socket : sockets.value()) {
    const Result<void> watched = poller.value().watch(socket.fd());
    if (!watched) return watched.error();
  }
  Result<std::unique_ptr<dtls::Context>> dtls = dtls::Context::create(identity);
  if (!dtls) return dtls.error();
  std::vector<IceCandidate> candidates = make_candidates(config, sockets.value());
  return std::unique_ptr<Worker>(new Worker(config, index, std::move(poller.value()), std::move(sockets.value()),
                                            std::move(dtls.value()), std::move(candidates), identity, std::move(on_records)));
}

Worker::Worker(const EngineConfig& config, size_t index, net::Poller poller, std::vector<net::UdpSocket> sockets,
               std::unique_ptr<dtls::Context> dtls, std::vector<IceCandidate> candidates, const dtls::Identity& identity,
               std::function<void()> on_records)
    : index_(index),
      on_records_(std::move(on_records)),
      dtls_(std::move(dtls)),
      sockets_(std::move(sockets)),
      poller_(std::move(poller)),
      switchboard_(config.limits, random_, *dtls_, ring_, local_addresses(sockets_), std::move(candidates),
                   {identity.fingerprint().algorithm_name(), identity.fingerprint().value()}, links_) {
  if (!config.shared_counters.empty()) shared_row_ = config.shared_counters.subspan(index * kWordsPerWorker, kWordsPerWorker);
}

Worker::~Worker() {
  request_stop();
  join();
}

Result<void> Worker::start(std::optional<uint16_t> cpu) {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& failure) {
    return Error{ErrorCode::kSystem, std::string("workers: expected a thread, received ") + failure.what()};
  }
  const std::string name = "chroom-" + std::to_string(index_);
  pthread_setname_np(thread_.native_handle(), name.c_str());
  if (!cpu) return {};
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(*cpu, &only);
  const int failed = pthread_setaffinity_np(thread_.native_handle(), sizeof only, &only);
  if (failed == 0) return {};
  return Error{ErrorCode::kSystem, "worker_cpus: expected processors that this process may use, received " +
                                       std::to_string(*cpu) + ": " + std::strerror(failed)};
}

void Worker::request_stop() {
  stopping_.store(true, std::memory_order_release);
  poller_.wake();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::submit(InboxEntry entry) {
  CHROOM_CHECK(inbox_.push(std::move(entry)), "the engine admits no more commands than the inbox holds");
  poller_.wake();
}

void Worker::run() {
  // Rests of 100 us are meant; the default slack would add half of that.
  prctl(PR_SET_TIMERSLACK, 1000);
  measured_ = {monotonic_now(), thread_cpu_us(), 0, 0};
  while (!stopping_.load(std::memory_order_acquire)) {
    Instant now = monotonic_now();
    switchboard_.counters().add(Counter::kLoopIterations);
    const bool more_commands = take_commands(now);
    const bool more_datagrams = receive(now);
    const bool more_passed_on = exchange_with_workers(now);
    switchboard_.run_timers(now);
    const bool more_to_send = send();
    links_.publish();
    now = monotonic_now();
    measure(now);
    wake_reader(now);
    if (more_commands || more_datagrams || more_passed_on || more_to_send) continue;
    sleep(now);
  }
}

// What was just received goes to the others before we work on it ourselves.
bool Worker::exchange_with_workers(Instant now) {
  links_.publish();
  return switchboard_.receive_from_workers(now);
}

void Worker::sleep(Instant now) {
  // The rest of a frame comes in a burst: a look after a while instead of a wake-up for each of its packets.
  if (media_since_ != kNever) {
    return net::Poller::rest(rest_policy::until_next_look(now - media_since_, gauge(Gauge::kBusyPermille)));
  }
  const bool gathers = rest_policy::gathers_checks(now - last_flow_, gauge(Gauge::kPacketsPerSecond));
  const auto rest = [&] { gathers ? poller_.rest_unless_woken(rest_policy::kGatherChecks) : poller_.sleep(sleep_time(now)); };
  if (links_.neighbours.empty()) return rest();
  bell_.sleep_unless([&] { return links_.has_news(); }, rest);
}

bool Worker::take_commands(Instant now) {
  for (size_t i = 0; i < kMaxCommandsPerTurn; ++i) {
    std::optional<InboxEntry> entry = inbox_.pop();
    if (!entry) return false;
    unpublished_ = true;
    switchboard_.run_command(entry->request_id, std::move(entry->command), now);
  }
  return true;
}

bool Worker::receive(Instant now) {
  bool more = false;
  for (net::UdpSocket& socket : sockets_) {
    size_t received = 0;
    size_t count = 0;
    do {
      count = socket.receive(batch_);
      switchboard_.counters().add(Counter::kReceiveCalls);
      switchboard_.receive(socket.local(), batch_.datagrams(), now);
      received += count;
      unpublished_ |= count > 0;
    } while (count >= net::ReceiveBatch::kMessages && received < kMaxDatagramsPerTurn);
    more |= count >= net::ReceiveBatch::kMessages;
  }
  note_flow(now);
  return more;
}

bool Worker::send() {
  net::SendOutcome outcome;
  const auto hand_over = [&](size_t socket, std::span<net::DatagramRun> runs) {
    const size_t taken = sockets_[socket].send(runs, outcome);
    switchboard_.counters().add(Counter::kRunsSent, taken);
    return taken;
  };
  bool more = false;
  const Instant now = monotonic_now();
  switchboard_.flush_control(now, hand_over);
  if (switchboard_.has_media()) {
    media_since_ = std::min(media_since_, now);
    last_flow_ = now;
    const bool all = now - media_since_ >= rest_policy::hold(gauge(Gauge::kBusyPermille));
    more = switchboard_.flush_media(all ? router::Runs::kAll : router::Runs::kComplete, now, hand_over);
    if (!switchboard_.has_media()) media_since_ = kNever;
  }
  metering::Counters& counters = switchboard_.counters();
  counters.add(Counter::kDatagramsSent, outcome.datagrams_sent);
  counters.add(Counter::kDatagramBytesSent, outcome.bytes_sent);
  counters.add(Counter::kSendCalls, outcome.system_calls);
  counters.add(Counter::kSegmentsSent, outcome.segments_sent);
  counters.add(Counter::kSegmentationFallbacks, outcome.segmentation_fallbacks);
  if (outcome.datagrams_refused > 0) counters.drop(DropReason::kSendRefused, outcome.datagrams_refused);
  return more;
}

void Worker::note_flow(Instant now) {
  const metering::Counters& counters = switchboard_.counters();
  // DTLS without SCTP in it is a handshake: whoever joins is answered at once.
  const uint64_t handshakes = counters.get(Counter::kIceNominations) + counters.get(Counter::kDtlsDatagramsReceived) -
                              counters.get(Counter::kSctpPacketsReceived);
  const uint64_t flow = counters.get(Counter::kRtpPacketsReceived) + counters.get(Counter::kDataMessagesReceived) +
                        counters.get(Counter::kDataMessagesSent) + handshakes;
  if (flow != flow_) last_flow_ = now;
  flow_ = flow;
}

// Gauges of the last half second, and the shared copy of all counters.
void Worker::measure(Instant now) {
  if (now - measured_.at >= kGaugeInterval) {
    const metering::Counters& counters = switchboard_.counters();
    const Measured current{now, thread_cpu_us(), counters.get(Counter::kDatagramBytesSent), counters.get(Counter::kDatagramsSent)};
    const auto elapsed_us = static_cast<uint64_t>((now - measured_.at).count());
    const uint64_t busy = std::min<uint64_t>((current.cpu_us - measured_.cpu_us) * 1000 / elapsed_us, 1000);
    gauges_[static_cast<size_t>(Gauge::kBusyPermille)] = busy;
    gauges_[static_cast<size_t>(Gauge::kEgressBps)] = (current.bytes - measured_.bytes) * 8'000'000 / elapsed_us;
    gauges_[static_cast<size_t>(Gauge::kPacketsPerSecond)] = (current.datagrams - measured_.datagrams) * 1'000'000 / elapsed_us;
    busy_permille_.store(busy, std::memory_order_relaxed);
    measured_ = current;
    unpublished_ = true;
  }
  gauges_[static_cast<size_t>(Gauge::kSessions)] = switchboard_.sessions();
  gauges_[static_cast<size_t>(Gauge::kRooms)] = switchboard_.rooms();
  if (unpublished_ && now >= next_publish_) publish(now);
}

void Worker::publish(Instant now) {
  next_publish_ = now + kPublishInterval;
  unpublished_ = false;
  metering::Counters& counters = switchboard_.counters();
  const uint64_t cpu_us = thread_cpu_us();
  counters.add(Counter::kBusyMicroseconds, cpu_us - counted_cpu_us_);
  counted_cpu_us_ = cpu_us;
  if (shared_row_.empty()) return;
  counters.publish(shared_row_);
  for (size_t i = 0; i < kGaugeCount; ++i) {
    std::atomic_ref<uint64_t>(shared_row_[metering::kCounterWords + i]).store(gauges_[i], std::memory_order_relaxed);
  }
}

void Worker::wake_reader(Instant now) {
  const EventWriter::Written written = switchboard_.events().take_written();
  if (written.anything && next_wake_ == kNever) next_wake_ = now + kWakeInterval;
  if (!written.urgent && now < next_wake_) return;
  next_wake_ = kNever;
  switchboard_.counters().add(Counter::kWakes);
  on_records_();
}

std::optional<Duration> Worker::sleep_time(Instant now) const {
  Instant until = std::min(switchboard_.next_deadline(), next_wake_);
  // While there are sessions the gauges move; an empty worker sleeps until it is called, after having shown its zeros.
  if (switchboard_.sessions() > 0 || gauges_[static_cast<size_t>(Gauge::kPacketsPerSecond)] > 0) {
    until = std::min(until, measured_.at + kGaugeInterval);
  }
  if (unpublished_) until = std::min(until, next_publish_);
  if (until == kNever) return std::nullopt;
  return std::max(until - now, Duration::zero());
}

}  // namespace chroom::engine
