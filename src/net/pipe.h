#pragma once

#include <memory>
#include <utility>

#include "net/stream.h"

namespace gmail_mcp::net {

/// Two ends of a connection in memory, on one thread: each reads what the other writes. At most
/// `capacity` bytes are waiting in each direction.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(
    const Executor& executor, std::size_t capacity = std::size_t{64} << 10);

}  // namespace gmail_mcp::net
