#include <unordered_set>

#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/changes_view.h"
#include "tools/in_portions.h"
#include "tools/label_names.h"

namespace gmail_mcp::tools::gmail_batch_modify_labels {
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

struct Output {
  bool success = true;
  std::int64_t changed = 0, failed = 0;
  bool complete = true;
  std::vector<ChangeView> results;

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

Task<Chosen> found(mail::MailboxLease mailbox, std::string query, TellSteps tell) {
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
    if (tell) co_await tell(static_cast<std::int64_t>(chosen.ids.size()));
  } while (!token.empty() && chosen.ids.size() < most_messages);
  chosen.complete = token.empty() && chosen.ids.size() <= most_messages;
  if (chosen.ids.size() > most_messages) chosen.ids.resize(most_messages);
  co_return chosen;
}

Task<Output> run(Call& call, Args args) {
  check(args);
  Chosen chosen;
  if (!args.message_ids.empty()) {
    chosen.ids = each_once(std::move(args.message_ids));
    chosen.provenance = mail::Provenance::given;
  }
  std::optional<model::ThreadId> thread;
  if (!args.thread_id.empty()) {
    thread = checked<model::ThreadId>("thread_id", std::move(args.thread_id));
  }
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  LabelWords given;
  given.add_labels = std::move(args.add_labels);
  given.remove_labels = std::move(args.remove_labels);
  auto ids = co_await label_ids(*mailbox, given);
  if (thread) chosen = co_await of_thread(mailbox, std::move(*thread));
  if (!args.query.empty()) {
    auto tell = call.teller(std::nullopt, "messages found");
    chosen = co_await found(mailbox, std::move(args.query), std::move(tell));
  }

  Output out;
  out.complete = chosen.complete;
  if (chosen.ids.empty()) co_return out;
  const auto executor = co_await current_executor();
  const auto steps = std::make_shared<Steps>(executor);
  const LabelChange<std::vector<mail::Change>> modify = [chosen, steps](mail::Mailbox& box,
                                                                        LabelWords words) {
    return modify_in_portions(box, chosen.ids, chosen.provenance, std::move(words.add_labels),
                              std::move(words.remove_labels), steps);
  };
  // Of what a query found the caller has heard already.
  TellSteps tell;
  if (chosen.provenance == mail::Provenance::given) tell = tell_changed(call, chosen.ids.size());
  auto changes = co_await while_telling(
      steps, std::move(tell),
      call.commit(with_labels(std::move(mailbox), std::move(given), std::move(ids),
                              Errc::invalid_argument, modify)));
  for (auto& one : changes) {
    ++(one.failure ? out.failed : out.changed);
    out.results.push_back(view(std::move(one)));
  }
  out.success = out.failed == 0;
  co_return out;
}

}  // namespace

operation::Operation tool() {
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

}  // namespace gmail_mcp::tools::gmail_batch_modify_labels
