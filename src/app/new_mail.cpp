#include "app/new_mail.h"

#include <unordered_set>
#include <utility>

#include "base/process.h"
#include "base/text.h"
#include "crypto/random.h"
#include "google/scopes.h"
#include "model/access.h"

namespace gmail_mcp::app {

namespace {

// Everybody's, in one list: a watcher looks once a minute.
constexpr std::int64_t all_connections = 1'000'000;

bool is_oauth(const model::Connection& one) { return one.kind == model::ConnectionKind::oauth; }

Task<std::unordered_set<std::string>> with_archive(store::Store& store) {
  const auto access = model::Access::system("following mailboxes");
  const auto archived = co_await store.archive().archived(access);
  std::unordered_set<std::string> ids;
  for (const auto& id : archived) ids.insert(id.str());
  co_return ids;
}

Task<std::vector<model::Connection>> followed(store::Store& store, setup::OauthArchive oauth) {
  const auto access = model::Access::system("following mailboxes");
  const auto has_archive = co_await with_archive(store);
  store::ConnectionFilter filter;
  filter.limit = all_connections;
  auto connections = co_await store.connections().list(access, std::move(filter));
  std::erase_if(connections, [&](const model::Connection& one) {
    const bool was_asked_for =
        oauth != setup::OauthArchive::off && has_archive.contains(one.id.str());
    return !one.is_active() || !(is_archived_unasked(one, oauth) || was_asked_for);
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

bool is_archived_unasked(const model::Connection& connection, setup::OauthArchive oauth) {
  if (!is_oauth(connection)) return true;
  // Who may not read the mail is not to be asked for it again and again.
  return oauth == setup::OauthArchive::on && google::allows_content(connection.scopes);
}

Task<void> erase_oauth_archives(store::Store& store, mail::Archive& archive) {
  const auto access = model::Access::system("erasing archives");
  const auto has_archive = co_await with_archive(store);
  if (has_archive.empty()) co_return;
  store::ConnectionFilter filter;
  filter.include_inactive = true;
  filter.limit = all_connections;
  const auto connections = co_await store.connections().list(access, std::move(filter));
  for (const auto& one : connections) {
    if (is_oauth(one) && has_archive.contains(one.id.str())) co_await archive.erase(one.id);
  }
}

mail::Watched archived_mailboxes(store::Store& store, mail::Archive& archive, mail::OpenFeed open,
                                 setup::OauthArchive oauth) {
  mail::Watched watched;
  watched.connections = [&store, oauth] { return followed(store, oauth); };
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
