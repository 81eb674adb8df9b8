#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/label_names.h"

namespace gmail_mcp::tools::gmail_modify_labels {
namespace {

using operation::Call;

struct Args : MessageArgs {
  std::vector<std::string> add_labels, remove_labels;

  static auto fields() {
    using schema::field;
    return schema::Fields<Args>{MessageArgs::fields()} +
           schema::Fields{
               field("add_labels", &Args::add_labels, "Ids or names, e.g. STARRED")
                   .one_or_many()
                   .at_most(100),
               field("remove_labels", &Args::remove_labels, "UNREAD marks read, INBOX archives")
                   .one_or_many()
                   .at_most(100),
           };
  }
};

struct Output {
  bool success = true;
  std::vector<std::string> current_labels;

  static auto fields() {
    return schema::Fields{schema::field("success", &Output::success),
                          schema::field("current_labels", &Output::current_labels)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto id = checked<model::MessageId>("message_id", std::move(args.message_id));
  if (args.add_labels.empty() && args.remove_labels.empty()) {
    throw Error{Errc::invalid_argument, "Neither add_labels nor remove_labels names a label.",
                "Name at least one label."};
  }
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  LabelWords given;
  given.add_labels = std::move(args.add_labels);
  given.remove_labels = std::move(args.remove_labels);
  auto ids = co_await label_ids(*mailbox, given);
  const LabelChange<std::vector<std::string>> modify = [id](mail::Mailbox& box, LabelWords words) {
    return box.modify_labels(id, std::move(words.add_labels), std::move(words.remove_labels));
  };
  Output out;
  out.current_labels = co_await call.commit(with_labels(
      std::move(mailbox), std::move(given), std::move(ids), Errc::invalid_argument, modify));
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_modify_labels",
          .title = "Change labels of a message",
          .description = "Adds and removes labels of one message: mark read or unread, star, "
                         "archive, file. Undone by the opposite call.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_modify_labels
