#pragma once

#include <memory>

#include "net/stream.h"

namespace gmail_mcp::imap {

/// COMPRESS=DEFLATE (RFC 4978): raw deflate in both directions over `inner`. What a peer sends is
/// inflated no faster than it is read, so a small bomb stays small.
std::unique_ptr<net::Stream> make_deflate_stream(std::unique_ptr<net::Stream> inner);

}  // namespace gmail_mcp::imap
