#include <unordered_set>

#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/label_names.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

constexpr std::size_t most_messages = 1'000;
constexpr int ids_per_page = 500;

struct Args {
  std::string connection_id;
  std::vector<std::string> message_ids;
  std::string thread_id, query;
  std::vector<std::string> add_labels, remove_labels;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        connection_field(&Args::connection_id),
        field("message_ids", &Args::message_ids, "These, or …").one_or_many().at_most(1'000),
        field("thread_id", &Args::thread_id, "… all of a conversation, or …").at_most(256),
        field("query", &Args::query, "… what a search finds").at_most(8192),
        field("add_labels", &Args::add_labels, "Ids or names").one_or_many().at_most(100),
        field("remove_labels", &Args::remove_labels, "Ids or names").one_or_many().at_most(100),
    };
  }
};

struct ResultView {
  std::string id;
  bool success = true;
  std::string code, error;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &ResultView::id), field("success", &ResultView::success),
                          field("code", &ResultView::code).omit_empty(),
                          field("error", &ResultView::error).omit_empty()};
  }
};

struct Output {
  bool success = true;
  std::int64_t changed = 0, failed = 0;
  bool complete = true;
  std::vector<ResultView> results;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &Output::success), field("changed", &Output::changed),
                          field("failed", &Output::failed), field("complete", &Output::complete),
                          field("results", &Output::results)};
  }
};

struct Chosen {
  std::vector<model::MessageId> ids;  // each once
  mail::Provenance provenance = mail::Provenance::listed;
  bool complete = true;
};

void check(const Args& args) {
  const int ways = (args.message_ids.empty() ? 0 : 1) + (args.thread_id.empty() ? 0 : 1) +
                   (args.query.empty() ? 0 : 1);
  if (ways != 1) {
    throw Error{Errc::invalid_argument,
                "Exactly one of message_ids, thread_id and query says which messages are meant.",
                "Give one of them."};
  }
  if (args.add_labels.empty() && args.remove_labels.empty()) {
    throw Error{Errc::invalid_argument, "Neither add_labels nor remove_labels names a label.",
                "Name at least one label."};
  }
}

Chosen given(std::vector<std::string> texts) {
  Chosen chosen;
  chosen.provenance = mail::Provenance::given;
  std::unordered_set<std::string> seen;
  for (auto& text : texts) {
    if (!seen.insert(text).second) continue;
    chosen.ids.push_back(checked<model::MessageId>("message_ids", std::move(text)));
  }
  return chosen;
}

Task<Chosen> of_thread(mail::MailboxLease mailbox, model::ThreadId id) {
  auto thread = co_await mailbox->thread(std::move(id));
  Chosen chosen;
  for (auto& one : thread.messages) chosen.ids.push_back(std::move(one.id));
  for (auto& one : thread.omitted) {
    if (one.reason != "deleted_meanwhile") chosen.ids.push_back(std::move(one.id));
  }
  chosen.complete = chosen.ids.size() <= most_messages;
  if (!chosen.complete) chosen.ids.resize(most_messages);
  co_return chosen;
}

Task<Chosen> found(mail::MailboxLease mailbox, std::string query) {
  Chosen chosen;
  std::unordered_set<std::string> seen;
  std::string token;
  do {
    mail::Query wanted;
    wanted.text = query;
    wanted.max_results = ids_per_page;
    wanted.page_token = std::move(token);
    auto page = co_await mailbox->search_ids(std::move(wanted));
    for (auto& id : page.ids) {
      if (seen.insert(id.str()).second) chosen.ids.push_back(std::move(id));
    }
    token = std::move(page.next_page_token);
  } while (!token.empty() && chosen.ids.size() < most_messages);
  chosen.complete = token.empty() && chosen.ids.size() <= most_messages;
  if (chosen.ids.size() > most_messages) chosen.ids.resize(most_messages);
  co_return chosen;
}

// Owns all it needs: it goes on when the caller leaves.
Task<void> change(mail::MailboxLease mailbox, Chosen chosen, Args args,
                  std::shared_ptr<std::vector<mail::Change>> changes) {
  *changes =
      co_await mailbox->modify_many(std::move(chosen.ids), chosen.provenance,
                                    std::move(args.add_labels), std::move(args.remove_labels));
}

Task<Output> run(Call& call, Args args) {
  check(args);
  Chosen chosen;
  if (!args.message_ids.empty()) chosen = given(std::move(args.message_ids));
  std::optional<model::ThreadId> thread;
  if (!args.thread_id.empty()) {
    thread = checked<model::ThreadId>("thread_id", std::move(args.thread_id));
  }
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  args.add_labels = co_await label_ids(*mailbox, "add_labels", std::move(args.add_labels));
  args.remove_labels = co_await label_ids(*mailbox, "remove_labels", std::move(args.remove_labels));
  if (thread) chosen = co_await of_thread(mailbox, std::move(*thread));
  if (!args.query.empty()) chosen = co_await found(mailbox, std::move(args.query));

  Output out;
  out.complete = chosen.complete;
  if (chosen.ids.empty()) co_return out;
  auto changes = std::make_shared<std::vector<mail::Change>>();
  co_await call.commit(change(std::move(mailbox), std::move(chosen), std::move(args), changes));
  for (auto& one : *changes) {
    ResultView result;
    result.id = one.id.str();
    result.success = !one.failure;
    if (one.failure) {
      result.code = to_string(one.failure->code);
      result.error = one.failure->message;
    }
    ++(one.failure ? out.failed : out.changed);
    out.results.push_back(std::move(result));
  }
  out.success = out.failed == 0;
  co_return out;
}

}  // namespace

operation::Operation gmail_batch_modify_labels() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_batch_modify_labels",
          .title = "Change labels of many messages",
          .description = "Adds and removes labels of up to 1,000 messages and says for each "
                         "whether it worked. `complete` false: a query found more; call again. "
                         "Undone by the opposite call with the ids of `results`.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools
