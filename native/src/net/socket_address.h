#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "vocabulary/transport_address.h"
#include "vocabulary/result.h"

namespace chroom::net {

// Storage for either family, as system calls want it.
union SocketAddress {
  sockaddr any;
  sockaddr_in ipv4;
  sockaddr_in6 ipv6;
};

// Fills `out` and returns how many of its bytes count.
socklen_t to_socket_address(const TransportAddress& address, SocketAddress& out);

// IPv4-mapped IPv6 addresses are folded to IPv4. An unknown family gives an address of zeros.
TransportAddress from_socket_address(const SocketAddress& address);

// Reads an IPv4 or IPv6 literal (no name look-up, no zone). kInvalidArgument otherwise.
Result<TransportAddress> parse_address(const std::string& literal, uint16_t port);

// The address without the port, as candidates carry it.
std::string address_text(const TransportAddress& address);

// "127.0.0.1:5000" or "[::1]:5000"; for reports, never for keys.
std::string address_and_port_text(const TransportAddress& address);

}  // namespace chroom::net
