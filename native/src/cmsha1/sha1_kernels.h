#pragma once
#include <cstddef>
#include <cstdint>

// SHA-1 compression (FIPS 180-4 section 6.1.2) of several streams at once, one function to a kernel file; only
// hmac_sha1_many.cc calls them. states: five rows of one word per stream, aligned to 64 bytes. streams: as many
// pointers, each to block_count blocks of 64 bytes.
namespace chroom::cmsha1 {

using CompressFunction = void (*)(uint32_t* states, const uint8_t* const* streams, size_t block_count);

namespace avx512 {
inline constexpr size_t kStreams = 16;
void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count);
}  // namespace avx512

namespace avx2 {
inline constexpr size_t kStreams = 8;
void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count);
}  // namespace avx2

namespace sha_ni {
void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count);
void compress_one(uint32_t* states, const uint8_t* const* streams, size_t block_count);
}  // namespace sha_ni

namespace armv8 {
void compress(uint32_t* states, const uint8_t* const* streams, size_t block_count);
void compress_one(uint32_t* states, const uint8_t* const* streams, size_t block_count);
}  // namespace armv8

}  // namespace chroom::cmsha1
