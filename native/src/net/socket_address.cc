#include "net/socket_address.h"

#include <arpa/inet.h>

#include <cstring>

namespace chroom::net {

socklen_t to_socket_address(const TransportAddress& address, SocketAddress& out) {
  if (address.is_ipv6) {
    out.ipv6 = {};
    out.ipv6.sin6_family = AF_INET6;
    out.ipv6.sin6_port = htons(address.port);
    std::memcpy(&out.ipv6.sin6_addr, address.ip.data(), 16);
    return sizeof out.ipv6;
  }
  out.ipv4 = {};
  out.ipv4.sin_family = AF_INET;
  out.ipv4.sin_port = htons(address.port);
  std::memcpy(&out.ipv4.sin_addr, address.ip.data(), 4);
  return sizeof out.ipv4;
}

TransportAddress from_socket_address(const SocketAddress& socket_address) {
  TransportAddress address;
  if (socket_address.any.sa_family == AF_INET) {
    address.port = ntohs(socket_address.ipv4.sin_port);
    std::memcpy(address.ip.data(), &socket_address.ipv4.sin_addr, 4);
  } else if (socket_address.any.sa_family == AF_INET6) {
    const in6_addr& ip = socket_address.ipv6.sin6_addr;
    address.port = ntohs(socket_address.ipv6.sin6_port);
    address.is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&ip);
    if (address.is_ipv6) {
      std::memcpy(address.ip.data(), &ip, 16);
    } else {
      std::memcpy(address.ip.data(), ip.s6_addr + 12, 4);
    }
  }
  return address;
}

Result<TransportAddress> parse_address(const std::string& literal, uint16_t port) {
  SocketAddress address{};
  if (inet_pton(AF_INET, literal.c_str(), &address.ipv4.sin_addr) == 1) {
    address.ipv4.sin_family = AF_INET;
    address.ipv4.sin_port = htons(port);
    return from_socket_address(address);
  }
  if (inet_pton(AF_INET6, literal.c_str(), &address.ipv6.sin6_addr) == 1) {
    address.ipv6.sin6_family = AF_INET6;
    address.ipv6.sin6_port = htons(port);
    return from_socket_address(address);
  }
  return Error{ErrorCode::kInvalidArgument, "expected an IPv4 or IPv6 literal, received \"" + literal.substr(0, 64) + "\""};
}

std::string address_text(const TransportAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.is_ipv6 ? AF_INET6 : AF_INET, address.ip.data(), text, sizeof text);
  return text;
}

std::string address_and_port_text(const TransportAddress& address) {
  std::string text = address_text(address);
  return (address.is_ipv6 ? "[" + text + "]" : text) + ":" + std::to_string(address.port);
}

}  // namespace chroom::net
