#include "limit/path.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>

#include "aead/aes_gcm.h"
#include "cmsha1/packet_protection.h"
#include "limit/drainer.h"
#include "limit/sockets.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace chroom::limit {
namespace {

using aead::AesGcmKey;
using aead::Kernel;
using aead::kTagBytes;

constexpr size_t kHeaderBytes = 12;
constexpr int kDestinations = 64;
constexpr int kMessagesPerCall = 64;
constexpr int kPacketsPerBatch = 512;
constexpr int kPacketsPerTrial = 4000;
constexpr int kWarmUpTrials = 3;
constexpr size_t kGroBytes = 65536;

struct Receiver {
  std::unique_ptr<AesGcmKey> key;              // unless the path sends CM-SHA1
  std::unique_ptr<cmsha1::CmSha1Key> cm_key;  // then
  std::array<uint8_t, 12> salt;
  uint32_t ssrc;
  uint16_t sequence = 0;
};

struct Run {
  Run(const Path& path_in, size_t packet_bytes)
      : path(path_in),
        sockets(path_in.receivers, std::min(path_in.receivers, kDestinations)),
        plain_bytes(packet_bytes),
        published_bytes(packet_bytes + kTagBytes),
        wire_bytes(packet_bytes + (path_in.cipher == Cipher::kOwnCmSha1 ? cmsha1::kTagBytes : kTagBytes)),
        inbox(kGroBytes * 32),
        clear(packet_bytes * 64),
        outbox(static_cast<size_t>(kPacketsPerBatch) * wire_bytes) {
    std::array<uint8_t, 16> key{};
    publisher = std::make_unique<AesGcmKey>(key);
    for (int i = 0; i < path.receivers; i++) {
      key.fill(static_cast<uint8_t>(i * 7));
      Receiver receiver;
      if (path.cipher == Cipher::kOwnCmSha1) {
        receiver.cm_key = std::make_unique<cmsha1::CmSha1Key>(key, key);
      } else {
        receiver.key = std::make_unique<AesGcmKey>(key, path.cipher == Cipher::kOwnGcm ? aead::best_kernel() : Kernel::kOpenSsl);
      }
      receiver.salt.fill(static_cast<uint8_t>(i));
      receiver.ssrc = static_cast<uint32_t>(i);
      receivers.push_back(std::move(receiver));
    }
    sockets.set_gro(path.receive == Receive::kGro);
    sockets.set_segment(path.send == Send::kConnectedSegments ? static_cast<int>(wire_bytes) : 0);
  }

  const Path& path;
  Sockets sockets;
  const size_t plain_bytes, published_bytes, wire_bytes;
  std::unique_ptr<AesGcmKey> publisher;
  std::vector<Receiver> receivers;
  std::vector<uint8_t> inbox, clear, outbox;
  uint16_t published = 0;
};

double cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::array<uint8_t, 12> nonce_of(const std::array<uint8_t, 12>& salt, const uint8_t* header) {
  std::array<uint8_t, 12> nonce = salt;
  nonce[10] ^= header[2];
  nonce[11] ^= header[3];
  return nonce;
}

void publish_frame(Run& run) {
  static thread_local std::vector<uint8_t> frame;
  frame.resize(run.published_bytes * static_cast<size_t>(run.path.packets_per_frame));
  const std::vector<uint8_t> payload(run.plain_bytes - kHeaderBytes, 0x5a);
  for (int i = 0; i < run.path.packets_per_frame; i++) {
    uint8_t* packet = frame.data() + run.published_bytes * static_cast<size_t>(i);
    std::memset(packet, 0, kHeaderBytes);
    packet[0] = 0x80;
    packet[1] = 96;
    store_be16(packet + 2, run.published++);
    run.publisher->seal(nonce_of({}, packet).data(), Bytes(packet, kHeaderBytes), payload, packet + kHeaderBytes);
  }
  run.sockets.publish(frame.data(), run.path.packets_per_frame, run.published_bytes, run.path.receive == Receive::kGro);
}

// Receives one frame and leaves its packets decrypted in run.clear.
void receive_frame(Run& run) {
  const bool gro = run.path.receive == Receive::kGro;
  const size_t slot = gro ? kGroBytes : 2048;
  const unsigned slots = gro ? 4 : 32;
  int received = 0;
  while (received < run.path.packets_per_frame) {
    std::array<mmsghdr, 32> messages{};
    std::array<iovec, 32> parts;
    std::array<std::array<char, 64>, 32> control;
    for (unsigned i = 0; i < slots; i++) {
      parts[i] = {run.inbox.data() + slot * i, slot};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = control[i].data();
      messages[i].msg_hdr.msg_controllen = control[i].size();
    }
    const int count = recvmmsg(run.sockets.ingress(), messages.data(), slots, MSG_DONTWAIT, nullptr);
    if (count <= 0) fail("recvmmsg");
    for (int i = 0; i < count; i++) {
      uint8_t* data = run.inbox.data() + slot * static_cast<size_t>(i);
      for (size_t offset = 0; offset < messages[static_cast<size_t>(i)].msg_len; offset += run.published_bytes) {
        const uint8_t* packet = data + offset;
        uint8_t* out = run.clear.data() + run.plain_bytes * static_cast<size_t>(received++);
        std::memcpy(out, packet, kHeaderBytes);
        const Bytes sealed(packet + kHeaderBytes, run.published_bytes - kHeaderBytes);
        if (!run.publisher->open(nonce_of({}, packet).data(), Bytes(packet, kHeaderBytes), sealed, out + kHeaderBytes)) {
          std::fprintf(stderr, "a published packet did not authenticate\n");
          std::exit(1);
        }
      }
    }
  }
}

// The packets of receivers [first, last) one behind the other in run.outbox. Returns how many.
int write_packets(Run& run, int first, int last) {
  static thread_local std::vector<cmsha1::ClearPacket> jobs;
  jobs.clear();
  uint8_t* out = run.outbox.data();
  int packets = 0;
  for (int at = first; at < last; at++) {
    Receiver& receiver = run.receivers[static_cast<size_t>(at)];
    for (int i = 0; i < run.path.packets_per_frame; i++, packets++, out += run.wire_bytes) {
      const uint8_t* clear = run.clear.data() + run.plain_bytes * static_cast<size_t>(i);
      std::memcpy(out, clear, kHeaderBytes);
      store_be16(out + 2, receiver.sequence++);
      std::memcpy(out + 8, &receiver.ssrc, 4);
      const std::array<uint8_t, 12> nonce = nonce_of(receiver.salt, out);
      if (receiver.cm_key == nullptr) {
        receiver.key->seal(nonce.data(), Bytes(out, kHeaderBytes),
                           Bytes(clear + kHeaderBytes, run.plain_bytes - kHeaderBytes), out + kHeaderBytes);
        continue;
      }
      auto& job = jobs.emplace_back(cmsha1::ClearPacket{receiver.cm_key.get(), {}, clear + kHeaderBytes, out, 0});
      std::memcpy(job.iv.data() + 2, nonce.data(), nonce.size());
    }
  }
  cmsha1::protect_many(jobs, kHeaderBytes, run.plain_bytes - kHeaderBytes);
  return packets;
}

struct SegmentControl {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(uint16_t))> bytes;
};

void set_segment(msghdr& header, SegmentControl& control, size_t segment_bytes) {
  control.bytes.fill(0);
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  cmsghdr* entry = CMSG_FIRSTHDR(&header);
  entry->cmsg_level = IPPROTO_UDP;
  entry->cmsg_type = UDP_SEGMENT;
  entry->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  const auto value = static_cast<uint16_t>(segment_bytes);
  std::memcpy(CMSG_DATA(entry), &value, sizeof value);
}

void send_batch(Run& run, int first_receiver, int packets) {
  const int frame = run.path.packets_per_frame;
  uint8_t* data = run.outbox.data();
  if (run.path.send == Send::kConnectedSegments) {
    for (int i = 0; i < packets; i += frame) {
      const size_t bytes = run.wire_bytes * static_cast<size_t>(frame);
      if (send(run.sockets.connected(first_receiver + i / frame), data + run.wire_bytes * static_cast<size_t>(i), bytes, 0) < 0) fail("send");
    }
    return;
  }
  if (run.path.send == Send::kConnected) {
    for (int i = 0; i < packets; i++) {
      if (send(run.sockets.connected(first_receiver + i / frame), data + run.wire_bytes * static_cast<size_t>(i), run.wire_bytes, 0) < 0) fail("send");
    }
    return;
  }
  const int per_message = run.path.send == Send::kSendmmsgSegments ? frame : 1;
  std::array<mmsghdr, kMessagesPerCall> messages{};
  std::array<iovec, kMessagesPerCall> parts;
  std::array<SegmentControl, kMessagesPerCall> controls;
  size_t count = 0;
  for (int i = 0; i < packets; i += per_message, count++) {
    parts[count] = {data + run.wire_bytes * static_cast<size_t>(i), run.wire_bytes * static_cast<size_t>(per_message)};
    msghdr& header = messages[count].msg_hdr;
    header.msg_name = const_cast<sockaddr_in*>(&run.sockets.destination(first_receiver + i / frame));
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &parts[count];
    header.msg_iovlen = 1;
    if (per_message > 1) set_segment(header, controls[count], run.wire_bytes);
  }
  const auto messages_sent = sendmmsg(run.sockets.egress(), messages.data(), static_cast<unsigned>(count), 0);
  if (messages_sent != static_cast<int>(count)) fail("sendmmsg");
}

void forward_frame(Run& run) {
  receive_frame(run);
  const int frame = run.path.packets_per_frame;
  const bool segments = run.path.send == Send::kConnectedSegments || run.path.send == Send::kSendmmsgSegments;
  const int batch_packets = segments ? kPacketsPerBatch : kMessagesPerCall;
  const int batch_receivers = std::max(1, std::min(batch_packets / frame, kMessagesPerCall));
  for (int first = 0; first < run.path.receivers; first += batch_receivers) {
    const int last = std::min(run.path.receivers, first + batch_receivers);
    send_batch(run, first, write_packets(run, first, last));
  }
}

}  // namespace

std::vector<double> measure(const Path& path, size_t packet_bytes, int trials, int drain_cpu) {
  Run run(path, packet_bytes);
  std::optional<Drainer> drainer;
  if (path.drain == Drain::kOtherCore) drainer.emplace(run.sockets.sinks(), drain_cpu);
  const auto sent = static_cast<size_t>(path.receivers * path.packets_per_frame);
  const int frames = std::max(1, kPacketsPerTrial / (path.receivers * path.packets_per_frame));
  std::vector<double> ns_per_packet;
  for (int trial = -kWarmUpTrials; trial < trials; trial++) {
    double spent_ns = 0;
    for (int i = 0; i < frames; i++) {
      publish_frame(run);
      const double begun = cpu_ns();
      forward_frame(run);
      spent_ns += cpu_ns() - begun;
      const size_t arrived = drainer ? drainer->wait_for(sent) : run.sockets.drain();
      if (arrived != sent) {
        std::fprintf(stderr, "%s: %zu of %zu packets arrived\n", path.name, arrived, sent);
        std::exit(1);
      }
    }
    if (trial >= 0) ns_per_packet.push_back(spent_ns / (frames * path.receivers * path.packets_per_frame));
  }
  return ns_per_packet;
}

}  // namespace chroom::limit
