// The other implementation that browsers ran for years, driven by our virtual time, as the peer.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <usrsctp.h>

#include <cstring>
#include <map>

#include "sctp/dcep.h"
#include "sctp/virtual_network.h"

namespace {
chroom::Instant virtual_now = chroom::Instant(std::chrono::seconds(1000));
}  // namespace

// usrsctp compares send times with the wall clock before it retransmits. It finds this function before the C library's.
extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* out, void*) noexcept {
  const auto us = virtual_now.time_since_epoch().count();
  out->tv_sec = us / 1'000'000;
  out->tv_usec = us % 1'000'000;
  return 0;
}

namespace chroom::sctp {
namespace {

using namespace std::chrono_literals;

struct ForeignMessage {
  uint16_t stream_id;
  uint32_t ppid;
  std::vector<uint8_t> bytes;
};

// usrsctp keeps its state per process; tests run one after the other in one thread.
class ForeignPeer {
 public:
  explicit ForeignPeer(std::function<void(std::vector<uint8_t>)> output) : output_(std::move(output)) {
    static const bool started = [] {
      usrsctp_init_nothreads(0, &ForeignPeer::on_output, nullptr);
      usrsctp_sysctl_set_sctp_rto_min_default(400);
      usrsctp_sysctl_set_sctp_rto_initial_default(500);
      usrsctp_sysctl_set_sctp_rto_max_default(3000);
      usrsctp_sysctl_set_sctp_assoc_rtx_max_default(50);
      usrsctp_sysctl_set_sctp_init_rtx_max_default(20);
      usrsctp_sysctl_set_sctp_ecn_enable(0);
      return true;
    }();
    static_cast<void>(started);
    usrsctp_register_address(this);
    socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, &ForeignPeer::on_receive, nullptr, 0, this);
    usrsctp_set_non_blocking(socket_, 1);
    const int on = 1;
    usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    const int buffer_bytes = 4 * 1024 * 1024;
    usrsctp_setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    usrsctp_setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    const sctp_assoc_value reset{SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ};
    usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset);
    sctp_initmsg init{};
    init.sinit_num_ostreams = 1024;
    init.sinit_max_instreams = 1024;
    usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    for (const uint16_t type : {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT}) {
      sctp_event event{};
      event.se_assoc_id = SCTP_ALL_ASSOC;
      event.se_type = type;
      event.se_on = 1;
      usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
    sockaddr_conn local = address();
    usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&local), sizeof local);
  }
  ~ForeignPeer() {
    const linger now{1, 0};
    usrsctp_setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    usrsctp_close(socket_);
    usrsctp_deregister_address(this);
  }

  void connect() {
    sockaddr_conn remote = address();
    usrsctp_connect(socket_, reinterpret_cast<sockaddr*>(&remote), sizeof remote);
    sctp_paddrparams path{};
    std::memcpy(&path.spp_address, &remote, sizeof remote);
    path.spp_flags = SPP_PMTUD_DISABLE;
    path.spp_pathmtu = 1150;
    usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
  }
  void receive(const std::vector<uint8_t>& packet) { usrsctp_conninput(this, packet.data(), packet.size(), 0); }

  bool send(uint16_t stream_id, uint32_t ppid, Bytes bytes, bool unordered = false, int max_retransmits = -1) {
    sctp_sendv_spa info{};
    info.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    info.sendv_sndinfo.snd_sid = stream_id;
    info.sendv_sndinfo.snd_ppid = htonl(ppid);
    info.sendv_sndinfo.snd_flags = unordered ? SCTP_UNORDERED : 0;
    if (max_retransmits >= 0) {
      info.sendv_flags |= SCTP_SEND_PRINFO_VALID;
      info.sendv_prinfo.pr_policy = SCTP_PR_SCTP_RTX;
      info.sendv_prinfo.pr_value = static_cast<uint32_t>(max_retransmits);
    }
    return usrsctp_sendv(socket_, bytes.data(), bytes.size(), nullptr, 0, &info, sizeof info, SCTP_SENDV_SPA, 0) ==
           static_cast<ssize_t>(bytes.size());
  }
  void reset_outgoing(uint16_t stream_id) {
    std::vector<uint8_t> raw(sizeof(sctp_reset_streams) + 2);
    auto* request = reinterpret_cast<sctp_reset_streams*>(raw.data());
    request->srs_assoc_id = SCTP_ALL_ASSOC;
    request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    request->srs_number_streams = 1;
    std::memcpy(raw.data() + sizeof(sctp_reset_streams), &stream_id, 2);
    usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_RESET_STREAMS, raw.data(), static_cast<socklen_t>(raw.size()));
  }
  void shutdown() { usrsctp_shutdown(socket_, SHUT_WR); }

  bool up = false;
  bool ended = false;
  std::vector<ForeignMessage> messages;
  std::vector<uint16_t> incoming_resets;
  std::vector<uint16_t> outgoing_resets;

 private:
  sockaddr_conn address() {
    sockaddr_conn result{};
    result.sconn_family = AF_CONN;
    result.sconn_port = htons(5000);
    result.sconn_addr = this;
    return result;
  }
  static int on_output(void* self, void* data, size_t size, uint8_t, uint8_t) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    static_cast<ForeignPeer*>(self)->output_({bytes, bytes + size});
    return 0;
  }
  static int on_receive(struct socket*, union sctp_sockstore, void* data, size_t size, sctp_rcvinfo info, int flags,
                        void* self) {
    if (data == nullptr) return 1;
    auto* peer = static_cast<ForeignPeer*>(self);
    if ((flags & MSG_NOTIFICATION) != 0) {
      peer->on_notification(*static_cast<sctp_notification*>(data));
    } else {
      auto& partial = peer->partial_[info.rcv_sid];
      const auto* bytes = static_cast<const uint8_t*>(data);
      partial.insert(partial.end(), bytes, bytes + size);
      if ((flags & MSG_EOR) != 0) {
        peer->messages.push_back({info.rcv_sid, ntohl(info.rcv_ppid), std::move(partial)});
        partial.clear();
      }
    }
    free(data);
    return 1;
  }
  void on_notification(const sctp_notification& notification) {
    if (notification.sn_header.sn_type == SCTP_ASSOC_CHANGE) {
      up = up || notification.sn_assoc_change.sac_state == SCTP_COMM_UP;
      ended = ended || notification.sn_assoc_change.sac_state == SCTP_COMM_LOST ||
              notification.sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP;
    } else if (notification.sn_header.sn_type == SCTP_STREAM_RESET_EVENT) {
      const sctp_stream_reset_event& event = notification.sn_strreset_event;
      const size_t count = (event.strreset_length - sizeof event) / 2;
      auto& list = (event.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0 ? incoming_resets : outgoing_resets;
      list.insert(list.end(), event.strreset_stream_list, event.strreset_stream_list + count);
    }
  }

  std::function<void(std::vector<uint8_t>)> output_;
  struct socket* socket_;
  std::map<uint16_t, std::vector<uint8_t>> partial_;
};

class UsrsctpInteropTest : public testing::TestWithParam<uint64_t> {
 protected:
  bool run_until(const std::function<bool()>& done, Duration limit) {
    for (const Instant end = now + limit; !done(); now += 1ms) {
      if (now >= end) return false;
      usrsctp_handle_timers(1);
      while (to_us.next_arrival() <= now) us.association->receive(to_us.take(), now);
      while (to_foreign.next_arrival() <= now) foreign.receive(to_foreign.take());
      if (us.association->next_deadline() <= now) us.association->on_timeout(now);
      while (auto event = us.association->poll_event()) us.events.push_back(std::move(*event));
      while (const size_t size = us.association->poll_transmit(us.packet, now)) {
        to_foreign.send({us.packet.begin(), us.packet.begin() + static_cast<std::ptrdiff_t>(size)}, now);
      }
    }
    return true;
  }
  bool establish() {
    us.association->connect(now);
    foreign.connect();
    return run_until([&] { return us.association->state() == AssociationState::kEstablished && foreign.up; }, 60s);
  }
  uint16_t open_from_us(ChannelParameters parameters) {
    const uint16_t id = us.association->open_channel(parameters, now).value();
    const size_t seen = foreign.messages.size();
    EXPECT_TRUE(run_until([&] { return foreign.messages.size() > seen; }, 30s));
    const ForeignMessage open = foreign.messages.back();
    foreign.messages.pop_back();
    EXPECT_EQ(open.ppid, kPpidDcep);
    EXPECT_EQ(parse_channel_open(open.bytes, 100)->label, parameters.label);
    EXPECT_TRUE(foreign.send(id, kPpidDcep, write_channel_ack()));
    EXPECT_TRUE(run_until([&] { return us.count<ChannelOpened>() == 1; }, 30s));
    us.events.clear();
    return id;
  }
  void open_from_foreign(uint16_t id, const ChannelParameters& parameters) {
    EXPECT_TRUE(foreign.send(id, kPpidDcep, write_channel_open(parameters)));
    EXPECT_TRUE(run_until([&] { return us.count<ChannelOpened>() == 1 && foreign.messages.size() == 1; }, 30s));
    const auto opened = us.take<ChannelOpened>();
    EXPECT_TRUE(opened[0].opened_by_peer);
    EXPECT_EQ(opened[0].parameters.label, parameters.label);
    EXPECT_EQ(foreign.messages[0].ppid, kPpidDcep);
    EXPECT_TRUE(is_channel_ack(foreign.messages[0].bytes));
    foreign.messages.clear();
  }

  PathConditions conditions{.loss = 0.05, .duplication = 0.01, .delay = 15ms, .jitter = 10ms};
  Instant& now = virtual_now;  // Never goes back: usrsctp lives as long as the process.
  Peer us{server_config(), GetParam()};
  VirtualPath to_us{conditions, GetParam() + 100};
  VirtualPath to_foreign{conditions, GetParam() + 200};
  ForeignPeer foreign{[this](std::vector<uint8_t> packet) { to_us.send(std::move(packet), now); }};
};

TEST_P(UsrsctpInteropTest, EstablishesWhenBothConnectAtOnce) {
  ASSERT_TRUE(establish());
  run_until([] { return false; }, 3s);
  EXPECT_EQ(us.count<Established>(), 1u);
  EXPECT_EQ(us.association->state(), AssociationState::kEstablished);
}

TEST_P(UsrsctpInteropTest, CarriesLargeMessagesBothWaysThroughLossAndReorder) {
  ASSERT_TRUE(establish());
  const uint16_t ours = open_from_us({.label = "_reliable"});
  open_from_foreign(2, {.label = "_reliable"});
  for (uint32_t i = 0; i < 15; ++i) {
    ASSERT_TRUE(us.association->send(ours, kPpidBinary, patterned_bytes(65'536 - i, i), now).ok());
    ASSERT_TRUE(foreign.send(2, kPpidBinary, patterned_bytes(65'536 - i, 50 + i)));
  }
  ASSERT_TRUE(run_until([&] { return us.count<MessageReceived>() == 15 && foreign.messages.size() == 15; }, 120s));
  const auto received = us.take<MessageReceived>();
  for (uint32_t i = 0; i < 15; ++i) {
    EXPECT_EQ(received[i].bytes, patterned_bytes(65'536 - i, 50 + i));
    EXPECT_EQ(received[i].stream_id, 2);
    EXPECT_EQ(foreign.messages[i].bytes, patterned_bytes(65'536 - i, i));
    EXPECT_EQ(foreign.messages[i].stream_id, ours);
  }
}

TEST_P(UsrsctpInteropTest, LossyMessagesAreSkippedAndLaterOnesArrive) {
  ASSERT_TRUE(establish());
  const ChannelParameters lossy{.label = "_lossy", .ordered = false, .max_retransmits = 0};
  const uint16_t ours = open_from_us(lossy);
  open_from_foreign(4, lossy);
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(us.association->send(ours, kPpidBinary, patterned_bytes(1500, 1), now).ok());
    ASSERT_TRUE(foreign.send(4, kPpidBinary, patterned_bytes(1500, 2), true, 0));
    run_until([] { return false; }, 30ms);
  }
  run_until([] { return false; }, 10s);
  EXPECT_GT(foreign.messages.size(), 450u);
  EXPECT_LT(foreign.messages.size(), 600u);
  EXPECT_GT(us.count<MessageReceived>(), 450u);
  EXPECT_LT(us.count<MessageReceived>(), 600u);
  for (const auto& message : foreign.messages) EXPECT_EQ(message.bytes, patterned_bytes(1500, 1));
  for (const auto& message : us.take<MessageReceived>()) EXPECT_EQ(message.bytes, patterned_bytes(1500, 2));
  EXPECT_GT(us.association->counters().messages_abandoned, 0u);
}

TEST_P(UsrsctpInteropTest, OrderedMessagesGivenUpDoNotBlockTheStream) {
  ASSERT_TRUE(establish());
  const ChannelParameters parameters{.label = "ordered", .max_retransmits = 0};
  const uint16_t ours = open_from_us(parameters);
  open_from_foreign(0, parameters);
  for (uint32_t i = 0; i < 300; ++i) {
    std::vector<uint8_t> message(2500);
    store_be32(message.data(), i);
    ASSERT_TRUE(us.association->send(ours, kPpidBinary, message, now).ok());
    ASSERT_TRUE(foreign.send(0, kPpidBinary, message, false, 0));
    run_until([] { return false; }, 50ms);
  }
  run_until([] { return false; }, 10s);
  const auto received = us.take<MessageReceived>();
  EXPECT_GT(received.size(), 200u);
  EXPECT_GT(foreign.messages.size(), 200u);
  for (size_t i = 1; i < received.size(); ++i) {
    EXPECT_GT(load_be32(received[i].bytes.data()), load_be32(received[i - 1].bytes.data()));
  }
  for (size_t i = 1; i < foreign.messages.size(); ++i) {
    EXPECT_GT(load_be32(foreign.messages[i].bytes.data()), load_be32(foreign.messages[i - 1].bytes.data()));
  }
}

TEST_P(UsrsctpInteropTest, ClosesFromOurSideAndReusesTheId) {
  ASSERT_TRUE(establish());
  for (int round = 0; round < 3; ++round) {
    const uint16_t id = open_from_us({.label = "again"});
    EXPECT_EQ(id, 1);
    ASSERT_TRUE(us.association->close_channel(id, now).ok());
    ASSERT_TRUE(run_until([&] { return !foreign.incoming_resets.empty(); }, 30s));
    EXPECT_EQ(foreign.incoming_resets[0], id);
    foreign.reset_outgoing(id);
    ASSERT_TRUE(run_until([&] { return us.count<ChannelClosed>() == 1 && !foreign.outgoing_resets.empty(); }, 30s));
    us.events.clear();
    foreign.incoming_resets.clear();
    foreign.outgoing_resets.clear();
  }
}

TEST_P(UsrsctpInteropTest, ClosesWhenThePeerResetsAndAcceptsTheIdAgain) {
  ASSERT_TRUE(establish());
  for (int round = 0; round < 3; ++round) {
    open_from_foreign(6, {.label = "theirs"});
    ASSERT_TRUE(foreign.send(6, kPpidBinary, patterned_bytes(20'000, 1)));
    ASSERT_TRUE(run_until([&] { return us.count<MessageReceived>() == 1; }, 30s));
    foreign.reset_outgoing(6);
    ASSERT_TRUE(run_until([&] { return us.count<ChannelClosed>() == 1 && !foreign.incoming_resets.empty(); }, 30s));
    us.events.clear();
    foreign.incoming_resets.clear();
  }
}

TEST_P(UsrsctpInteropTest, ShutdownFromUsEndsBoth) {
  ASSERT_TRUE(establish());
  us.association->shutdown(now);
  EXPECT_TRUE(run_until([&] { return us.count<ShutdownFinished>() == 1 && foreign.ended; }, 30s));
}

TEST_P(UsrsctpInteropTest, ShutdownFromThePeerEndsBoth) {
  ASSERT_TRUE(establish());
  foreign.shutdown();
  EXPECT_TRUE(run_until([&] { return us.count<ShutdownFinished>() == 1; }, 30s));
}

INSTANTIATE_TEST_SUITE_P(Seeds, UsrsctpInteropTest, testing::Range(uint64_t{1}, uint64_t{6}));

}  // namespace
}  // namespace chroom::sctp
