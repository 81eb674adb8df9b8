#include "operation/mail.h"
#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/new_message_args.h"
#include "tools/sent_output.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::string connection_id, message_id;
  std::vector<std::string> to, cc, bcc;
  std::string subject, body;
  std::optional<std::string> body_html;
  std::vector<AttachmentArg> attachments;
  std::string reply_to, from, from_name;
  std::string idempotency_key;

  static auto fields() {
    using schema::field;
    using schema::required;
    return schema::Fields{
        connection_field(&Args::connection_id),
        required("message_id", &Args::message_id),
        required("to", &Args::to).one_or_many().range(1, 500),
        field("body", &Args::body, "Text above it"),
        field("body_html", &Args::body_html),
        field("cc", &Args::cc).one_or_many().at_most(500),
        field("bcc", &Args::bcc).one_or_many().at_most(500),
        field("subject", &Args::subject, "\"\": Fwd: …").at_most(2000),
        field("attachments", &Args::attachments, "Besides its own").at_most(100),
        field("reply_to", &Args::reply_to),
        field("from", &Args::from),
        field("from_name", &Args::from_name),
        field("idempotency_key", &Args::idempotency_key).at_most(255),
    };
  }
};

Task<SentOutput> run(Call& call, Args args) {
  model::NewMessage message;
  message.forward_message_id = checked<model::MessageId>("message_id", std::move(args.message_id));
  message.to = std::move(args.to);
  message.cc = std::move(args.cc);
  message.bcc = std::move(args.bcc);
  message.subject = std::move(args.subject);
  message.body = std::move(args.body);
  message.body_html = std::move(args.body_html);
  message.attachments = new_attachments(std::move(args.attachments));
  message.reply_to = std::move(args.reply_to);
  message.from = std::move(args.from);
  message.from_name = std::move(args.from_name);
  const auto result = co_await call.house().mail.send(
      call, std::move(args.connection_id), std::move(message), std::move(args.idempotency_key));
  co_return sent_output(result);
}

}  // namespace

operation::Operation gmail_forward() {
  return operation::operation<Args, SentOutput>(
      {
          .name = "gmail_forward",
          .title = "Forward a message",
          .description = "Sends a message on at once, with its text, files and pictures, as a new "
                         "conversation; cannot be undone. Other arguments as in gmail_send.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools
