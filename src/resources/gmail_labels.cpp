#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct LabelView {
  std::string id, name, type;
  std::optional<std::int64_t> message_count, unread_count;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &LabelView::id), field("name", &LabelView::name),
                          field("type", &LabelView::type),
                          field("message_count", &LabelView::message_count),
                          field("unread_count", &LabelView::unread_count)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto mailbox = co_await call.mailbox(std::move(parameters["connection_id"]));
  auto labels = co_await mailbox->labels();
  boost::json::array list;
  for (auto& one : labels) {
    LabelView view;
    view.id = one.id.str();
    view.name = std::move(one.name);
    view.type = one.is_system ? "system" : "user";
    view.message_count = one.messages_total;
    view.unread_count = one.messages_unread;
    list.push_back(schema::to_json(view));
  }
  co_return boost::json::serialize(list);
}

}  // namespace

operation::Resource gmail_labels() {
  operation::Resource made;
  made.uri = "gmail://{connection_id}/labels";
  made.info = {
      .name = "gmail_labels",
      .title = "Labels of a mailbox",
      .description = "System and user labels with their ids",
      .toolset = operation::Toolset::read,
      .effect = operation::Effect::reads,
      .idempotent = true,
  };
  made.mime_type = "application/json";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
