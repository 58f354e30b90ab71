// What a socket does when the path or the kernel does not take what it sends.
#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

#include "net/test_send_faults.h"
#include "net/udp_socket.h"

namespace chroom::net {
namespace {

class SendFaultsTest : public testing::Test {
 protected:
  SendFaultsTest() {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7);
  }
  ~SendFaultsTest() override { send_faults.any = send_faults.segmented = send_faults.single = 0; }

  static UdpSocket open() { return std::move(UdpSocket::open(parse_address("127.0.0.1", 0).value()).value()); }
  DatagramRun run(size_t length, uint16_t segment) { return {receiver.local(), Bytes(bytes).first(length), segment}; }
  std::vector<size_t> received() {
    ReceiveBatch batch;
    std::vector<size_t> sizes;
    for (pollfd ready{receiver.fd(), POLLIN, 0}; ::poll(&ready, 1, 50) == 1;) {
      receiver.receive(batch);
      for (const Datagram& d : batch.datagrams()) sizes.push_back(d.bytes.size());
    }
    return sizes;
  }

  std::array<uint8_t, 10'000> bytes;
  UdpSocket sender = open();
  UdpSocket receiver = open();
  SendOutcome outcome;
};

TEST_F(SendFaultsTest, SendsEverySegmentSinglyWhateverTheRefusalOfThePath) {
  for (const int error : {EMSGSIZE, EINVAL, EIO}) {
    SCOPED_TRACE(error);
    outcome = {};
    send_faults.segmented = error;
    std::vector<DatagramRun> runs{run(500, 500), run(2500, 1000), run(300, 300), run(1900, 1000)};
    EXPECT_EQ(sender.send(runs, outcome), runs.size());
    EXPECT_EQ(received(), (std::vector<size_t>{500, 1000, 1000, 500, 300, 1000, 900}));
    EXPECT_EQ(outcome.datagrams_sent, 7u);
    EXPECT_EQ(outcome.datagrams_refused, 0u);
    EXPECT_EQ(outcome.segmentation_fallbacks, 2u);
    EXPECT_FALSE(runs[0].unsegmented);
    EXPECT_TRUE(runs[1].unsegmented);
    EXPECT_TRUE(runs[3].unsegmented);
  }
}

TEST_F(SendFaultsTest, LeavesWhatAFullBufferDoesNotTakeToTheCaller) {
  for (const int error : {EAGAIN, ENOBUFS}) {
    outcome = {};
    send_faults.any = error;
    std::vector<DatagramRun> runs{run(500, 500), run(2500, 1000)};
    EXPECT_EQ(sender.send(runs, outcome), 0u);
    EXPECT_EQ(outcome.datagrams_sent, 0u);
    EXPECT_EQ(outcome.datagrams_refused, 0u);
    send_faults.any = 0;
    EXPECT_EQ(sender.send(runs, outcome), 2u);
    EXPECT_EQ(received().size(), 4u);
  }
}

TEST_F(SendFaultsTest, LeavesTheRestOfARunThatIsSentSinglyToTheCaller) {
  for (const int error : {EAGAIN, ENOBUFS}) {
    SCOPED_TRACE(error);
    outcome = {};
    send_faults.segmented = EIO;
    send_faults.single = error;
    send_faults.singles_before = 2;
    std::vector<DatagramRun> runs{run(500, 500), run(3700, 1000), run(300, 300)};
    EXPECT_EQ(sender.send(runs, outcome), 1u);
    EXPECT_TRUE(runs[1].unsegmented);
    EXPECT_EQ(runs[1].bytes.data(), bytes.data() + 2000);
    EXPECT_EQ(runs[1].bytes.size(), 1700u);
    EXPECT_EQ(outcome.datagrams_sent, 3u);
    EXPECT_EQ(outcome.bytes_sent, 2500u);
    // Not a second try with segments, as long as it does not fit.
    EXPECT_EQ(sender.send(std::span(runs).subspan(1), outcome), 0u);
    EXPECT_EQ(runs[1].bytes.size(), 1700u);
    send_faults.single = 0;
    EXPECT_EQ(sender.send(std::span(runs).subspan(1), outcome), 2u);
    EXPECT_EQ(outcome.segmentation_fallbacks, 1u);
    EXPECT_EQ(outcome.datagrams_sent, 6u);
    EXPECT_EQ(outcome.datagrams_refused, 0u);
    EXPECT_EQ(received(), (std::vector<size_t>{500, 1000, 1000, 1000, 700, 300}));
  }
}

TEST_F(SendFaultsTest, SendsWhatIsToBeSentSinglyAmongOthersInOrder) {
  std::vector<DatagramRun> runs{run(500, 500), run(1900, 1000), run(300, 300)};
  runs[1].unsegmented = true;
  EXPECT_EQ(sender.send(runs, outcome), 3u);
  EXPECT_EQ(received(), (std::vector<size_t>{500, 1000, 900, 300}));
  EXPECT_EQ(outcome.segments_sent, 0u);
  EXPECT_EQ(outcome.segmentation_fallbacks, 0u);
  EXPECT_EQ(outcome.datagrams_sent, 4u);
}

TEST_F(SendFaultsTest, RefusesOneDestinationAndServesTheOthers) {
  std::vector<DatagramRun> runs{run(500, 500), run(700, 700), run(300, 300)};
  runs[1].to = parse_address("127.0.0.1", 0).value();
  EXPECT_EQ(sender.send(runs, outcome), 3u);
  EXPECT_EQ(received(), (std::vector<size_t>{500, 300}));
  EXPECT_EQ(outcome.datagrams_refused, 1u);
}

}  // namespace
}  // namespace chroom::net
