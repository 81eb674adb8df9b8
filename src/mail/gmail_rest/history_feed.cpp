#include "mail/gmail_rest/history_feed.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "google/gate.h"
#include "google/gmail.h"
#include "mail/gmail_rest/in_pieces.h"

namespace gmail_mcp::mail {

namespace json = boost::json;

namespace {

using google::HistoryEvent;
using google::Method;

// One batch of gets: a message may be big, and 50 cost a sixth of a minute's quota.
constexpr std::size_t most_messages = 50;

// The most ids that wait to be requested again.
constexpr std::size_t most_missing = 1'000;
constexpr std::chrono::hours retry_missing_after{1};
// If no message comes and more than this many fail, Gmail itself fails.
constexpr std::ptrdiff_t most_alone = 3;
constexpr std::size_t most_ids_named = 5;
// How many messages that are too large are remembered, the latest ones.
constexpr std::size_t most_too_large = 1'000;

json::array json_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

bool read_ids(const json::value& value, std::vector<std::string>& into) {
  const auto* array = value.if_array();
  if (array == nullptr) return false;
  for (const auto& one : *array) {
    if (!one.is_string()) return false;
    into.emplace_back(one.get_string());
  }
  return true;
}

// "a, b and others"
std::string names_of(const std::vector<std::string>& ids) {
  std::string names;
  for (std::size_t i = 0; i < std::min(ids.size(), most_ids_named); ++i) {
    names += (i > 0 ? ", " : "") + ids[i];
  }
  return ids.size() > most_ids_named ? names + " and others" : names;
}

// The place of the feed: in the walk over everything, which began at `history`, or after `history`;
// the list continues at `page`.
struct FeedPlace {
  bool is_walking = true;
  std::string history;
  std::string page;
  std::vector<std::string> missing;  // ids of messages that Gmail did not return
  Timestamp retried;                 // when they were last requested
  // Ids of skipped messages. They are not requested again, because they would be just as large.
  std::vector<std::string> too_large;

  std::string text() const {
    return json::serialize(json::array{is_walking ? "walk" : "since", history, page,
                                       json_of(missing), retried.time_since_epoch().count(),
                                       json_of(too_large)});
  }
};

// nullopt: not written by us, or none yet. Earlier versions did not record missing messages (3
// fields), or those too large (5).
std::optional<FeedPlace> place_of(const std::string& cursor) {
  boost::system::error_code failure;
  const auto value = json::parse(cursor, failure);
  const auto* list = value.if_array();
  if (failure || list == nullptr) return std::nullopt;
  const auto size = list->size();
  if (size != 3 && size != 5 && size != 6) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) {
    if (!(*list)[i].is_string()) return std::nullopt;
  }
  FeedPlace place{.is_walking = (*list)[0].get_string() == "walk",
                  .history = std::string{(*list)[1].get_string()},
                  .page = std::string{(*list)[2].get_string()},
                  .missing = {},
                  .retried = {},
                  .too_large = {}};
  if (size == 3) return place;
  const auto* retried = (*list)[4].if_int64();
  if (retried == nullptr || !read_ids((*list)[3], place.missing)) return std::nullopt;
  place.retried = Timestamp{std::chrono::milliseconds{*retried}};
  if (size == 6 && !read_ids((*list)[5], place.too_large)) return std::nullopt;
  return place;
}

bool holds(const std::vector<std::string>& labels, std::string_view label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// The result of a page of events, by message.
struct Outcome {
  bool is_wanted = false;  // must be fetched completely
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
        // A walk skips spam and trash, so a message that leaves them may be unknown.
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

// The message was deleted since it was listed, or nobody could read it and it would block
// everything after it for ever. After any other failure the message must not be lost.
bool is_passed_over(Errc code) { return code == Errc::not_found || code == Errc::too_large; }

// Whether Gmail may fail only for this message: then it is requested again later.
bool may_be_about_one(Errc code) {
  return code == Errc::unavailable || code == Errc::invalid_argument || code == Errc::forbidden ||
         code == Errc::conflict || code == Errc::internal;
}

// The same limit as the feed over IMAP has for texts of a large message.
constexpr TextLimit text_limit{.longest = std::size_t{512} << 10, .notice = {}};

// Gmail's ids are numbers that grow: of two messages of the same time, the first has the lower one.
void note_spots(const std::vector<model::Message>& messages, Spots& spots) {
  for (const auto& message : messages) {
    const auto& id = message.id.str();
    store::Spot spot;
    const auto* end = id.data() + id.size();
    const auto read = std::from_chars(id.data(), end, spot.uid, 16);
    if (read.ec == std::errc{} && read.ptr == end) spots.emplace(id, std::move(spot));
  }
}

// A feed has time. While it fetches a mailbox for the first time, a person may want to use it.
google::Policy patient(google::Policy policy) {
  if (policy.units) policy.leaves_units = policy.units->limit() / 4;
  return policy;
}

class HistoryFeed final : public Feed {
 public:
  HistoryFeed(const GmailRest& shared, std::shared_ptr<google::TokenSource> tokens,
              std::string_view address, std::vector<std::string> granted_scopes,
              std::chrono::days reach)
      : tokens_{std::move(tokens)},
        api_{shared.http,      shared.root,
             *tokens_,         gate_,
             shared.clock,     patient(shared.policy_for(address)),
             shared.work_pool, shared.tally},
        clock_{shared.clock},
        work_pool_{shared.work_pool},
        granted_{std::move(granted_scopes)},
        reach_{reach} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    granted_.require_content(Method::history_list);
    const auto count = std::clamp<std::size_t>(most, 1, most_messages);
    auto place = place_of(cursor);
    const bool is_first = !place;
    if (!place) place = co_await beginning();
    if (place->is_walking) {
      auto step = co_await walk(std::move(*place), count);
      // An unreadable cursor only shows that there was another walk.
      step.restarts = is_first && !cursor.empty();
      co_return step;
    }
    auto page = co_await happened_since(*place, count);
    if (page) {
      auto step = co_await go_on(std::move(*place), std::move(*page));
      co_return step;
    }
    auto missing = std::move(place->missing);
    place = co_await beginning();
    place->missing = std::move(missing);
    auto step = co_await walk(std::move(*place), count);
    step.restarts = true;
    co_return step;
  }

  std::optional<std::string> lacks(const std::vector<model::MessageId>&) override {
    return std::nullopt;
  }

  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    std::vector<std::string> texts;
    for (const auto& id : ids) texts.push_back(id.str());
    auto answers = co_await get_in_pieces(api_, texts, text_limit, People::settled, work_pool_);
    Anew anew;
    for (auto& answer : answers) {
      if (answer) {
        anew.messages.push_back(std::move(*answer));
      } else if (!is_passed_over(answer.error().code) && !may_be_about_one(answer.error().code)) {
        throw Error{answer.error()};
      }
    }
    note_spots(anew.messages, anew.spots);
    co_return anew;
  }

  bool can_wait() const override { return false; }
  Task<void> wait() override {
    throw Error{Errc::unsupported, "Gmail's REST API does not tell when mail arrives."};
    co_return;
  }
  Task<void> rest() override { co_return; }

 private:
  Task<FeedPlace> beginning() {
    auto profile = co_await api_.get_profile();
    FeedPlace place;
    place.history = std::move(profile.history_id);
    co_return place;
  }

  // A page token lives about as long as its list: an old one is dropped, and the list begins again.
  // If Gmail refuses the new one as well, it is a failure of Gmail.
  void drop_page(FeedPlace& place) {
    if (has_dropped_) {
      throw Error{Errc::unavailable, "Gmail does not continue a list that it began.",
                  "Try again later."};
    }
    has_dropped_ = true;
    place.page.clear();
  }

  // nullopt: Google no longer knows the place.
  Task<std::optional<google::HistoryPage>> happened_since(FeedPlace& place, std::size_t count) {
    for (;;) {
      bool is_known = true;
      try {
        auto page = co_await api_.list_history(place.history, static_cast<int>(count), place.page);
        co_return page;
      } catch (const Error& error) {
        if (error.code != Errc::not_found && error.code != Errc::invalid_argument) throw;
        is_known = error.code == Errc::invalid_argument && !place.page.empty();
      }
      if (!is_known) co_return std::nullopt;
      drop_page(place);
    }
  }

  Task<google::MessageList> page_of_all(FeedPlace& place, std::size_t count) {
    for (;;) {
      google::MessageQuery query;
      query.max_results = static_cast<int>(count);
      query.page_token = place.page;
      // The query must be the same for each page of a list. One day more, because days differ
      // between time zones.
      if (reach_.count() > 0) {
        query.q = "newer_than:" + std::to_string(reach_.count() + 1) + "d";
      }
      try {
        auto list = co_await api_.list_messages(std::move(query));
        co_return list;
      } catch (const Error& error) {
        if (error.code != Errc::invalid_argument || place.page.empty()) throw;
      }
      drop_page(place);
    }
  }

  Task<Step> walk(FeedPlace place, std::size_t count) {
    auto list = co_await page_of_all(place, count);
    std::vector<std::string> ids;
    for (auto& one : list.messages) ids.push_back(std::move(one.id));
    Step step;
    step.added = co_await fetch(std::move(ids), place);
    note_spots(step.added, step.spots);
    place.page = std::move(list.next_page_token);
    // The walk ends when the changes during it are known as well, in the next step.
    place.is_walking = !place.page.empty();
    step.cursor = place.text();
    step.stuck = stuck(place);
    co_return step;
  }

  Task<Step> go_on(FeedPlace place, google::HistoryPage page) {
    Step step;
    auto wanted = due_again(place);
    for (auto& [id, outcome] : outcomes_of(page.events)) {
      if (outcome.is_removed) {
        step.removed.emplace_back(id);
        std::erase(wanted, id);
        std::erase(place.missing, id);
        std::erase(place.too_large, id);
      } else if (outcome.is_wanted) {
        if (std::find(wanted.begin(), wanted.end(), id) == wanted.end()) wanted.push_back(id);
      } else if (outcome.labels) {
        step.relabelled.push_back(
            {.id = model::MessageId{id}, .labels = std::move(*outcome.labels), .date = {}});
      }
    }
    step.added = co_await fetch(std::move(wanted), place);
    note_spots(step.added, step.spots);
    place.page = std::move(page.next_page_token);
    step.is_last = place.page.empty();
    if (step.is_last && !page.history_id.empty()) place.history = std::move(page.history_id);
    step.cursor = place.text();
    step.stuck = stuck(place);
    co_return step;
  }

  // The missing messages to be requested now, those that waited longest first.
  std::vector<std::string> due_again(FeedPlace& place) {
    const auto now = clock_.now();
    if (place.missing.empty() || now - place.retried < retry_missing_after) return {};
    place.retried = now;
    const auto count = std::min(place.missing.size(), most_messages);
    return {place.missing.begin(), place.missing.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  static std::vector<std::string> stuck(const FeedPlace& place) {
    std::vector<std::string> sentences;
    if (place.too_large.size() == 1) {
      sentences.push_back("The message " + place.too_large[0] + " is too large to be read.");
    } else if (!place.too_large.empty()) {
      sentences.push_back("Messages are too large to be read (" + names_of(place.too_large) + ").");
    }
    if (!place.missing.empty()) {
      sentences.push_back("Gmail does not give messages (" + names_of(place.missing) + ").");
    }
    return sentences;
  }

  // The messages that Gmail returns; those that fail while others come count as missing from now on
  // and are requested again.
  Task<std::vector<model::Message>> fetch(std::vector<std::string> ids, FeedPlace& place) {
    std::vector<model::Message> messages;
    std::vector<std::string> failed;
    std::optional<Error> failure;
    const auto before = place.missing;
    for (const auto& id : ids) {
      std::erase(place.missing, id);
      std::erase(place.too_large, id);
    }
    auto answers = co_await get_in_pieces(api_, ids, text_limit, People::settled, work_pool_);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto& answer = answers[i];
      if (answer) {
        messages.push_back(std::move(*answer));
        continue;
      }
      const auto code = answer.error().code;
      if (code == Errc::too_large) place.too_large.push_back(ids[i]);
      if (is_passed_over(code)) continue;
      if (!may_be_about_one(code)) throw Error{answer.error()};
      failed.push_back(ids[i]);
      failure = answer.error();
    }
    const auto is_new = [&](const std::string& id) {
      return std::find(before.begin(), before.end(), id) == before.end();
    };
    const auto fresh = std::count_if(failed.begin(), failed.end(), is_new);
    const bool is_outage = messages.empty() && fresh > most_alone;
    if (is_outage || place.missing.size() + failed.size() > most_missing) throw Error{*failure};
    place.missing.insert(place.missing.end(), failed.begin(), failed.end());
    if (place.too_large.size() > most_too_large) {
      place.too_large.erase(place.too_large.begin(),
                            place.too_large.end() - std::ptrdiff_t{most_too_large});
    }
    co_return messages;
  }

  google::Gate gate_;
  std::shared_ptr<google::TokenSource> tokens_;
  google::GmailApi api_;
  Clock& clock_;
  WorkPool* work_pool_;
  GrantedScopes granted_;
  std::chrono::days reach_;
  bool has_dropped_ = false;  // a page token was dropped in the life of this feed
};

}  // namespace

std::unique_ptr<Feed> open_history_feed(const GmailRest& shared,
                                        std::shared_ptr<google::TokenSource> tokens,
                                        std::string_view address,
                                        std::vector<std::string> granted_scopes,
                                        std::chrono::days reach) {
  return std::make_unique<HistoryFeed>(shared, std::move(tokens), address,
                                       std::move(granted_scopes), reach);
}

}  // namespace gmail_mcp::mail
