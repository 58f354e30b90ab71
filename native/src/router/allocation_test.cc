// After warm-up the packet path must not touch the allocator, whatever comes in; and what a subscription takes is counted.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "router/router_harness.h"
#include "vocabulary/sanitizers.h"

namespace {
thread_local bool counting = false;
thread_local size_t allocations = 0;
thread_local int64_t held_bytes = 0;

// With the allocator's own word in front of each piece.
int64_t size_of(void* memory) { return memory == nullptr ? 0 : static_cast<int64_t>(malloc_usable_size(memory) + sizeof(size_t)); }

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (counting) ++allocations;
  const bool ordinary = alignment <= alignof(std::max_align_t);
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = ordinary ? std::malloc(bytes) : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) std::abort();
  held_bytes += size_of(memory);
  return memory;
}

void release(void* memory) {
  held_bytes -= size_of(memory);
  std::free(memory);
}
}  // namespace

#if !CHROOM_THREAD_SANITIZER
void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t a) { return allocate(bytes, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) { return allocate(bytes, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }
#endif

namespace chroom::router {
namespace {

constexpr size_t kReceivers = 100;
constexpr int kFrames = 200;

struct AllocationTest : testing::Test, RouterHarness {
  // Frames, their losses and all the feedback a room of browsers sends; made beforehand, so that only the router runs
  // while allocations are counted.
  struct Step {
    std::vector<streams::SyntheticVideo::Packet> packets;
  };

  void run(const std::vector<Step>& steps, std::vector<Subscription*>& subscriptions, MediaTransport& publisher) {
    for (const Step& step : steps) {
      for (const auto& raw : step.packets) receive(publisher, raw);
      uint16_t newest = 0;
      router.flush_runs(now, [&](MediaTransport& to, std::span<streams::EgressPacket> packets) {
        for (auto& packet : packets) {
          uint8_t header[rtp::kMaxEgressHeaderBytes];
          packet.fields.transport_sequence = to.number_packet(1200, now);
          streams::write_header({header, sizeof header}, packet);
          newest = packet.fields.sequence;
          ++sent;
        }
      });
      for (Subscription* subscription : subscriptions) {
        uint8_t raw[128];
        rtcp::Writer writer({raw, sizeof raw});
        const uint16_t lost[] = {static_cast<uint16_t>(newest - 3), newest};
        writer.nack(1, subscription->ssrc(), lost);
        writer.pli(1, subscription->ssrc());
        router.on_rtcp(subscription->receiver(), writer.bytes(), now);
      }
      now += std::chrono::milliseconds(33);
      router.run_timers(now, [&](MediaTransport&, Bytes) { ++rtcp_sent; });
      router.clear_events();
    }
  }
  size_t sent = 0;
  size_t rtcp_sent = 0;
};

TEST_F(AllocationTest, ForwardingToAHundredReceiversAllocatesNothing) {
  if (CHROOM_THREAD_SANITIZER) GTEST_SKIP() << "the thread sanitizer has operators new of its own";
  MediaTransport& publisher = add_transport(1);
  PublishedTrack& track = *router.publish(publisher, video_config(2)).value();
  std::vector<Subscription*> subscriptions;
  for (uint64_t i = 0; i < kReceivers; ++i) {
    SubscribeConfig config = subscribe_config();
    config.max_quality = static_cast<uint8_t>(i % 2);
    subscriptions.push_back(router.subscribe(track, add_transport(100 + i), config, now).value());
  }
  streams::SyntheticVideo low({.ssrc = 1, .rid = "a"});
  streams::SyntheticVideo high({.ssrc = 2, .rid = "b", .payload_bytes = 1100});
  std::vector<Step> steps(2 * kFrames);
  for (size_t i = 0; i < steps.size(); ++i) {
    steps[i].packets = low.frame(i % 60 == 0, 2);
    for (auto& packet : high.frame(i % 60 == 0, 8)) {
      if (packet[3] % 13 != 0) steps[i].packets.push_back(packet);
    }
  }
  const std::vector<Step> warm(steps.begin(), steps.begin() + kFrames);
  const std::vector<Step> measured(steps.begin() + kFrames, steps.end());
  run(warm, subscriptions, publisher);
  sent = rtcp_sent = 0;
  counting = true;
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, 1u) << "the counter counts";
  allocations = 0;
  run(measured, subscriptions, publisher);
  counting = false;
  EXPECT_EQ(allocations, 0u);
  EXPECT_GT(sent, kFrames * (kReceivers / 2 * 2 + kReceivers / 2 * 7));
  EXPECT_GT(rtcp_sent, 100u);
  EXPECT_GT(counters.get(Counter::kRtxPacketsSent), 1000u);
}

TEST_F(AllocationTest, OfASubscriptionThatLosesPacketsAndLeavesOutLayersIsAtMost512Bytes) {
  if (CHROOM_THREAD_SANITIZER || CHROOM_ADDRESS_SANITIZER) GTEST_SKIP() << "sanitizers have an allocator of their own";
  constexpr uint64_t kTracks = 20;
  constexpr uint64_t kAdded = 50;  // receivers
  MediaTransport& publisher = add_transport(1);
  std::vector<PublishedTrack*> tracks;
  std::vector<streams::SyntheticVideo> videos;
  for (uint32_t i = 0; i < kTracks; ++i) {
    PublishConfig config = video_config();
    config.mid = "p" + std::to_string(i);
    config.encodings[0].ssrc = 0x100 + i;
    tracks.push_back(router.publish(publisher, config).value());
    videos.push_back(streams::SyntheticVideo({.ssrc = 0x100 + i, .mid = config.mid, .temporal_layers = 2}));
  }
  const auto second = [&] {
    std::vector<Step> steps(30);
    for (size_t i = 0; i < steps.size(); ++i) {
      for (auto& video : videos) {
        for (auto& packet : video.frame(i == 0, 2)) steps[i].packets.push_back(packet);
      }
    }
    return steps;
  };
  const auto subscribe_all = [&](MediaTransport& receiver, std::span<PublishedTrack* const> to) {
    std::vector<Subscription*> added;
    for (PublishedTrack* track : to) added.push_back(router.subscribe(*track, receiver, subscribe_config(), now).value());
    return added;
  };
  const auto flow = [&](std::vector<Subscription*>& subscriptions) {
    run(second(), subscriptions, publisher);
    // Half of what each publisher sends is above this rate.
    for (Subscription* subscription : subscriptions) router.update_subscription(*subscription, false, 2, 15, now);
    run(second(), subscriptions, publisher);
  };
  // What a track and a transport take with their first subscription is not what others add.
  std::vector<Subscription*> subscriptions = subscribe_all(add_transport(2), tracks);
  std::vector<MediaTransport*> receivers;
  for (uint64_t i = 0; i < kAdded; ++i) {
    receivers.push_back(&add_transport(10 + i));
    for (Subscription* first : subscribe_all(*receivers.back(), std::span(tracks).first(1))) subscriptions.push_back(first);
  }
  flow(subscriptions);
  subscriptions.reserve(subscriptions.size() + kAdded * kTracks);

  const int64_t before = held_bytes;
  for (MediaTransport* receiver : receivers) {
    for (Subscription* added : subscribe_all(*receiver, std::span(tracks).subspan(1))) subscriptions.push_back(added);
  }
  const uint64_t left_out_before = dropped(DropReason::kLayerNotWanted);
  const uint64_t resent_before = counters.get(Counter::kRtxPacketsSent);
  flow(subscriptions);
  const auto added = static_cast<int64_t>(kAdded * (kTracks - 1));
  EXPECT_GT(dropped(DropReason::kLayerNotWanted) - left_out_before, static_cast<uint64_t>(added * 10));
  EXPECT_GT(counters.get(Counter::kRtxPacketsSent) - resent_before, 100u);
  const int64_t each = (held_bytes - before) / added;
  RecordProperty("bytes", std::to_string(each));
  EXPECT_LE(each, 512);
  EXPECT_GE(each, static_cast<int64_t>(sizeof(Subscription)));
}

}  // namespace
}  // namespace chroom::router
