#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace chroom::session {

// TransportState of control.proto.
enum class TransportState : uint8_t { kNew, kConnected, kDisconnected, kFailed, kClosed };

// Why a transport moved; the names travel in events.
enum class TransportReason : uint8_t {
  kNone,
  kEstablished,         // ICE validated, DTLS finished, SRTP keyed
  kConsentLost,         // no ICE check for 10 s
  kConsentReturned,
  kConsentExpired,      // none for 15 s; an ICE restart can revive
  kSetupTimeout,        // not connected within 30 s of connect()
  kDtlsTimeout,
  kDtlsHandshake,
  kWrongCertificate,
  kNoSrtpProfile,
  kPeerClosed,          // close_notify
  kLocalClosed,
};

const char* transport_state_name(TransportState state);
const char* transport_reason_name(TransportReason reason);

// The table of allowed moves. FAILED to CONNECTED is the ICE restart after consent expired; what DTLS failed stays so.
inline constexpr std::array<std::array<bool, 5>, 5> kAllowedMoves = {{
    //  to: NEW   CONNECTED  DISCONNECTED  FAILED  CLOSED
    {false, true, false, true, true},    // from NEW
    {false, false, true, true, true},    // from CONNECTED
    {false, true, false, true, true},    // from DISCONNECTED
    {false, true, false, false, true},   // from FAILED
    {false, false, false, false, false}  // from CLOSED
}};

constexpr bool move_allowed(TransportState from, TransportState to) {
  return kAllowedMoves[static_cast<size_t>(from)][static_cast<size_t>(to)];
}

}  // namespace chroom::session
