#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  std::vector<std::string> to;
  std::string subject;
  std::string body;
  std::optional<std::string> body_html;
  std::vector<std::string> cc, bcc;
  std::vector<AttachmentArg> attachments;
  std::optional<std::string> reply_to_message_id;
  std::string idempotency_key;

  static auto fields() {
    using schema::field;
    using schema::required;
    return std::tuple{
        connection_field(&Args::connection_id),
        required("to", &Args::to, "Addresses; [] on a reply: whoever it answers")
            .one_or_many()
            .at_most(500),
        required("subject", &Args::subject, "\"\" on a reply: Re: …").at_most(2000),
        required("body", &Args::body, "Plain text"),
        field("body_html", &Args::body_html, "The same as HTML"),
        field("cc", &Args::cc).one_or_many().at_most(500),
        field("bcc", &Args::bcc).one_or_many().at_most(500),
        field("attachments", &Args::attachments, "25 MB together").at_most(100),
        field("reply_to_message_id", &Args::reply_to_message_id,
              "Answer this message, in its thread"),
        field("idempotency_key", &Args::idempotency_key,
              "Repeat a call with the same key and it is sent once")
            .at_most(255),
    };
  }
};

struct Output {
  bool success = true;
  std::optional<std::string> message_id, thread_id;
  bool deduplicated = false;

  static auto fields() {
    using schema::field;
    return std::tuple{field("success", &Output::success), field("message_id", &Output::message_id),
                      field("thread_id", &Output::thread_id),
                      field("deduplicated", &Output::deduplicated)};
  }
};

Task<Output> run(Call& call, Args args) {
  model::NewMessage message;
  message.to = std::move(args.to);
  message.cc = std::move(args.cc);
  message.bcc = std::move(args.bcc);
  message.subject = std::move(args.subject);
  message.body = std::move(args.body);
  message.body_html = std::move(args.body_html);
  message.attachments = new_attachments(std::move(args.attachments));
  if (args.reply_to_message_id && !args.reply_to_message_id->empty()) {
    message.reply_to_message_id =
        checked<model::MessageId>("reply_to_message_id", std::move(*args.reply_to_message_id));
  }
  auto result = co_await call.send(std::move(args.connection_id), std::move(message),
                                   std::move(args.idempotency_key));
  Output out;
  if (result.sent.message_id) out.message_id = result.sent.message_id->str();
  if (result.sent.thread_id) out.thread_id = result.sent.thread_id->str();
  out.deduplicated = result.deduplicated;
  co_return out;
}

}  // namespace

operation::Operation gmail_send() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_send",
          .title = "Send mail",
          .description = "Sends a message at once from the connected account; cannot be undone, so "
                         "confirm recipients and text with the person first. On `outcome_unknown` "
                         "look into Sent before trying again.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools
