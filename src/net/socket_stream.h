#pragma once

#include <memory>
#include <string>

#include "net/stream.h"
#include "net/tls.h"

namespace gmail_mcp::net {

/// Takes over the connected TCP socket `descriptor`.
std::unique_ptr<Stream> make_tcp_stream(const Executor& executor, int descriptor);

/// TLS on the connected TCP socket `descriptor`, with us as the server. The handshake is part of
/// the first reads and writes.
std::unique_ptr<Stream> make_tls_server_stream(const Executor& executor, int descriptor,
                                               std::shared_ptr<const TlsContext> context);

/// TLS as the client of `host`, whose certificate must be valid for that name. Returns the stream
/// after the handshake; throws Error{misconfigured} when the certificate cannot be trusted. Takes
/// over `descriptor` in any case.
Task<std::unique_ptr<Stream>> make_tls_client_stream(int descriptor, std::string host,
                                                     std::shared_ptr<const TlsContext> context);

}  // namespace gmail_mcp::net
