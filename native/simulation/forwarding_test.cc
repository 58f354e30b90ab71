// A publisher and its receivers through streams/ and router/ over bad networks; all on one worker, and again with the
// receivers on another one behind a ring that loses packets.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "forwarding_node.h"
#include "simulcast_publisher.h"
#include "video_subscriber.h"

namespace chroom::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint8_t kSubscribedPayloadType = 110;
constexpr uint8_t kSubscribedRtx = 111;

uint64_t seed() {
  const char* set = std::getenv("CHROOM_SIMULATION_SEED");
  return set == nullptr ? 20260101 : std::strtoull(set, nullptr, 10);
}

constexpr double kRingLoss = 0.005;

class Call {
 public:
  Call(bool spread, size_t layers, const LinkQuality& up, const LinkQuality& down, size_t receivers = 1)
      : network_seed_(seed()), network(network_seed_), node(network, network_seed_ + 1) {
    // Links are named before their ends exist; the ends are looked up when something arrives.
    to_node_ = network.add_link(up, [this](Bytes b, Instant now) { node.receive(*publishing, b, now); });
    from_node_ = network.add_link(up, [this](Bytes b, Instant now) { publisher->receive(b, now); });
    publishing = &node.add_transport(1, streams::test_extensions(),
                                     [this](Bytes b) { network.send(from_node_, b); });
    publisher = std::make_unique<SimulcastPublisher>(network, layers,
                                                     [this](Bytes b) { network.send(to_node_, b); });
    router::PublishConfig config;
    config.key = 7;
    config.mid = "0";
    config.codecs = {{SimulcastPublisher::kPayloadType, rtp::Codec::kVp8, 90000, SimulcastPublisher::kRtxPayloadType,
                      true, true}};
    for (size_t i = 0; i < layers; ++i) {
      const auto n = static_cast<uint32_t>(i);
      // SSRCs of the media are learnt from mid and rid; those of the retransmissions are announced.
      config.encodings.push_back({std::string(1, static_cast<char>('a' + i)), 0, 2000 + n, static_cast<uint8_t>(i)});
    }
    track = node.router.publish(*publishing, config).value();
    received = track;
    if (spread) {
      second = std::make_unique<ForwardingNode>(network, network_seed_ + 2);
      node.connect(there_, back_, kRingLoss);
      second->connect(back_, there_, kRingLoss);
      node.published = track;
      received = second->imported = &second->router.import_track(second->room, config, back_);
    }
    for (size_t i = 0; i < receivers; ++i) add_receiver(down, i);
  }

  ~Call() {
    there_.clear();
    back_.clear();
  }

  ForwardingNode& receivers() { return second ? *second : node; }

  void add_receiver(const LinkQuality& down, size_t index) {
    const size_t to = network.add_link(
        down, [this, index](Bytes b, Instant now) { subscribers[index]->receive(b, now); });
    const size_t back = network.add_link(down, [this, index](Bytes b, Instant now) {
      this->receivers().receive(*receiving[index], b, now);
    });
    down_links.push_back(to);
    receiving.push_back(&receivers().add_transport(100 + index, streams::test_extensions(),
                                            [this, to](Bytes b) { network.send(to, b); }));
    router::SubscribeConfig config;
    config.mid = "3";
    config.payloads = {{SimulcastPublisher::kPayloadType, kSubscribedPayloadType, kSubscribedRtx}};
    auto* subscription = receivers().router.subscribe(*received, *receiving[index], config, network.now()).value();
    subscriptions.push_back(subscription);
    subscribers.push_back(std::make_unique<VideoSubscriber>(
        network, subscription->ssrc(), subscription->rtx_ssrc(), kSubscribedPayloadType,
        [this, back](Bytes b) { network.send(back, b); }));
  }

  // Stops the camera and lets repairs end.
  void settle() {
    publisher->capturing = false;
    network.run_for(seconds(3));
  }

  uint64_t network_seed_;
  Network network;
  ForwardingNode node;                     // the publisher's worker
  std::unique_ptr<ForwardingNode> second;  // the receivers', when the room is spread
  std::unique_ptr<SimulcastPublisher> publisher;
  router::MediaTransport* publishing = nullptr;
  router::PublishedTrack* track = nullptr;
  router::PublishedTrack* received = nullptr;
  std::vector<router::MediaTransport*> receiving;
  std::vector<router::Subscription*> subscriptions;
  std::vector<std::unique_ptr<VideoSubscriber>> subscribers;
  std::vector<size_t> down_links;

 private:
  router::WorkerLink there_;
  router::WorkerLink back_;
  size_t to_node_ = 0;
  size_t from_node_ = 0;
};

// What a decoder relies on: no number is missing, pictures count up by one, time goes forward, a new encoding begins
// with a key frame, every frame is whole. Only the last frames before a switch may be cut: what the publisher's network
// lost of them is not waited for, since the key frame replaces them.
struct Verdict {
  size_t switches = 0;
  size_t missing_packets = 0;
  size_t cut_by_switch = 0;
  size_t broken_frames = 0;
  size_t switches_without_key = 0;
  size_t picture_gaps = 0;
  size_t tl0_gaps = 0;
  size_t backward_timestamps = 0;
  std::vector<uint32_t> encodings;                   // in order, without repeats
  std::map<uint32_t, std::set<uint32_t>> frames_of;  // encoding to frame numbers
};

struct ReceivedFrame {
  VideoSubscriber::Piece first;
  size_t missing_before = 0;  // sequence numbers between the frame before and this
  bool whole = true;
};

std::vector<ReceivedFrame> frames_of(const VideoSubscriber& subscriber) {
  std::vector<ReceivedFrame> frames;
  const VideoSubscriber::Piece* before = nullptr;
  for (const auto& [sequence, piece] : subscriber.pieces) {
    const bool same = before != nullptr && piece.name.frame == before->name.frame &&
                      piece.name.encoding == before->name.encoding;
    if (before == nullptr && !piece.key_start) continue;  // A decoder waits for the first key frame.
    if (same) {
      frames.back().whole &= piece.name.piece == before->name.piece + 1 && piece.timestamp == before->timestamp &&
                             piece.picture_id == before->picture_id;
    } else {
      if (before != nullptr) frames.back().whole &= before->marker;
      frames.push_back({piece, before == nullptr ? 0 : static_cast<size_t>(sequence - before->sequence - 1),
                        piece.name.piece == 0});
    }
    before = &piece;
  }
  if (before != nullptr) frames.back().whole &= before->marker;
  // Nobody can miss the very last packets: nothing came after them.
  if (!frames.empty() && !frames.back().whole) frames.pop_back();
  return frames;
}

bool switch_follows(const std::vector<ReceivedFrame>& frames, size_t index) {
  constexpr size_t kFramesOfOneRoundTrip = 6;
  for (size_t i = index + 1; i < frames.size() && i <= index + kFramesOfOneRoundTrip; ++i) {
    const bool resumed = frames[i].first.key_start;  // After a pause: a switch to the same encoding.
    if (resumed || frames[i].first.name.encoding != frames[index].first.name.encoding) return true;
  }
  return false;
}

Verdict judge(const VideoSubscriber& subscriber) {
  Verdict v;
  const std::vector<ReceivedFrame> frames = frames_of(subscriber);
  for (size_t i = 0; i < frames.size(); ++i) {
    const VideoSubscriber::Piece& first = frames[i].first;
    const bool switched = i == 0 || first.name.encoding != frames[i - 1].first.name.encoding;
    v.frames_of[first.name.encoding].insert(first.name.frame);
    if (switched) {
      ++v.switches;
      v.encodings.push_back(first.name.encoding);
      v.switches_without_key += !first.key_start;
    }
    const bool begins_anew = switched || first.key_start;
    const bool cut =
        (!frames[i].whole && switch_follows(frames, i)) ||
        (frames[i].missing_before > 0 && (begins_anew || switch_follows(frames, i)));
    v.cut_by_switch += cut;
    if (!cut) {
      v.broken_frames += !frames[i].whole;
      v.missing_packets += frames[i].missing_before;
    }
    if (i == 0) continue;
    const VideoSubscriber::Piece& before = frames[i - 1].first;
    v.picture_gaps += !cut && first.picture_id != ((before.picture_id + 1) & 0x7FFF);
    v.tl0_gaps += !cut && first.tl0 != static_cast<uint8_t>(before.tl0 + 1);
    v.backward_timestamps += !rtp::is_newer_timestamp(first.timestamp, before.timestamp);
  }
  return v;
}

void expect_continuous(const Verdict& v) {
  EXPECT_EQ(v.missing_packets, 0u);
  EXPECT_EQ(v.broken_frames, 0u);
  EXPECT_EQ(v.switches_without_key, 0u);
  EXPECT_EQ(v.picture_gaps, 0u);
  EXPECT_EQ(v.tl0_gaps, 0u);
  EXPECT_EQ(v.backward_timestamps, 0u);
  EXPECT_LE(v.cut_by_switch, (v.switches + 2) * 3);  // A resume cuts like a switch.
}

class Forwarding : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Workers, Forwarding, testing::Values(false, true),
                         [](const auto& spread) { return spread.param ? "Two" : "One"; });

TEST_P(Forwarding, DeliversEveryFrameOverLinksThatLoseFivePercent) {
  SCOPED_TRACE(seed());
  const LinkQuality bad{.loss = 0.05, .delay = milliseconds(25), .jitter = milliseconds(8), .reorder = 0.02,
                        .duplicate = 0.01};
  Call call(GetParam(), 1, bad, bad);
  call.network.run_for(seconds(30));
  call.settle();
  const Verdict v = judge(*call.subscribers[0]);
  expect_continuous(v);
  EXPECT_EQ(v.cut_by_switch, 0u);
  EXPECT_GT(call.network.lost(call.down_links[0]), 50u) << "the test must really lose packets";
  EXPECT_GT(call.subscribers[0]->retransmissions, 50);
  const uint32_t last = call.publisher->layer(0).video.frame_number();
  const auto& received = v.frames_of.at(0);
  EXPECT_EQ(received.size(), *received.rbegin() - *received.begin() + 1);
  EXPECT_GE(*received.rbegin() + 1, last);
  EXPECT_EQ(call.subscribers[0]->malformed, 0);
  EXPECT_GT(call.publisher->feedbacks, 200);
  EXPECT_GT(call.subscribers[0]->sender_reports, 20);
}

TEST_P(Forwarding, ClimbsToTheBestLayerAndObeysATargetWithKeyFramesOnly) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 3, {.loss = 0.02, .jitter = milliseconds(4)}, {.loss = 0.02, .jitter = milliseconds(4)});
  call.network.run_for(seconds(5));
  EXPECT_EQ(call.subscriptions[0]->current_quality(), 2);
  call.receivers().router.update_subscription(*call.subscriptions[0], false, 0, 0, call.network.now());
  call.network.run_for(seconds(2));
  EXPECT_EQ(call.subscriptions[0]->current_quality(), 0);
  call.receivers().router.update_subscription(*call.subscriptions[0], false, 1, 0, call.network.now());
  call.network.run_for(seconds(2));
  EXPECT_EQ(call.subscriptions[0]->current_quality(), 1);
  call.settle();
  const Verdict v = judge(*call.subscribers[0]);
  expect_continuous(v);
  EXPECT_EQ(v.encodings.back(), 1u);
  EXPECT_GE(v.switches, 3u);
}

TEST_P(Forwarding, FallsBackWhenTheCurrentLayerStopsAndReturnsWhenItIsBack) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 3, {}, {});
  call.network.run_for(seconds(3));
  ASSERT_EQ(call.subscriptions[0]->current_quality(), 2);
  const size_t before = call.subscribers[0]->pieces.size();
  call.publisher->layer(2).sending = false;
  call.network.run_for(milliseconds(700));
  EXPECT_EQ(call.subscriptions[0]->current_quality(), 1);
  EXPECT_GT(call.subscribers[0]->pieces.size(), before);
  call.network.run_for(seconds(2));
  call.publisher->layer(2).sending = true;
  call.network.run_for(seconds(2));
  EXPECT_EQ(call.subscriptions[0]->current_quality(), 2);
  call.settle();
  expect_continuous(judge(*call.subscribers[0]));
}

TEST_P(Forwarding, KeepsTheTimeOfTheCaptureAcrossSwitches) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 2, {}, {});
  call.network.run_for(seconds(3));
  call.receivers().router.update_subscription(*call.subscriptions[0], false, 0, 0, call.network.now());
  call.network.run_for(seconds(3));
  call.settle();
  const auto& pieces = call.subscribers[0]->pieces;
  // Both layers capture at the same moments: every frame is 3000 ticks after the one before, give or take the tick
  // that keeps order and the sender reports' own rounding.
  const VideoSubscriber::Piece* previous = nullptr;
  bool after_first_report = false;
  for (const auto& [sequence, piece] : pieces) {
    if (previous != nullptr && piece.name.encoding == 0 && previous->name.encoding == 1) {
      after_first_report = true;
      const uint32_t step = piece.timestamp - previous->timestamp;
      const int64_t frames = (int64_t{step} + 1500) / 3000;
      EXPECT_NEAR(static_cast<double>(step), static_cast<double>(std::max<int64_t>(frames, 0)) * 3000, 20);
    }
    previous = &piece;
  }
  EXPECT_TRUE(after_first_report);
}

TEST_P(Forwarding, SendsNothingWhileMutedOrPausedAndContinuesWithoutAGap) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 1, {.loss = 0.01}, {.loss = 0.01});
  call.network.run_for(seconds(3));
  call.node.router.set_muted(*call.track, true, call.network.now());
  call.network.run_for(milliseconds(500));
  const size_t at_mute = call.subscribers[0]->pieces.size();
  const int plis = call.publisher->plis;
  call.network.run_for(seconds(3));
  EXPECT_EQ(call.subscribers[0]->pieces.size(), at_mute);
  EXPECT_EQ(call.publisher->plis, plis);
  call.node.router.set_muted(*call.track, false, call.network.now());
  call.network.run_for(seconds(2));
  EXPECT_GT(call.subscribers[0]->pieces.size(), at_mute);
  call.receivers().router.update_subscription(*call.subscriptions[0], true, 2, 0, call.network.now());
  call.network.run_for(milliseconds(500));
  const size_t at_pause = call.subscribers[0]->pieces.size();
  call.network.run_for(seconds(2));
  EXPECT_EQ(call.subscribers[0]->pieces.size(), at_pause);
  call.receivers().router.update_subscription(*call.subscriptions[0], false, 2, 0, call.network.now());
  call.network.run_for(seconds(2));
  call.settle();
  const Verdict v = judge(*call.subscribers[0]);
  expect_continuous(v);
}

TEST_P(Forwarding, ServesManyReceiversOfDifferentQualityFromOneHistory) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 3, {.loss = 0.01, .jitter = milliseconds(5)}, {.loss = 0.03, .jitter = milliseconds(10)}, 12);
  for (size_t i = 0; i < 12; ++i) {
    call.receivers().router.update_subscription(*call.subscriptions[i], false, static_cast<uint8_t>(i % 3), 0,
                                         call.network.now());
  }
  call.network.run_for(seconds(10));
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(call.subscriptions[i]->current_quality(), i % 3) << i;
  call.settle();
  for (size_t i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    expect_continuous(judge(*call.subscribers[i]));
  }
  EXPECT_LT(call.publisher->plis, 60) << "requests of many receivers become few";
  EXPECT_LT(call.node.pool().slots_in_use(), 3u * 512 + 100);
}

TEST_P(Forwarding, KnowsTheRoundTripOnBothSides) {
  SCOPED_TRACE(seed());
  Call call(GetParam(), 1, {.delay = milliseconds(40)}, {.delay = milliseconds(15)});
  call.network.run_for(seconds(8));
  EXPECT_NEAR(static_cast<double>(call.publishing->round_trip().count()), 80'000, 3'000);
  EXPECT_NEAR(static_cast<double>(call.receiving[0]->round_trip().count()), 30'000, 3'000);
}

}  // namespace
}  // namespace chroom::simulation
