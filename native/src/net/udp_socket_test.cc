#include "net/udp_socket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

#include "net/poller.h"

namespace chroom::net {
namespace {

UdpSocket open_loopback(const char* address = "127.0.0.1") {
  Result<UdpSocket> socket = UdpSocket::open(parse_address(address, 0).value());
  EXPECT_TRUE(socket.ok());
  return std::move(socket.value());
}

// Waits for input (bounded) and returns the datagrams' bytes in order.
std::vector<std::vector<uint8_t>> take(UdpSocket& socket, size_t count) {
  ReceiveBatch batch;
  std::vector<std::vector<uint8_t>> taken;
  while (taken.size() < count) {
    pollfd ready{socket.fd(), POLLIN, 0};
    if (::poll(&ready, 1, 5000) != 1) break;
    socket.receive(batch);
    for (const Datagram& d : batch.datagrams()) taken.emplace_back(d.bytes.begin(), d.bytes.end());
  }
  return taken;
}

TEST(UdpSocket, SendsARunAsDatagramsOfItsSegmentSizeWithAShorterLast) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    UdpSocket sender = open_loopback(address);
    UdpSocket receiver = open_loopback(address);
    std::vector<uint8_t> bytes(2500);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7);
    DatagramRun run{receiver.local(), bytes, 1000};
    SendOutcome outcome;

    sender.send({&run, 1}, outcome);
    auto taken = take(receiver, 3);

    ASSERT_EQ(taken.size(), 3u);
    EXPECT_EQ(taken[0], std::vector<uint8_t>(bytes.begin(), bytes.begin() + 1000));
    EXPECT_EQ(taken[1], std::vector<uint8_t>(bytes.begin() + 1000, bytes.begin() + 2000));
    EXPECT_EQ(taken[2], std::vector<uint8_t>(bytes.begin() + 2000, bytes.end()));
    EXPECT_EQ(outcome.datagrams_sent, 3u);
    EXPECT_EQ(outcome.bytes_sent, 2500u);
    EXPECT_EQ(outcome.datagrams_refused, 0u);
  }
}

TEST(UdpSocket, SendsMoreRunsThanOneCallTakesInOrder) {
  UdpSocket sender = open_loopback();
  UdpSocket receiver = open_loopback();
  std::vector<std::array<uint8_t, 4>> payloads(100);
  std::vector<DatagramRun> runs;
  for (size_t i = 0; i < payloads.size(); ++i) {
    payloads[i] = {1, 2, 3, static_cast<uint8_t>(i)};
    runs.push_back({receiver.local(), payloads[i], 4});
  }
  SendOutcome outcome;

  sender.send(runs, outcome);
  auto taken = take(receiver, payloads.size());

  ASSERT_EQ(taken.size(), payloads.size());
  for (size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i][3], i);
  EXPECT_EQ(outcome.system_calls, 4u);
}

TEST(UdpSocket, CountsARunThatCannotBeSentAndSendsTheOthers) {
  UdpSocket sender = open_loopback();
  UdpSocket receiver = open_loopback();
  std::array<uint8_t, 2> payload{1, 2};
  std::vector<DatagramRun> runs{{receiver.local(), payload, 2}, {parse_address("127.0.0.1", 0).value(), payload, 2}, {receiver.local(), payload, 2}};
  SendOutcome outcome;

  sender.send(runs, outcome);

  EXPECT_EQ(take(receiver, 2).size(), 2u);
  EXPECT_EQ(outcome.datagrams_refused, 1u);
  EXPECT_EQ(outcome.datagrams_sent, 2u);
}

TEST(UdpSocket, FallsBackToSingleDatagramsWhereSegmentationIsRefused) {
  UdpSocket sender = open_loopback();
  UdpSocket receiver = open_loopback();
  std::vector<uint8_t> bytes(200, 9);
  DatagramRun run{receiver.local(), bytes, 1};  // 200 segments: more than the kernel cuts in one call.
  SendOutcome outcome;

  sender.send({&run, 1}, outcome);

  EXPECT_EQ(take(receiver, 200).size(), 200u);
  EXPECT_TRUE(run.unsegmented);
  EXPECT_EQ(outcome.segmentation_fallbacks, 1u);
  EXPECT_EQ(outcome.datagrams_sent, 200u);
}

TEST(UdpSocket, SaysWhichAddressCannotBeBound) {
  UdpSocket first = open_loopback();
  Result<UdpSocket> second = UdpSocket::open(first.local());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kSystem);
  EXPECT_NE(second.error().detail.find(address_and_port_text(first.local())), std::string::npos);
}

TEST(SocketAddress, ReadsLiteralsAndFoldsMappedAddresses) {
  TransportAddress expected;
  expected.ip = {10, 1, 2, 3};
  expected.port = 5;
  EXPECT_EQ(parse_address("10.1.2.3", 5).value(), expected);
  EXPECT_EQ(parse_address("::ffff:10.1.2.3", 5).value(), expected);
  EXPECT_EQ(address_text(parse_address("2001:db8::1", 5).value()), "2001:db8::1");
  EXPECT_FALSE(parse_address("localhost", 5).ok());
  EXPECT_FALSE(parse_address("", 5).ok());
}

TEST(Poller, WakesFromAnotherCallAndFromInput) {
  Poller poller = std::move(Poller::open().value());
  UdpSocket sender = open_loopback();
  UdpSocket receiver = open_loopback();
  ASSERT_TRUE(poller.watch(receiver.fd()).ok());

  poller.wake();
  poller.sleep(std::nullopt);  // Returns because of the wake, which it consumes.

  std::array<uint8_t, 1> payload{1};
  DatagramRun run{receiver.local(), payload, 1};
  SendOutcome outcome;
  sender.send({&run, 1}, outcome);
  poller.sleep(std::nullopt);  // Returns because of the input.
  ReceiveBatch batch;
  EXPECT_EQ(receiver.receive(batch), 1u);
  poller.sleep(Duration(1000));  // Returns because of the time.
}

TEST(Poller, RestsWhateverSocketsReceiveUntilItIsWoken) {
  Poller poller = std::move(Poller::open().value());
  UdpSocket sender = open_loopback();
  UdpSocket receiver = open_loopback();
  ASSERT_TRUE(poller.watch(receiver.fd()).ok());
  std::array<uint8_t, 1> payload{1};
  DatagramRun run{receiver.local(), payload, 1};
  SendOutcome outcome;
  sender.send({&run, 1}, outcome);

  poller.rest_unless_woken(Duration(1000));  // Returns because of the time.
  poller.wake();
  poller.rest_unless_woken(Duration(999'999));  // Returns because of the wake, which it consumes:
  poller.sleep(std::nullopt);                   // returns because of the input.
  ReceiveBatch batch;
  EXPECT_EQ(receiver.receive(batch), 1u);
}

}  // namespace
}  // namespace chroom::net
