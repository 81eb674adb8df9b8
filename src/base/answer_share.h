#pragma once

#include <cstddef>

#include "base/fair_share.h"

namespace gmail_mcp {

/// Smaller answers cost less than counting them.
inline constexpr std::size_t uncounted_answer = std::size_t{64} << 10;

/// What an answer of so many bytes takes of its reader's share: nothing up to uncounted_answer.
/// Throws rate_limited, with retry_after, when there is no room for it.
FairShare::Hold hold_answer(const Shareholder& reader, std::size_t bytes);

}  // namespace gmail_mcp
