#include "session/transport_state.h"

namespace chroom::session {

const char* transport_state_name(TransportState state) {
  switch (state) {
    case TransportState::kNew: return "NEW";
    case TransportState::kConnected: return "CONNECTED";
    case TransportState::kDisconnected: return "DISCONNECTED";
    case TransportState::kFailed: return "FAILED";
    case TransportState::kClosed: return "CLOSED";
  }
  return "UNKNOWN";
}

const char* transport_reason_name(TransportReason reason) {
  switch (reason) {
    case TransportReason::kNone: return "NONE";
    case TransportReason::kEstablished: return "ESTABLISHED";
    case TransportReason::kConsentLost: return "CONSENT_LOST";
    case TransportReason::kConsentReturned: return "CONSENT_RETURNED";
    case TransportReason::kConsentExpired: return "CONSENT_EXPIRED";
    case TransportReason::kSetupTimeout: return "SETUP_TIMEOUT";
    case TransportReason::kDtlsTimeout: return "DTLS_TIMEOUT";
    case TransportReason::kDtlsHandshake: return "DTLS_HANDSHAKE";
    case TransportReason::kWrongCertificate: return "WRONG_CERTIFICATE";
    case TransportReason::kNoSrtpProfile: return "NO_SRTP_PROFILE";
    case TransportReason::kPeerClosed: return "PEER_CLOSED";
    case TransportReason::kLocalClosed: return "LOCAL_CLOSED";
  }
  return "UNKNOWN";
}

}  // namespace chroom::session
