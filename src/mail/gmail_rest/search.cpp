// RestMailbox::search: one list, then the messages in batches side by side.
#include <cstddef>
#include <utility>

#include "base/offload.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/rest_mailbox.h"

namespace gmail_mcp::mail {

using google::Method;
using google::View;

namespace {

using Answers = std::vector<Result<google::RawMessage>>;

// Failures of single messages that leave the page worth having.
bool spares_the_others(Errc code) {
  return code == Errc::not_found || code == Errc::rate_limited || code == Errc::unavailable ||
         code == Errc::too_large;
}

// Puts what came into the page, and why the rest did not.
void fill(Page& page, const std::vector<std::string>& ids, const Answers& answers, View view) {
  const Error* failure = nullptr;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& answer = answers[i];
    if (answer) {
      page.messages.push_back(to_message(*answer));
      if (view == View::outline) remove_bodies(page.messages.back());
      continue;
    }
    const auto code = answer.error().code;
    if (!spares_the_others(code)) throw Error{answer.error()};
    const bool gone = code == Errc::not_found;
    if (!gone) failure = &answer.error();
    page.omitted.push_back(
        {.id = model::MessageId{ids[i]}, .reason = gone ? "deleted_meanwhile" : "upstream_error"});
  }
  // A page of nothing but failures is a failure.
  if (failure != nullptr && page.messages.empty()) throw Error{*failure};
}

std::size_t bytes_of(const Answers& answers) {
  std::size_t bytes = 0;
  for (const auto& answer : answers) {
    if (answer) bytes += mail::bytes_of(answer->payload);
  }
  return bytes;
}

}  // namespace

Task<Page> RestMailbox::search(Query query) {
  require_content(Method::messages_list);
  google::MessageQuery wanted;
  wanted.q = std::move(query.text);
  wanted.label_ids = std::move(query.label_ids);
  wanted.max_results = query.max_results;
  wanted.page_token = std::move(query.page_token);
  auto list = co_await api_.list_messages(std::move(wanted));

  std::vector<std::string> ids;
  for (auto& found : list.messages) ids.push_back(std::move(found.id));
  const auto view = query.include_body ? View::full : View::outline;
  auto answers = co_await api_.get_messages(ids, view);
  if (view == View::full) {
    for (auto& answer : answers) {
      if (answer) co_await fetch_separate_texts(*answer);
    }
  } else {
    co_await complete_outlines(ids, answers);
  }

  Page page;
  page.next_page_token = std::move(list.next_page_token);
  page.total_estimate = list.result_size_estimate;
  auto work = [&] {
    fill(page, ids, answers, view);
    return true;
  };
  co_await offload(work_pool_, bytes_of(answers), work);
  co_return page;
}

Task<IdPage> RestMailbox::search_ids(Query query) {
  require_content(Method::messages_list);
  google::MessageQuery wanted;
  wanted.q = std::move(query.text);
  wanted.label_ids = std::move(query.label_ids);
  wanted.max_results = query.max_results;
  wanted.page_token = std::move(query.page_token);
  auto list = co_await api_.list_messages(std::move(wanted));
  IdPage page;
  for (auto& found : list.messages) page.ids.emplace_back(std::move(found.id));
  page.next_page_token = std::move(list.next_page_token);
  co_return page;
}

// Rare: mail that nests deeper than an outline reaches.
Task<void> RestMailbox::complete_outlines(const std::vector<std::string>& ids, Answers& messages) {
  std::vector<std::size_t> places;
  std::vector<std::string> deep;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!messages[i] || !is_cut_off(messages[i]->payload)) continue;
    places.push_back(i);
    deep.push_back(ids[i]);
  }
  if (deep.empty()) co_return;
  auto whole = co_await api_.get_messages(std::move(deep), View::full);
  for (std::size_t i = 0; i < places.size(); ++i) messages[places[i]] = std::move(whole[i]);
}

}  // namespace gmail_mcp::mail
