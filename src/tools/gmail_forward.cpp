#include "operation/mail.h"
#include "tools/catalog.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::gmail_forward {
namespace {

using operation::Call;

struct Args : SendArgs {
  std::string message_id;

  static auto fields() {
    using schema::field;
    using schema::Fields;
    return Fields<Args>{Fields{connection_field(&NewMessageArgs::connection_id)}} +
           Fields{schema::required("message_id", &Args::message_id)} +
           Fields<Args>{Fields{
               schema::required("to", &NewMessageArgs::to).one_or_many().range(1, 500),
               field("body", &NewMessageArgs::body, "Text above it"),
               field("body_html", &NewMessageArgs::body_html),
               field("cc", &NewMessageArgs::cc).one_or_many().at_most(500),
               field("bcc", &NewMessageArgs::bcc).one_or_many().at_most(500),
               field("subject", &NewMessageArgs::subject, "\"\": Fwd: …").at_most(2000),
               field("attachments", &NewMessageArgs::attachments, "Besides its own").at_most(100),
               field("reply_to", &NewMessageArgs::reply_to),
               field("from", &NewMessageArgs::from),
               field("from_name", &NewMessageArgs::from_name),
           }} +
           Fields<Args>{Fields{field("idempotency_key", &SendArgs::idempotency_key).at_most(255)}};
  }
};

Task<SentOutput> run(Call& call, Args args) {
  auto connection = std::move(args.connection_id);
  auto key = std::move(args.idempotency_key);
  auto forwarded = checked<model::MessageId>("message_id", std::move(args.message_id));
  auto message = new_message(std::move(args));
  message.forward_message_id = std::move(forwarded);
  message.has_no_text = false;  // it has the other message's text
  const auto result = co_await call.house().mail.send(call, std::move(connection),
                                                      std::move(message), std::move(key));
  co_return sent_output(result);
}

}  // namespace

operation::Operation tool() {
  return sending_operation<Args>(
      {
          .name = "gmail_forward",
          .title = "Forward a message",
          .description = "Sends a message on, with its files, as a new conversation. Other "
                         "arguments and answers as in gmail_send.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_forward
