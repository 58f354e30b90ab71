#pragma once
#include <cstddef>
#include <cstdint>

// Numbers of the SCTP wire format (RFC 9260, section 3, and the IANA SCTP registry).
namespace chroom::sctp {

inline constexpr size_t kCommonHeaderBytes = 12;
inline constexpr size_t kChunkHeaderBytes = 4;
inline constexpr size_t kDataHeaderBytes = 16;
inline constexpr size_t kParameterHeaderBytes = 4;

enum class ChunkType : uint8_t {
  kData = 0,
  kInit = 1,
  kInitAck = 2,
  kSack = 3,
  kHeartbeat = 4,
  kHeartbeatAck = 5,
  kAbort = 6,
  kShutdown = 7,
  kShutdownAck = 8,
  kError = 9,
  kCookieEcho = 10,
  kCookieAck = 11,
  kShutdownComplete = 14,
  kReconfig = 130,     // RFC 6525
  kForwardTsn = 192,   // RFC 3758
};

inline constexpr uint8_t kDataFlagEnd = 0x01;
inline constexpr uint8_t kDataFlagBegin = 0x02;
inline constexpr uint8_t kDataFlagUnordered = 0x04;
inline constexpr uint8_t kDataFlagImmediate = 0x08;  // RFC 7053
inline constexpr uint8_t kFlagTagReflected = 0x01;   // T bit of ABORT and SHUTDOWN COMPLETE.

namespace parameter {
inline constexpr uint16_t kHeartbeatInfo = 1;
inline constexpr uint16_t kIpv4 = 5;
inline constexpr uint16_t kIpv6 = 6;
inline constexpr uint16_t kStateCookie = 7;
inline constexpr uint16_t kUnrecognized = 8;
inline constexpr uint16_t kCookiePreservative = 9;
inline constexpr uint16_t kHostName = 11;
inline constexpr uint16_t kSupportedAddressTypes = 12;
inline constexpr uint16_t kOutgoingReset = 13;
inline constexpr uint16_t kIncomingReset = 14;
inline constexpr uint16_t kTsnReset = 15;
inline constexpr uint16_t kReconfigResponse = 16;
inline constexpr uint16_t kAddOutgoingStreams = 17;
inline constexpr uint16_t kAddIncomingStreams = 18;
inline constexpr uint16_t kSupportedExtensions = 0x8008;
inline constexpr uint16_t kForwardTsnSupported = 0xC000;
}  // namespace parameter

namespace cause {
inline constexpr uint16_t kInvalidStream = 1;
inline constexpr uint16_t kMissingParameter = 2;
inline constexpr uint16_t kStaleCookie = 3;
inline constexpr uint16_t kOutOfResource = 4;
inline constexpr uint16_t kUnrecognizedChunk = 6;
inline constexpr uint16_t kInvalidParameter = 7;
inline constexpr uint16_t kUnrecognizedParameters = 8;
inline constexpr uint16_t kNoUserData = 9;
inline constexpr uint16_t kUserInitiated = 12;
inline constexpr uint16_t kProtocolViolation = 13;
}  // namespace cause

constexpr size_t padded_to_4(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

// Serial number arithmetic (RFC 1982): true when `a` comes after `b`.
constexpr bool tsn_after(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) > 0; }
constexpr bool ssn_after(uint16_t a, uint16_t b) { return static_cast<int16_t>(a - b) > 0; }

}  // namespace chroom::sctp
