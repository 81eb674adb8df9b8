#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/gmail_call.h"

namespace gmail_mcp::sandbox {

/// The messages a list call means (q, labelIds, includeSpamTrash), newest first.
std::vector<const StoredMessage*> search(const GmailCall& call);

/// The place of an item in a list that is sorted newest first: stable while mail comes and goes.
struct ListPosition {
  Timestamp date;
  std::string id;
  auto operator<=>(const ListPosition&) const = default;
};

/// Which items of a sorted list a page holds, and how to ask for the next one.
struct PageCut {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next_token;  // "": this is the last page
};

/// Cuts by maxResults and pageToken. Errc::invalid_argument for a token that was not made here.
PageCut cut_page(const GmailCall& call, const std::vector<ListPosition>& positions);

/// Puts nextPageToken and resultSizeEstimate into an answer.
void finish_list(boost::json::object& answer, const PageCut& page, std::size_t total);

}  // namespace gmail_mcp::sandbox
