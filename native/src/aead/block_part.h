// No include guard: part of each kernel file, by way of block_x86.h or block_armv8.h, inside its namespace and target
// options. Blocks of which only the first 1..15 bytes exist. Put together in general registers: a copy by way of memory
// costs a call and a load that has to wait for several smaller stores.

// Bytes that do not exist are zero; they are not read.
inline __attribute__((always_inline)) Block block_load_part(const uint8_t* p, size_t length) {
  uint64_t low = 0;
  uint64_t high = 0;
  if (length >= 8) {
    std::memcpy(&low, p, 8);
    if (length == 8) return block_of(low, 0);
    std::memcpy(&high, p + length - 8, 8);
    return block_of(low, high >> (8 * (16 - length)));
  }
  if (length >= 4) {
    uint32_t first;
    uint32_t last;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + length - 4, 4);
    return block_of(first | static_cast<uint64_t>(last) << (8 * (length - 4)), 0);
  }
  if (length == 0) return block_zero();
  low = p[0] | static_cast<uint64_t>(p[length / 2]) << (8 * (length / 2)) | static_cast<uint64_t>(p[length - 1]) << (8 * (length - 1));
  return block_of(low, 0);
}

inline __attribute__((always_inline)) void block_store_part(uint8_t* p, Block block, size_t length) {
  const uint64_t low = block_low(block);
  if (length >= 8) {
    std::memcpy(p, &low, 8);
    if (length == 8) return;
    const uint64_t last = low >> (8 * (length - 8)) | block_high(block) << (8 * (16 - length));
    std::memcpy(p + length - 8, &last, 8);
    return;
  }
  if (length >= 4) {
    const auto first = static_cast<uint32_t>(low);
    const auto last = static_cast<uint32_t>(low >> (8 * (length - 4)));
    std::memcpy(p, &first, 4);
    std::memcpy(p + length - 4, &last, 4);
    return;
  }
  if (length == 0) return;
  p[0] = static_cast<uint8_t>(low);
  p[length / 2] = static_cast<uint8_t>(low >> (8 * (length / 2)));
  p[length - 1] = static_cast<uint8_t>(low >> (8 * (length - 1)));
}

// The first bytes of a block, zeros behind them.
inline __attribute__((always_inline)) Block block_keep(Block block, size_t length) {
  const uint64_t low = length < 8 ? ~(~uint64_t{0} << (8 * length)) : ~uint64_t{0};
  const uint64_t high = length <= 8 ? 0 : length < 16 ? ~(~uint64_t{0} << (8 * (length - 8))) : ~uint64_t{0};
  return block_and(block, block_of(low, high));
}
