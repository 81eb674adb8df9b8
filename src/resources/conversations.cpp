#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "operation/history.h"
#include "resources/archive_views.h"
#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct ConversationView {
  std::string thread_id, subject;
  std::vector<PersonView> participants;
  std::int64_t message_count = 0;
  std::int64_t unread_count = 0;
  Timestamp last_message_at{};
  std::string snippet;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("thread_id", &ConversationView::thread_id),
                          field("subject", &ConversationView::subject),
                          field("participants", &ConversationView::participants),
                          field("message_count", &ConversationView::message_count),
                          field("unread_count", &ConversationView::unread_count),
                          field("last_message_at", &ConversationView::last_message_at),
                          field("snippet", &ConversationView::snippet)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto page = co_await call.house().history.conversations(call, std::move(parameters["account_id"]),
                                                          most_listed, "");
  boost::json::array list;
  for (auto& one : page.conversations) {
    ConversationView view;
    view.thread_id = one.thread_id.str();
    view.subject = std::move(one.subject);
    view.participants = people(std::move(one.participants));
    view.message_count = one.message_count;
    view.unread_count = one.unread_count;
    view.last_message_at = one.last_message_at;
    view.snippet = std::move(one.snippet);
    list.push_back(schema::to_json(view));
  }
  co_return boost::json::serialize(list);
}

}  // namespace

operation::Resource conversations() {
  operation::Resource made;
  made.uri = "conversations://{account_id}";
  made.info = {
      .name = "conversations",
      .title = "Conversations of an account",
      .description = "The latest 100 threads of the local archive",
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
