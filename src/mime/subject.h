#pragma once

#include <string>
#include <string_view>

// The words that mail programs in many languages put before the Subject of an answered or forwarded
// message. Linear, never fails, thread-safe.
namespace gmail_mcp::mime {

enum class SubjectPrefix { none, reply, forward };

/// Judged by the first word: `reply` of "[list] Re[2] : Lunch", `forward` of "WG: Lunch".
SubjectPrefix subject_prefix(std::string_view subject);

/// Removes the words for forwarding at its beginning: "Re: Lunch" of "WG: Re: FW: Lunch", "[list]
/// Lunch" of "[list] TR : Lunch".
std::string without_forward_prefixes(std::string_view subject);

}  // namespace gmail_mcp::mime
