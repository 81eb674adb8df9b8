#pragma once

#include <string>
#include <string_view>

// The words that mail programs put before the Subject of a message they answer or forward, in the
// languages they are written in. Linear, never fails, thread-safe.
namespace gmail_mcp::mime {

enum class SubjectPrefix { none, reply, forward };

/// By its first word: `reply` of "[list] Re[2] : Lunch", `forward` of "WG: Lunch".
SubjectPrefix subject_prefix(std::string_view subject);

/// Of the words at its beginning those for forwarding are taken out: "Re: Lunch" of "WG: Re: FW:
/// Lunch", "[list] Lunch" of "[list] TR : Lunch".
std::string without_forward_prefixes(std::string_view subject);

}  // namespace gmail_mcp::mime
