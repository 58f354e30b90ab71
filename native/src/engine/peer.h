#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commands.h"
#include "engine/deadline_heap.h"
#include "router/media_transport.h"
#include "session/transport.h"

namespace chroom::engine {

struct Session;

// The data channels of LiveKit's clients, by label.
enum class DataLabel : uint8_t { kReliable, kLossy, kDataTrack };
inline constexpr std::array<std::string_view, 3> kDataLabels = {"_reliable", "_lossy", "_data_track"};

// One peer connection of a session: the secured transport (ICE, DTLS, SRTP keys, SCTP) beside its media side, which the
// router owns. Here the two meet. Lives on the worker's thread.
struct Peer {
  Peer(Session& of_session, TransportRole in_role, session::Workplace& workplace)
      : session(of_session), role(in_role), transport(workplace, {}) {}

  std::optional<uint16_t>& channel(DataLabel label) { return channels[static_cast<size_t>(label)]; }

  Session& session;  // borrowed: owns this
  const TransportRole role;
  session::Transport transport;
  router::MediaTransport* media = nullptr;  // owned by the router
  DeadlineSlot deadline_slot;

  std::vector<std::string> fragments;  // under which incoming checks find this peer
  std::vector<HeaderExtension> header_extensions;
  std::array<std::optional<uint16_t>, 3> channels;  // stream ids by DataLabel, once open
  bool opens_channels = false;                      // we are the side that creates them
  bool told_channels = false;
  Instant single_sends_until{};                     // the path refused segmentation
};

}  // namespace chroom::engine
