#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/imap/fetch.h"
#include "sandbox/imap/token.h"
#include "sandbox/imap/view.h"

namespace gmail_mcp::sandbox::imap {

/// The message that a search key is tested on.
struct Candidate {
  const StoredMessage& message;
  Uid uid = 0;
  std::uint32_t number = 0;
};

/// SEARCH (RFC 3501 §6.4.4, RFC 4731, RFC 7162, X-GM-EXT-1) as it was written.
struct SearchRequest {
  using Test = std::function<bool(const Candidate&)>;
  Test test;
  bool wants_esearch = false;  // RETURN was given
  bool min = false, max = false, count = false, all = false;
  bool uses_modseq = false;
};

/// What a search needs to know besides the message.
struct SearchPlace {
  Eyes eyes;
  const View& view;
  Timestamp now;
  bool gmail_extensions = true;
};

/// Errc::invalid_argument for anything that is not a search.
Result<SearchRequest> parse_search(const std::vector<Token>& arguments, const SearchPlace& place);

}  // namespace gmail_mcp::sandbox::imap
