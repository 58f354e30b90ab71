#pragma once
#include <cstddef>
#include <cstdint>

// Every way a datagram, packet or message ends without reaching its receiver: X(enumerator, stable_name). The names
// travel to TypeScript, metrics and benchmarks: append at the end of a group, never rename.
#define CHROOM_DROP_REASONS(X)                                    \
  /* Reserved: "was not dropped". Its counter stays zero. */      \
  X(kNone, none)                                                  \
  /* Receiving and demultiplexing (RFC 7983). */                  \
  X(kDatagramEmpty, datagram_empty)                               \
  X(kDatagramTooLong, datagram_too_long)                          \
  X(kDatagramUnknownKind, datagram_unknown_kind)                  \
  X(kDatagramUnknownSource, datagram_unknown_source)              \
  X(kPoolExhausted, pool_exhausted)                               \
  X(kSessionClosed, session_closed)                               \
  /* STUN and ICE. */                                             \
  X(kStunMalformed, stun_malformed)                               \
  X(kStunBadFingerprint, stun_bad_fingerprint)                    \
  X(kStunMissingIntegrity, stun_missing_integrity)                \
  X(kStunBadIntegrity, stun_bad_integrity)                        \
  X(kStunUnknownUser, stun_unknown_user)                          \
  X(kStunUnexpected, stun_unexpected)                             \
  X(kStunUnknownAttribute, stun_unknown_attribute)                \
  X(kIceNoPath, ice_no_path)                                      \
  X(kIceConsentExpired, ice_consent_expired)                      \
  /* DTLS. */                                                     \
  X(kDtlsMalformed, dtls_malformed)                               \
  X(kDtlsUnexpected, dtls_unexpected)                             \
  X(kDtlsFailed, dtls_failed)                                     \
  X(kDtlsBadCertificate, dtls_bad_certificate)                    \
  X(kDtlsQueueFull, dtls_queue_full)                              \
  X(kDtlsAmplificationLimit, dtls_amplification_limit)            \
  X(kDtlsNotConnected, dtls_not_connected)                        \
  /* SRTP and SRTCP (RFC 3711, RFC 7714). */                      \
  X(kSrtpNoKey, srtp_no_key)                                      \
  X(kSrtpTooShort, srtp_too_short)                                \
  X(kSrtpAuthFailed, srtp_auth_failed)                            \
  X(kSrtpReplayed, srtp_replayed)                                 \
  X(kSrtpTooOld, srtp_too_old)                                    \
  X(kSrtpStreamLimit, srtp_stream_limit)                          \
  X(kSrtpIndexExhausted, srtp_index_exhausted)                    \
  X(kSrtpProtectFailed, srtp_protect_failed)                      \
  X(kSrtcpTooShort, srtcp_too_short)                              \
  X(kSrtcpAuthFailed, srtcp_auth_failed)                          \
  X(kSrtcpReplayed, srtcp_replayed)                               \
  X(kSrtcpTooOld, srtcp_too_old)                                  \
  X(kSrtcpStreamLimit, srtcp_stream_limit)                        \
  X(kSrtcpNotEncrypted, srtcp_not_encrypted)                      \
  /* RTP. */                                                      \
  X(kRtpTooShort, rtp_too_short)                                  \
  X(kRtpBadVersion, rtp_bad_version)                              \
  X(kRtpBadCsrcs, rtp_bad_csrcs)                                  \
  X(kRtpBadExtension, rtp_bad_extension)                          \
  X(kRtpBadPadding, rtp_bad_padding)                              \
  X(kRtpBadPayload, rtp_bad_payload)                              \
  X(kRtpPaddingOnly, rtp_padding_only)                            \
  X(kRtpUnknownSsrc, rtp_unknown_ssrc)                            \
  X(kRtpUnknownPayloadType, rtp_unknown_payload_type)             \
  X(kRtpStreamLimit, rtp_stream_limit)                            \
  X(kRtpDuplicate, rtp_duplicate)                                 \
  X(kRtpTooOld, rtp_too_old)                                      \
  X(kRtxUnknownStream, rtx_unknown_stream)                        \
  X(kRtxEmpty, rtx_empty)                                         \
  /* RTCP. */                                                     \
  X(kRtcpMalformed, rtcp_malformed)                               \
  X(kRtcpUnknownSsrc, rtcp_unknown_ssrc)                          \
  X(kRtcpUnsupported, rtcp_unsupported)                           \
  X(kNackNotInHistory, nack_not_in_history)                       \
  X(kNackLimited, nack_limited)                                   \
  X(kKeyFrameRequestThrottled, key_frame_request_throttled)       \
  /* Router and layers. */                                        \
  X(kPublicationPaused, publication_paused)                       \
  X(kSubscriptionPaused, subscription_paused)                     \
  X(kLayerNotWanted, layer_not_wanted)                            \
  X(kWaitingForKeyFrame, waiting_for_key_frame)                   \
  X(kNoSubscriber, no_subscriber)                                 \
  X(kRouterTooOld, router_too_old)                                \
  X(kReceiverNotReady, receiver_not_ready)                        \
  /* Egress. */                                                   \
  X(kPacerQueueFull, pacer_queue_full)                            \
  X(kPacerExpired, pacer_expired)                                 \
  X(kRunTooLong, run_too_long)                                    \
  X(kSendBufferFull, send_buffer_full)                            \
  X(kSendRefused, send_refused)                                   \
  X(kWorkerRingFull, worker_ring_full)                            \
  X(kEventRingFull, event_ring_full)                              \
  /* SCTP and data channels. */                                   \
  X(kSctpMalformed, sctp_malformed)                               \
  X(kSctpBadChecksum, sctp_bad_checksum)                          \
  X(kSctpBadTag, sctp_bad_tag)                                    \
  X(kSctpUnexpected, sctp_unexpected)                             \
  X(kSctpDuplicate, sctp_duplicate)                               \
  X(kSctpReceiveBufferFull, sctp_receive_buffer_full)             \
  X(kSctpSendBufferFull, sctp_send_buffer_full)                   \
  X(kSctpAbandoned, sctp_abandoned)                               \
  X(kDataMessageTooLong, data_message_too_long)                   \
  X(kDataChannelLimit, data_channel_limit)                        \
  X(kDataChannelUnknown, data_channel_unknown)                    \
  X(kDataChannelNotOpen, data_channel_not_open)                   \
  X(kDataMessageRefused, data_message_refused)

namespace chroom::metering {

enum class DropReason : uint8_t {
#define CHROOM_DROP_ENUMERATOR(enumerator, name) enumerator,
  CHROOM_DROP_REASONS(CHROOM_DROP_ENUMERATOR)
#undef CHROOM_DROP_ENUMERATOR
};

#define CHROOM_DROP_ONE(enumerator, name) +1
inline constexpr size_t kDropReasonCount = 0 CHROOM_DROP_REASONS(CHROOM_DROP_ONE);
#undef CHROOM_DROP_ONE

// Stable snake_case name; "unknown" for a value outside the enumeration.
const char* drop_reason_name(DropReason reason);

}  // namespace chroom::metering

namespace chroom {
using metering::DropReason;
}
