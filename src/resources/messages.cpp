#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "operation/archived_reading.h"
#include "operation/history.h"
#include "resources/archive_views.h"
#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct SenderView {
  std::string name, email;
  std::optional<bool> name_is_misleading;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("name", &SenderView::name), field("email", &SenderView::email),
        field("name_is_misleading", &SenderView::name_is_misleading).omit_empty()};
  }
};

struct MessageLine {
  std::string id, thread_id, direction, subject;
  SenderView from;
  std::vector<PersonView> to;
  Timestamp date{};
  std::string snippet, body_plain;
  std::vector<std::string> labels;
  bool has_attachments = false;
  std::optional<bool> truncated;
  std::optional<std::int64_t> hidden_chars;

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
                          field("has_attachments", &MessageLine::has_attachments),
                          field("truncated", &MessageLine::truncated).omit_empty(),
                          field("hidden_chars", &MessageLine::hidden_chars).omit_empty()};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto page = co_await call.house().history.messages(
      call, std::move(parameters["account_id"]), std::move(parameters["email"]), most_listed, "");
  boost::json::array list;
  auto readings = co_await operation::read_archived(call.work_pool(), std::move(page.messages));
  for (auto& reading : readings) {
    auto& one = reading.archived;
    auto& message = one.message;
    MessageLine line;
    line.id = message.id.str();
    line.thread_id = message.thread_id.str();
    line.direction = one.direction == model::Direction::sent ? "sent" : "received";
    line.subject = std::move(message.subject);
    line.from.name = std::move(message.from.name);
    line.from.email = std::move(message.from.email);
    if (message.from_name_misleads) line.from.name_is_misleading = true;
    line.to = people(std::move(message.to));
    line.date = message.date;
    line.snippet = std::move(message.snippet);
    line.body_plain = std::move(message.body_plain);
    line.labels = std::move(message.labels);
    line.has_attachments = message.has_attachments;
    if (reading.is_cut) line.truncated = true;
    if (reading.hidden_chars > 0) line.hidden_chars = reading.hidden_chars;
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
          "they came, without HTML; long texts are `truncated`",
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
