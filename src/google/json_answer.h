#pragma once

// Private to this folder: what all readers of Gmail's JSON do alike.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "schema/json_text.h"

namespace gmail_mcp::google {

// How many JSON values an answer may contain: {"a":1} are two. Each takes far more memory than
// bytes on the wire, so these limits are well above what Gmail sends and far below what fits into
// an answer. Gmail accepts 500 KB of header fields in a message, which are three values each.
inline constexpr std::size_t message_values = 1'000'000;
inline constexpr std::size_t small_values = 1'000;

/// Tolerant of broken UTF-8 and of names that are repeated, of which the last one counts.
schema::JsonRules rules_of_answer(std::size_t most_values);

/// The content was decided by a stranger, so asking again would not help.
Error too_much();

/// Why an answer of `bytes` cannot be used. nullopt as `fault`: it is JSON, but no object.
Error unreadable(const std::optional<schema::JsonFault>& fault, std::size_t bytes);

/// Google writes int64 as a string and int32 as a number.
std::optional<std::int64_t> number_of(std::string_view digits);

}  // namespace gmail_mcp::google
