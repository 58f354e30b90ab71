#include "srtp/packet_cipher.h"

#include <cstring>

#include "cmsha1/hmac_sha1_many.h"
#include "srtp/send_context.h"
#include "srtp/unsigned_packets.h"

namespace chroom::srtp {
namespace {

constexpr size_t kRtpFixedHeaderBytes = 12;
constexpr size_t kRtcpClearBytes = 8;  // header and sender SSRC stay in clear
constexpr uint32_t kEncryptedFlag = 0x80000000;

// Joins the pieces in `out`, for the packets whose payload is not one run of memory.
void join(const PayloadParts& payload, uint8_t* out) {
  if (!payload.head.empty()) std::memcpy(out, payload.head.data(), payload.head.size());
  out += payload.head.size();
  if (!payload.body.empty()) std::memcpy(out, payload.body.data(), payload.body.size());
  out += payload.body.size();
  if (payload.padding_bytes == 0) return;
  std::memset(out, 0, payload.padding_bytes - 1u);
  out[payload.padding_bytes - 1] = payload.padding_bytes;
}

// RFC 7714 section 9.2: the clear part of the packet and the index word.
std::array<uint8_t, 12> rtcp_associated_data(const uint8_t* packet, uint32_t index_word) {
  std::array<uint8_t, 12> out;
  std::memcpy(out.data(), packet, kRtcpClearBytes);
  store_be32(out.data() + kRtcpClearBytes, index_word);
  return out;
}

}  // namespace

PacketCipher::PacketCipher(Profile profile, const SessionKeys& keys)
    : cipher_(profile, keys.encryption), salt_(keys.salt), profile_(profile) {
  if (!is_aead(profile)) authentication_ = digest::HmacSha1Key(keys.authentication);
}

size_t PacketCipher::seal_rtp(MutableBytes out, size_t header_length, const PayloadParts& payload, uint64_t index,
                              UnsignedPackets* unsigned_packets) {
  const size_t clear_length = header_length + payload.size();
  const size_t length = clear_length + tag_bytes(profile_);
  if (header_length < kRtpFixedHeaderBytes || out.size() < length) return 0;
  uint8_t* place = out.data() + header_length;
  Bytes source = payload.body;
  if (!payload.head.empty() || payload.padding_bytes != 0) {
    join(payload, place);
    source = Bytes(place, payload.size());
  }
  const uint32_t ssrc = load_be32(out.data() + 8);
  if (is_aead(profile_)) {
    cipher_.seal(gcm_iv(ssrc, index), out.first(header_length), source, place);
    return length;
  }
  cipher_.apply_keystream(cm_iv(ssrc, index), source, place);
  const auto rollover = static_cast<uint32_t>(index >> 16);
  if (unsigned_packets != nullptr && !unsigned_packets->full()) {
    unsigned_packets->add({&authentication_, out.data(), rollover, out.data() + clear_length}, clear_length);
  } else {
    sign(out.first(clear_length), rollover, out.data() + clear_length);
  }
  return length;
}

bool PacketCipher::open_rtp(MutableBytes packet, size_t header_length, uint64_t index) {
  const size_t clear_length = packet.size() - tag_bytes(profile_);
  const uint32_t ssrc = load_be32(packet.data() + 8);
  if (is_aead(profile_)) {
    return cipher_.open(gcm_iv(ssrc, index), packet.first(header_length), packet.subspan(header_length));
  }
  const MutableBytes payload = packet.subspan(header_length, clear_length - header_length);
  const auto rollover = static_cast<uint32_t>(index >> 16);
  if (!cmsha1::verify(authentication_, packet.first(clear_length), rollover, packet.data() + clear_length)) return false;
  cipher_.apply_keystream(cm_iv(ssrc, index), payload, payload.data());
  return true;
}

size_t PacketCipher::seal_rtcp(MutableBytes buffer, size_t length, uint32_t index) {
  if (length < kRtcpClearBytes || buffer.size() < length + rtcp_overhead_bytes()) return 0;
  const uint32_t ssrc = load_be32(buffer.data() + 4);
  const uint32_t index_word = index | kEncryptedFlag;
  const MutableBytes secret = buffer.subspan(kRtcpClearBytes, length - kRtcpClearBytes);
  uint8_t* trailer = buffer.data() + length;
  if (is_aead(profile_)) {
    cipher_.seal(gcm_iv(ssrc, index), rtcp_associated_data(buffer.data(), index_word), secret, secret.data());
    store_be32(trailer + tag_bytes(profile_), index_word);
  } else {
    cipher_.apply_keystream(cm_iv(ssrc, index), secret, secret.data());
    store_be32(trailer, index_word);
    sign(buffer.first(length), index_word, trailer + kSrtcpIndexBytes);
  }
  return length + rtcp_overhead_bytes();
}

bool PacketCipher::open_rtcp(MutableBytes packet) {
  const size_t length = packet.size() - rtcp_overhead_bytes();
  const uint32_t ssrc = load_be32(packet.data() + 4);
  const uint32_t index_word = rtcp_index_word(packet);
  const uint32_t index = index_word & ~kEncryptedFlag;
  if (is_aead(profile_)) {
    return cipher_.open(gcm_iv(ssrc, index), rtcp_associated_data(packet.data(), index_word),
                        packet.subspan(kRtcpClearBytes, length + tag_bytes(profile_) - kRtcpClearBytes));
  }
  const MutableBytes secret = packet.subspan(kRtcpClearBytes, length - kRtcpClearBytes);
  const uint8_t* tag = packet.data() + length + kSrtcpIndexBytes;
  if (!cmsha1::verify(authentication_, packet.first(length), index_word, tag)) return false;
  cipher_.apply_keystream(cm_iv(ssrc, index), secret, secret.data());
  return true;
}

uint32_t PacketCipher::rtcp_index_word(Bytes packet) const {
  const size_t from_end = kSrtcpIndexBytes + (is_aead(profile_) ? 0 : tag_bytes(profile_));
  return load_be32(packet.data() + packet.size() - from_end);
}

void PacketCipher::sign(Bytes message, uint32_t word, uint8_t* tag) const {
  const cmsha1::SignedMessage one = {&authentication_, message.data(), word, tag};
  cmsha1::sign_many({&one, 1}, message.size());
}

// RFC 7714 section 8.1: two zero bytes, SSRC and the 48-bit index, xor the salt.
std::array<uint8_t, 12> PacketCipher::gcm_iv(uint32_t ssrc, uint64_t index) const {
  // In two words, so that the cipher does not wait for bytes to come together again.
  const uint64_t high = load_be64(salt_.data()) ^ (uint64_t{ssrc} << 16 | (index >> 32 & 0xFFFF));
  const uint32_t low = load_be32(salt_.data() + 8) ^ static_cast<uint32_t>(index);
  std::array<uint8_t, 12> iv;
  store_be64(iv.data(), high);
  store_be32(iv.data() + 8, low);
  return iv;
}

// RFC 3711 section 4.1.1: (salt * 2^16) xor (SSRC * 2^64) xor (index * 2^16).
std::array<uint8_t, 16> PacketCipher::cm_iv(uint32_t ssrc, uint64_t index) const {
  std::array<uint8_t, 16> iv = {};
  store_be32(iv.data() + 4, ssrc);
  store_be16(iv.data() + 8, static_cast<uint16_t>(index >> 32));
  store_be32(iv.data() + 10, static_cast<uint32_t>(index));
  for (size_t i = 0; i < salt_.size(); ++i) iv[i] ^= salt_[i];
  return iv;
}

}  // namespace chroom::srtp
