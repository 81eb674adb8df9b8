#include "app/new_mail.h"

#include <unordered_set>
#include <utility>

#include "base/process.h"
#include "base/text.h"
#include "crypto/random.h"
#include "model/access.h"

namespace gmail_mcp::app {

namespace {

// Everybody's, in one list: a watcher looks once a minute.
constexpr std::int64_t all_connections = 1'000'000;

Task<std::vector<model::Connection>> followed(store::Store& store) {
  const auto access = model::Access::system("following mailboxes");
  const auto archived = co_await store.archive().archived(access);
  std::unordered_set<std::string> has_archive;
  for (const auto& id : archived) has_archive.insert(id.str());
  store::ConnectionFilter filter;
  filter.limit = all_connections;
  auto connections = co_await store.connections().list(access, std::move(filter));
  std::erase_if(connections, [&](const model::Connection& one) {
    const bool wanted =
        one.kind == model::ConnectionKind::app_password || has_archive.contains(one.id.str());
    return !one.is_active() || !wanted;
  });
  co_return connections;
}

Task<void> bring_in(mail::Archive& archive, model::Connection connection, mail::Feed& feed) {
  co_await archive.sync(std::move(connection), feed, 0);
}

}  // namespace

std::vector<std::string> changed_resources(const mail::MailboxNews& news) {
  const auto& id = news.connection.str();
  std::vector<std::string> uris{"conversations://" + id, "contacts://" + id,
                                "gmail://" + id + "/labels"};
  const auto messages = "messages://" + id + '/';
  for (const auto& address : news.correspondents) {
    uris.push_back(messages + address);
    // A URI may be written either way, and the client watches the one it wrote.
    auto encoded = percent_encode(address);
    if (encoded != address) uris.push_back(messages + encoded);
  }
  return uris;
}

void publish(mcp::EventBus& bus, const mail::MailboxNews& news) {
  for (const auto& uri : changed_resources(news)) bus.publish_resource_updated(uri);
}

mail::Watched archived_mailboxes(store::Store& store, mail::Archive& archive, mail::OpenFeed open) {
  mail::Watched watched;
  watched.connections = [&store] { return followed(store); };
  watched.open = std::move(open);
  watched.sync = [&archive](model::Connection connection, mail::Feed& feed) {
    return bring_in(archive, std::move(connection), feed);
  };
  return watched;
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
