#include "ice/credentials.h"

#include <algorithm>

#include "stun/message.h"

namespace chroom::ice {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(kAlphabet.size() == 64, "six random bits choose a character without bias");

std::string random_characters(RandomSource& random, size_t count) {
  std::array<uint8_t, kMaxCredentialCharacters> raw;
  random.fill(MutableBytes(raw.data(), count));
  std::string text(count, '\0');
  for (size_t i = 0; i < count; ++i) text[i] = kAlphabet[raw[i] & 63];
  return text;
}

bool of_alphabet(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

}  // namespace

Credentials generate_credentials(RandomSource& random) {
  Credentials made;
  made.username_fragment = random_characters(random, kFragmentCharacters);
  made.password = random_characters(random, kPasswordCharacters);
  return made;
}

bool well_formed(const Credentials& credentials) {
  const std::string& fragment = credentials.username_fragment;
  const std::string& password = credentials.password;
  return fragment.size() >= kMinFragmentCharacters && fragment.size() <= kMaxCredentialCharacters &&
         password.size() >= kMinPasswordCharacters && password.size() <= kMaxCredentialCharacters &&
         of_alphabet(fragment) && of_alphabet(password);
}

std::string_view addressed_fragment(Bytes datagram) {
  stun::Message message;
  if (stun::parse(datagram, message) != DropReason::kNone) return {};
  if (message.message_class != stun::MessageClass::kRequest || message.method != stun::kBindingMethod) return {};
  Bytes ours;
  Bytes theirs;
  if (!stun::split_username(message.username, ours, theirs)) return {};
  return {reinterpret_cast<const char*>(ours.data()), ours.size()};
}

}  // namespace chroom::ice
