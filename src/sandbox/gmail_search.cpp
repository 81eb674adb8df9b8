#include "sandbox/gmail_search.h"

#include <algorithm>

#include "crypto/base64.h"
#include "sandbox/query.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::size_t default_page = 100;
constexpr std::size_t max_page = 500;
// Google's estimate stops counting early; nobody should rely on it.
constexpr std::size_t max_estimate = 201;

std::string make_token(const ListPosition& last) {
  const auto text = std::to_string(last.date.time_since_epoch().count()) + ":" + last.id;
  return crypto::base64url_encode(text);
}

std::optional<ListPosition> read_token(std::string_view token) {
  const auto text = crypto::base64_decode(token);
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto ms = read_number<std::int64_t>(std::string_view{*text}.substr(0, colon));
  if (!ms) return std::nullopt;
  return ListPosition{Timestamp{std::chrono::milliseconds{*ms}}, text->substr(colon + 1)};
}

}  // namespace

std::vector<const StoredMessage*> search(const GmailCall& call) {
  const auto text = call.text("q");
  const auto wanted_labels = call.texts("labelIds");
  for (const auto& label : wanted_labels) {
    if (call.mailbox().find_label(label) == nullptr) {
      throw Error{Errc::invalid_argument, "Invalid label: " + label};
    }
  }
  const auto query = Query::parse(text);
  const bool everywhere = call.flag("includeSpamTrash");
  const bool spam = everywhere || query.reaches_spam() || contains(wanted_labels, "SPAM");
  const bool trash = everywhere || query.reaches_trash() || contains(wanted_labels, "TRASH");
  const SearchContext context{call.account.email, &call.mailbox().labels(),
                              call.world.clock().now()};
  std::vector<const StoredMessage*> found;
  for (const auto* message : call.mailbox().newest_first()) {
    if (!spam && message->has_label("SPAM")) continue;
    if (!trash && message->has_label("TRASH")) continue;
    const bool labelled =
        std::all_of(wanted_labels.begin(), wanted_labels.end(),
                    [&](const std::string& label) { return message->has_label(label); });
    if (labelled && query.matches(*message, context)) found.push_back(message);
  }
  return found;
}

PageCut cut_page(const GmailCall& call, const std::vector<ListPosition>& positions) {
  const auto limit = std::clamp<std::size_t>(call.number("maxResults", default_page), 1, max_page);
  PageCut page;
  if (const auto token = call.text("pageToken"); !token.empty()) {
    const auto last = read_token(token);
    if (!last) throw Error{Errc::invalid_argument, "Invalid pageToken"};
    while (page.begin < positions.size() && positions[page.begin] >= *last) ++page.begin;
  }
  page.end = std::min(positions.size(), page.begin + limit);
  if (page.end < positions.size()) page.next_token = make_token(positions[page.end - 1]);
  return page;
}

void finish_list(boost::json::object& answer, const PageCut& page, std::size_t total) {
  if (!page.next_token.empty()) answer["nextPageToken"] = page.next_token;
  answer["resultSizeEstimate"] = std::min(total, max_estimate);
}

}  // namespace gmail_mcp::sandbox
