#pragma once

#include <cstddef>

#include "base/fair_share.h"

namespace gmail_mcp {

/// Up to this size an answer costs less than counting it.
inline constexpr std::size_t uncounted_answer = std::size_t{64} << 10;

/// Takes the bytes of an answer from its reader's share; nothing up to uncounted_answer. Throws
/// rate_limited, with retry_after, when the share has no room.
FairShare::Hold hold_answer(const Shareholder& reader, std::size_t bytes);

}  // namespace gmail_mcp
