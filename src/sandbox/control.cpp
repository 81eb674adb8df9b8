#include "sandbox/control.h"

#include <boost/json/parse.hpp>

#include "crypto/base64.h"
#include "crypto/random.h"
#include "mime/writer.h"
#include "sandbox/google_error.h"
#include "sandbox/message_json.h"
#include "schema/fields.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

struct DeliverJson {
  std::string to, raw, subject, text, in_reply_to;
  std::string from = "Someone <someone@example.org>";
  std::optional<std::string> html;
  std::vector<std::string> labels = {"INBOX", "UNREAD"};
  std::optional<Timestamp> date;

  static auto fields() {
    using schema::field;
    return schema::Fields{schema::required("to", &DeliverJson::to),
                          field("raw", &DeliverJson::raw),
                          field("from", &DeliverJson::from),
                          field("subject", &DeliverJson::subject),
                          field("text", &DeliverJson::text),
                          field("html", &DeliverJson::html),
                          field("in_reply_to", &DeliverJson::in_reply_to),
                          field("labels", &DeliverJson::labels),
                          field("date", &DeliverJson::date)};
  }
};

Result<std::string> compose(const DeliverJson& request, Timestamp now) {
  if (!request.raw.empty()) {
    auto raw = crypto::base64_decode(request.raw);
    if (!raw) return Error{Errc::invalid_argument, "raw must be base64url"};
    return std::move(*raw);
  }
  mime::Draft draft;
  auto from = mime::parse_one_address(request.from);
  if (!from) return std::move(from).error();
  draft.from = std::move(*from);
  draft.to = {mime::Address{"", request.to}};
  draft.subject = request.subject;
  draft.text = request.text;
  draft.html = request.html;
  draft.message_id = "<" + crypto::random_token(18) + "@mail.example.org>";
  if (!request.in_reply_to.empty()) {
    draft.in_reply_to = {request.in_reply_to};
    draft.references = {request.in_reply_to};
  }
  draft.date = request.date.value_or(now);
  return mime::write_message(draft, mime::BccHeader::omit);
}

http::Response refuse(const Error& error) { return to_response(to_google(error)); }

}  // namespace

http::Response counters_answer(const Counters& counters) {
  const auto by_name = [](const auto& counts) {
    json::object out;
    for (const auto& [name, count] : counts) out[name] = count;
    return out;
  };
  return json_response(200, json::object{{"http_requests", counters.http_requests},
                                         {"requests", by_name(counters.requests)},
                                         {"batches", counters.batches},
                                         {"batch_parts", counters.batch_parts},
                                         {"code_exchanges", counters.code_exchanges},
                                         {"refreshes", counters.refreshes},
                                         {"sends", counters.sends},
                                         {"faults", counters.faults},
                                         {"held", by_name(counters.held)},
                                         {"imap_connections", counters.imap_connections},
                                         {"imap_messages_fetched", counters.imap_messages_fetched},
                                         {"imap_bodies_fetched", counters.imap_bodies_fetched},
                                         {"imap_open", by_name(counters.imap_open)},
                                         {"max_imap_open", by_name(counters.max_imap_open)},
                                         {"smtp_connections", counters.smtp_connections},
                                         {"smtp_accepted", counters.smtp_accepted},
                                         {"max_in_flight", by_name(counters.max_in_flight)}});
}

http::Response accounts_answer(const World& world, const AppPasswords& app_passwords) {
  json::array list;
  for (const auto& account : world.accounts()) {
    list.push_back(json::object{{"email", account->email},
                                {"name", account->name},
                                {"app_password", app_passwords.of(account->email)}});
  }
  return json_response(200, list);
}

http::Response faults_answer(Faults& faults, std::string_view body) {
  if (const auto wrong = apply_json(faults, body)) return refuse(*wrong);
  return json_response(200, json::object{});
}

http::Response deliver_answer(World& world, std::string_view body) {
  boost::system::error_code failed;
  const auto value = json::parse(body, failed);
  if (failed) return refuse(Error{Errc::invalid_argument, "The body is not JSON."});
  auto request = schema::from_json<DeliverJson>(value);
  if (!request) return refuse(request.error());
  auto raw = compose(*request, world.clock().now());
  if (!raw) return refuse(raw.error());
  const auto id = world.deliver(request->to, *raw, request->labels, request->date);
  if (!id) return refuse(id.error());
  return json_response(200, message_reference(*world.mailbox(request->to).find(*id)));
}

}  // namespace gmail_mcp::sandbox
