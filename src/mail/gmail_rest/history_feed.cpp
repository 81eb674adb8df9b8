#include "mail/gmail_rest/history_feed.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "google/failure.h"
#include "google/gate.h"
#include "google/gmail.h"
#include "google/scopes.h"
#include "mail/gmail_rest/convert.h"
#include "mail/gmail_rest/sender.h"
#include "mail/gmail_rest/separate_texts.h"

namespace gmail_mcp::mail {

namespace json = boost::json;

namespace {

using google::HistoryEvent;
using google::Method;
using google::View;

// One batch of gets: a message may be big, and 50 cost a sixth of a minute's quota.
constexpr std::size_t most_messages = 50;

// Where the feed is: in the walk over everything, which began at `history`, or after `history`;
// `page` is where that list goes on.
struct FeedPlace {
  bool is_walking = true;
  std::string history;
  std::string page;

  std::string text() const {
    return json::serialize(json::array{is_walking ? "walk" : "since", history, page});
  }
};

// nullopt: none of ours, or none yet.
std::optional<FeedPlace> place_of(const std::string& cursor) {
  boost::system::error_code failure;
  const auto value = json::parse(cursor, failure);
  const auto* list = value.if_array();
  if (failure || list == nullptr || list->size() != 3) return std::nullopt;
  for (const auto& one : *list) {
    if (!one.is_string()) return std::nullopt;
  }
  return FeedPlace{.is_walking = (*list)[0].get_string() == "walk",
                   .history = std::string{(*list)[1].get_string()},
                   .page = std::string{(*list)[2].get_string()}};
}

bool holds(const std::vector<std::string>& labels, std::string_view label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// What a page of events comes to, message by message.
struct Outcome {
  bool is_wanted = false;  // to be fetched whole
  bool is_removed = false;
  std::optional<std::vector<std::string>> labels;
};

std::map<std::string, Outcome> outcomes_of(const std::vector<HistoryEvent>& events) {
  std::map<std::string, Outcome> outcomes;
  for (const auto& event : events) {
    auto& outcome = outcomes[event.message_id];
    if (event.labels_now) outcome.labels = event.labels_now;
    switch (event.kind) {
      case HistoryEvent::Kind::added:
        outcome.is_wanted = true;
        outcome.is_removed = false;
        break;
      case HistoryEvent::Kind::deleted:
        outcome.is_wanted = false;
        outcome.is_removed = true;
        break;
      case HistoryEvent::Kind::labels_removed:
        // A walk passes over spam and trash: what leaves them may not be known.
        if (holds(event.changed_labels, "TRASH") || holds(event.changed_labels, "SPAM")) {
          outcome.is_wanted = true;
        }
        if (!event.labels_now) outcome.is_wanted = true;
        break;
      case HistoryEvent::Kind::labels_added:
        if (!event.labels_now) outcome.is_wanted = true;
        break;
    }
  }
  return outcomes;
}

using Answers = std::vector<Result<google::RawMessage>>;

// The message was deleted since it was listed, or it is none that anybody could read, and would
// keep out for ever what came after it. Any other failure must not lose the message.
bool is_passed_over(Errc code) { return code == Errc::not_found || code == Errc::too_large; }

// The texts of a step that is very large, as the feed over IMAP cuts those of a large message: one
// answer at a time is in memory, and of what came before no more than this.
void cut(model::Message& message) {
  constexpr std::size_t most_of_text = std::size_t{512} << 10;
  message.body_plain = utf8_prefix(message.body_plain, most_of_text);
  if (message.body_html) message.body_html = utf8_prefix(*message.body_html, most_of_text);
}

class HistoryFeed final : public Feed {
 public:
  HistoryFeed(const GmailRest& shared, std::shared_ptr<google::TokenSource> tokens,
              std::vector<std::string> granted_scopes)
      : tokens_{std::move(tokens)},
        api_{shared.http,  shared.root,   *tokens_,         gate_,
             shared.clock, shared.policy, shared.work_pool, shared.tally},
        work_pool_{shared.work_pool},
        granted_scopes_{std::move(granted_scopes)} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    require_content();
    const auto count = std::clamp<std::size_t>(most, 1, most_messages);
    auto place = place_of(cursor);
    const bool is_first = !place;
    if (!place) place = co_await beginning();
    if (place->is_walking) {
      auto step = co_await walk(std::move(*place), count);
      // Of a cursor that we cannot read nothing is known but that it was of another walk.
      step.restarts = is_first && !cursor.empty();
      co_return step;
    }
    bool forgotten = false;
    try {
      co_return co_await go_on(*place, count);
    } catch (const Error& error) {
      if (error.code != Errc::not_found) throw;
      forgotten = true;
    }
    if (forgotten) place = co_await beginning();
    auto step = co_await walk(std::move(*place), count);
    step.restarts = true;
    co_return step;
  }

  bool can_wait() const override { return false; }
  Task<void> wait() override {
    throw Error{Errc::unsupported, "Gmail's REST API does not tell when mail arrives."};
    co_return;
  }
  Task<void> rest() override { co_return; }

 private:
  void require_content() const {
    if (granted_scopes_.empty()) return;
    if (google::allows(granted_scopes_, Method::history_list) &&
        google::allows_content(granted_scopes_)) {
      return;
    }
    google::Failure failure;
    failure.kind = google::FailureKind::insufficient_scope;
    throw google::to_error(failure, Method::history_list);
  }

  Task<FeedPlace> beginning() {
    auto profile = co_await api_.get_profile();
    co_return FeedPlace{.is_walking = true, .history = std::move(profile.history_id), .page = {}};
  }

  Task<Step> walk(FeedPlace place, std::size_t count) {
    google::MessageQuery query;
    query.max_results = static_cast<int>(count);
    query.page_token = place.page;
    auto list = co_await api_.list_messages(std::move(query));
    std::vector<std::string> ids;
    for (auto& one : list.messages) ids.push_back(std::move(one.id));
    Step step;
    step.added = co_await fetch(std::move(ids));
    place.page = std::move(list.next_page_token);
    // The walk is over when what happened during it is known too: that is the next step.
    place.is_walking = !place.page.empty();
    step.cursor = place.text();
    co_return step;
  }

  Task<Step> go_on(FeedPlace place, std::size_t count) {
    auto page = co_await api_.list_history(place.history, static_cast<int>(count), place.page);
    Step step;
    std::vector<std::string> wanted;
    for (auto& [id, outcome] : outcomes_of(page.events)) {
      if (outcome.is_removed) {
        step.removed.emplace_back(id);
      } else if (outcome.is_wanted) {
        wanted.push_back(id);
      } else if (outcome.labels) {
        step.relabelled.push_back({.id = model::MessageId{id}, .labels = std::move(*outcome.labels), .date = {}});
      }
    }
    step.added = co_await fetch(std::move(wanted));
    place.page = std::move(page.next_page_token);
    step.is_last = place.page.empty();
    if (step.is_last && !page.history_id.empty()) place.history = std::move(page.history_id);
    step.cursor = place.text();
    co_return step;
  }

  Task<std::vector<model::Message>> fetch(std::vector<std::string> ids) {
    std::vector<model::Message> messages;
    std::vector<std::vector<std::string>> todo;
    if (!ids.empty()) todo.push_back(std::move(ids));
    bool is_much = false;
    while (!todo.empty()) {
      auto some = std::move(todo.back());
      todo.pop_back();
      auto answers = co_await get(some);
      if (!answers) {
        is_much = true;
        if (some.size() == 1) continue;  // passed over like what cannot be read
        const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
        todo.emplace_back(middle, some.end());
        some.erase(middle, some.end());
        todo.push_back(std::move(some));
        continue;
      }
      std::size_t bytes = 0;
      for (auto& answer : *answers) {
        if (answer) answer = co_await with_separate_texts(std::move(*answer));
        if (answer) {
          bytes += mail::bytes_of(answer->payload);
        } else if (!is_passed_over(answer.error().code)) {
          throw Error{answer.error()};
        }
      }
      auto work = [&] {
        for (auto& answer : *answers) {
          if (!answer) continue;
          messages.push_back(to_message(*answer));
          if (is_much) cut(messages.back());
        }
        return true;
      };
      co_await offload(work_pool_, bytes, work);
    }
    co_return messages;
  }

  // nullopt: together they are more than the HTTP client takes, and would be the next time.
  Task<std::optional<Answers>> get(std::vector<std::string> ids) {
    try {
      co_return co_await api_.get_messages(std::move(ids), View::full);
    } catch (const Error& error) {
      if (error.code != Errc::too_large) throw;
    }
    co_return std::nullopt;
  }

  Task<Result<google::RawMessage>> with_separate_texts(google::RawMessage message) {
    try {
      co_await fetch_separate_texts(api_, message);
      co_await settle_sender(api_, message);
    } catch (const Error& error) {
      if (!is_passed_over(error.code)) throw;
      co_return error;
    }
    co_return message;
  }

  google::Gate gate_;
  std::shared_ptr<google::TokenSource> tokens_;
  google::GmailApi api_;
  WorkPool* work_pool_;
  std::vector<std::string> granted_scopes_;
};

}  // namespace

std::unique_ptr<Feed> open_history_feed(const GmailRest& shared,
                                        std::shared_ptr<google::TokenSource> tokens,
                                        std::vector<std::string> granted_scopes) {
  return std::make_unique<HistoryFeed>(shared, std::move(tokens), std::move(granted_scopes));
}

}  // namespace gmail_mcp::mail
