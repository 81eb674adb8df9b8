#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "resources/archive_views.h"
#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct MessageLine {
  std::string id, thread_id, direction, subject;
  PersonView from;
  std::vector<PersonView> to;
  Timestamp date{};
  std::string snippet, body_plain;
  std::vector<std::string> labels;
  bool has_attachments = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &MessageLine::id),
                          field("thread_id", &MessageLine::thread_id),
                          field("direction", &MessageLine::direction),
                          field("subject", &MessageLine::subject),
                          field("from", &MessageLine::from),
                          field("to", &MessageLine::to),
                          field("date", &MessageLine::date),
                          field("snippet", &MessageLine::snippet),
                          field("body_plain", &MessageLine::body_plain),
                          field("labels", &MessageLine::labels),
                          field("has_attachments", &MessageLine::has_attachments)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto page = co_await call.history(std::move(parameters["account_id"]),
                                    std::move(parameters["email"]), most_listed, "");
  boost::json::array list;
  for (auto& one : page.messages) {
    auto& message = one.message;
    MessageLine line;
    line.id = message.id.str();
    line.thread_id = message.thread_id.str();
    line.direction = one.direction == model::Direction::sent ? "sent" : "received";
    line.subject = std::move(message.subject);
    line.from = {std::move(message.from.name), std::move(message.from.email)};
    line.to = people(std::move(message.to));
    line.date = message.date;
    line.snippet = std::move(message.snippet);
    line.body_plain = std::move(message.body_plain);
    line.labels = std::move(message.labels);
    line.has_attachments = message.has_attachments;
    list.push_back(schema::to_json(line));
  }
  co_return boost::json::serialize(list);
}

}  // namespace

operation::Resource messages() {
  operation::Resource made;
  made.uri = "messages://{account_id}/{email}";
  made.info = {
      .name = "messages",
      .title = "Mail with a contact",
      .description =
          "The latest 100 messages from and to one address in the local archive, in the order "
          "they came, without HTML",
      .toolset = operation::Toolset::history,
      .effect = operation::Effect::reads,
      .idempotent = true,
      .open_world = false,
  };
  made.mime_type = "application/json";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
