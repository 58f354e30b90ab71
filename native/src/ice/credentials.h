#pragma once
#include <array>
#include <string>
#include <string_view>

#include "vocabulary/bytes.h"
#include "vocabulary/random.h"

namespace chroom::ice {

// RFC 8839 section 5.4: at least 4 and 22 characters of ALPHA / DIGIT / "+" / "/", at most 256 each.
inline constexpr size_t kMinFragmentCharacters = 4;
inline constexpr size_t kMinPasswordCharacters = 22;
inline constexpr size_t kMaxCredentialCharacters = 256;

// What we generate: 72 random bits name the agent, 144 protect it (RFC 8445 section 5.3 asks for 24 and 128).
inline constexpr size_t kFragmentCharacters = 12;
inline constexpr size_t kPasswordCharacters = 24;

// Username fragment and password of one side and one ICE generation.
struct Credentials {
  std::string username_fragment;
  std::string password;

  bool operator==(const Credentials&) const = default;
};

Credentials generate_credentials(RandomSource& random);

// Lengths and alphabet as RFC 8839 wants them.
bool well_formed(const Credentials& credentials);

// For the demultiplexer: the fragment that a binding request addresses, which is the part of its USERNAME before the
// colon. Empty when the datagram is no well-formed binding request with a USERNAME. Nothing is authenticated here.
// Borrows from the datagram.
std::string_view addressed_fragment(Bytes datagram);

}  // namespace chroom::ice
