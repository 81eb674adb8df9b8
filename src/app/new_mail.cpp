#include "app/new_mail.h"

#include "base/process.h"
#include "base/text.h"
#include "crypto/random.h"
#include "google/scopes.h"

namespace gmail_mcp::app {

std::vector<std::string> changed_resources(const model::MailboxNews& news) {
  const auto& id = news.connection.str();
  std::vector<std::string> uris{"conversations://" + id, "contacts://" + id,
                                "gmail://" + id + "/labels"};
  const auto messages = "messages://" + id + '/';
  for (const auto& address : news.correspondents) {
    uris.push_back(messages + address);
    // A URI may be written either way, and the client watches the form it used.
    auto encoded = percent_encode(address);
    if (encoded != address) uris.push_back(messages + encoded);
  }
  return uris;
}

void publish(mcp::EventBus& bus, const model::MailboxNews& news) {
  for (const auto& uri : changed_resources(news)) bus.publish_resource_updated(uri);
  if (news.of_many) bus.publish_resources_updated("messages://" + news.connection.str() + '/');
}

operation::News::Listener clients_of(mcp::EventBus& bus) {
  return {.is_wanted = [&bus] { return bus.is_watched(); },
          .mailbox = [&bus](const model::MailboxNews& news) { publish(bus, news); },
          .connection = {},
          .session_changed = {},
          .session_ended = {},
          .missed = [&bus] { bus.publish_resources_updated(""); }};
}

bool is_archived_unasked(const model::Connection& connection, setup::OauthArchive oauth) {
  if (!model::facts_of(connection.kind).by_consent) return true;
  // A mailbox whose mail we may not read must not be asked again and again.
  return oauth == setup::OauthArchive::on && google::allows_content(connection.scopes);
}

mail::WatchOptions watch_options(const setup::MailSettings& settings) {
  mail::WatchOptions options;
  options.enabled = settings.background_polling;
  options.poll_interval = std::chrono::seconds{settings.poll_interval_seconds};
  options.max_waiting = static_cast<std::size_t>(settings.max_watched_accounts);
  options.max_polling = static_cast<std::size_t>(settings.max_connections_polling);
  options.process_id = this_process() + '/' + crypto::random_token(12);
  return options;
}

}  // namespace gmail_mcp::app
