#pragma once

#include <boost/asio/ip/address.hpp>

namespace gmail_mcp::net {

/// Whether the address is one of a machine on the internet: none of this machine, of a private
/// network, of a link, of a provider's inside, of a group, of a tunnel to any of these or of a
/// document (the special-purpose registries of IANA, RFC 6890).
bool is_public(const boost::asio::ip::address& address);

}  // namespace gmail_mcp::net
