#pragma once

#include <string_view>

namespace gmail_mcp::mime {

/// False if nothing in the document can hide text or has no width: then `count_hidden_chars` is 0
/// and it need not be read. True is only a suspicion. Takes any bytes; linear; thread-safe.
bool may_hide_text(std::string_view html);

}  // namespace gmail_mcp::mime
