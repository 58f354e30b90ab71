#pragma once

namespace chroom::dtls {

// Gives OpenSSL a place of its own for its large blocks. A handshake takes 70 kB in six blocks of 4 to 22 kB for some
// round trips; among the small long-lived blocks of a heap they leave holes that never go back to the system, so a
// thousand people who join at once would cost 70 MB for good. Here each such block is a slot of a reserved range whose
// pages are given back when it is freed.
//
// Process-wide, as OpenSSL's memory functions are (ours is a private, static OpenSSL: nobody else's memory passes
// here). Without effect when OpenSSL has allocated already, and under a sanitizer that wants to see every block.
void separate_large_openssl_blocks();

}  // namespace chroom::dtls
