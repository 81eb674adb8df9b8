#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "operation/history.h"
#include "resources/archive_views.h"
#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct ContactView {
  std::string email, name;
  std::int64_t message_count = 0;
  Timestamp first_seen{}, last_seen{};

  static auto fields() {
    using schema::field;
    return schema::Fields{field("email", &ContactView::email), field("name", &ContactView::name),
                          field("message_count", &ContactView::message_count),
                          field("first_seen", &ContactView::first_seen),
                          field("last_seen", &ContactView::last_seen)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto contacts = co_await call.house().history.contacts(call, std::move(parameters["account_id"]),
                                                         most_listed);
  boost::json::array list;
  for (auto& one : contacts) {
    ContactView view;
    view.email = std::move(one.email);
    view.name = std::move(one.name);
    view.message_count = one.message_count;
    view.first_seen = one.first_seen;
    view.last_seen = one.last_seen;
    list.push_back(schema::to_json(view));
  }
  co_return boost::json::serialize(list);
}

}  // namespace

operation::Resource contacts() {
  operation::Resource made;
  made.uri = "contacts://{account_id}";
  made.info = {
      .name = "contacts",
      .title = "Contacts of an account",
      .description = "The 100 addresses of the local archive with the latest mail",
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
