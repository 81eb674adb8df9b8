// RestMailbox::search: one list, then the messages in batches side by side.
#include <cstddef>
#include <optional>
#include <utility>

#include "base/offload.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/rest_mailbox.h"
#include "mail/message_reader.h"

namespace gmail_mcp::mail {

using google::Method;
using google::View;

namespace {

using Answers = std::vector<Result<google::RawMessage>>;

// The limit for each text in a list that is too large; reading a single message returns the whole
// text.
constexpr TextLimit listed_text{.longest = std::size_t{256} << 10U, .notice = text_goes_on};

// Failures of single messages, with which the rest of the page is still useful.
bool spares_the_others(Errc code) {
  return code == Errc::not_found || code == Errc::rate_limited || code == Errc::unavailable ||
         code == Errc::too_large;
}

const char* reason_of(Errc code) {
  if (code == Errc::not_found) return "deleted_meanwhile";
  return code == Errc::too_large ? "too_large" : "upstream_error";
}

std::size_t bytes_of(const Answers& answers) {
  std::size_t bytes = 0;
  for (const auto& answer : answers) {
    if (answer) bytes += mail::bytes_of(answer->payload);
  }
  return bytes;
}

}  // namespace

void put(ConvertedMessages answers, const std::vector<std::string>& ids,
         std::vector<model::Message>& messages, std::vector<Omitted>& omitted) {
  const Error* failure = nullptr;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto& answer = answers[i];
    if (answer) {
      messages.push_back(std::move(*answer));
      continue;
    }
    const auto code = answer.error().code;
    if (!spares_the_others(code)) throw Error{answer.error()};
    if (code != Errc::not_found) failure = &answer.error();
    omitted.push_back({.id = model::MessageId{ids[i]}, .reason = reason_of(code)});
  }
  // Nothing but failures is a failure.
  if (failure != nullptr && messages.empty()) throw Error{*failure};
}

Task<google::MessageList> RestMailbox::listed(const Query& query) {
  require_content(Method::messages_list);
  google::MessageQuery wanted;
  wanted.q = query.text;
  wanted.label_ids = query.label_ids;
  wanted.max_results = query.max_results;
  wanted.page_token = query.page_token;
  co_return co_await api_.list_messages(std::move(wanted));
}

Task<MessagePage> RestMailbox::search(Query query) {
  auto list = co_await listed(query);

  std::vector<std::string> ids;
  for (auto& found : list.messages) ids.push_back(std::move(found.id));
  MessagePage page;
  page.next_page_token = std::move(list.next_page_token);
  page.total_estimate = list.result_size_estimate;
  ConvertedMessages answers;
  if (query.include_body) {
    answers = co_await get_in_pieces(api_, ids, listed_text, People::as_answered, work_pool_);
  } else {
    answers = co_await outlines(ids);
  }
  put(std::move(answers), ids, page.messages, page.omitted);
  co_return page;
}

Task<ConvertedMessages> RestMailbox::outlines(std::vector<std::string> ids) {
  std::optional<Answers> together;
  try {
    together = co_await api_.get_messages(ids, View::outline);
  } catch (const Error& error) {
    if (error.code != Errc::too_large) throw;
  }
  if (!together) {
    if (ids.size() == 1) co_return ConvertedMessages{too_large_to_read()};
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::vector<std::string> rest{middle, ids.end()};
    ids.erase(middle, ids.end());
    auto all = co_await outlines(std::move(ids));
    auto others = co_await outlines(std::move(rest));
    for (auto& one : others) all.push_back(std::move(one));
    co_return all;
  }
  auto& answers = *together;
  co_await complete_outlines(ids, answers);
  ConvertedMessages messages;
  auto work = [&] {
    for (auto& answer : answers) {
      if (!answer) {
        messages.emplace_back(std::move(answer).error());
        continue;
      }
      messages.emplace_back(to_message(*std::move(answer)));
      remove_bodies(*messages.back());
    }
    return true;
  };
  co_await offload(work_pool_, bytes_of(answers), work);
  co_return messages;
}

Task<IdPage> RestMailbox::search_ids(Query query) {
  auto list = co_await listed(query);
  IdPage page;
  for (auto& found : list.messages) page.ids.emplace_back(std::move(found.id));
  page.next_page_token = std::move(list.next_page_token);
  co_return page;
}

// Rare: mail that is nested deeper than an outline.
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
