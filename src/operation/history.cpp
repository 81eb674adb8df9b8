#include "operation/history.h"

#include "accounts/refusals.h"
#include "base/text.h"
#include "mime/address.h"
#include "operation/call.h"
#include "store/store.h"

namespace gmail_mcp::operation {

namespace {

// All connections in one list: a watcher reads it once a minute.
constexpr std::int64_t all_connections = 1'000'000;
// Mailboxes with mail that has become too old, per quarter of an hour.
constexpr std::int64_t expired_at_a_time = 1000;
// All other changes wait while the database is rewritten: connecting and disconnecting again and
// again must not make that more frequent.
constexpr std::chrono::seconds between_scrubs{20};

bool by_consent(const model::Connection& one) { return model::facts_of(one.kind).by_consent; }

// The address that an archive is asked about: "ann@example.org", "Ann <ann@example.org>" or
// "mailto:…" (RFC 6068). As tolerant as the reading of headers, from which the archive takes its
// addresses.
std::string asked_address(std::string_view text) {
  constexpr std::string_view scheme = "mailto:";
  text = trim(text);
  std::optional<std::string> decoded;
  if (equals_ignoring_case(text.substr(0, scheme.size()), scheme)) {
    text.remove_prefix(scheme.size());
    decoded = percent_decode(text.substr(0, text.find('?')));
    text = decoded ? std::string_view{*decoded} : std::string_view{};
  }
  auto read = mime::parse_addresses(text);
  if (read.size() != 1 || read.front().email.find('@') == std::string::npos) {
    throw Error{Errc::invalid_argument, "The argument email is not one mail address.",
                "Give one address, such as ann@example.org."};
  }
  return std::move(read.front().email);
}

Task<void> bring_in(mail::Archive& archive, model::Connection connection, mail::Feed& feed) {
  co_await archive.sync(std::move(connection), feed, 0);
}

}  // namespace

History::History(const Executor& executor, const Services& services, Needs needs,
                 mail::OpenFeed open, mail::Archive::Tell tell, Options options)
    : services_{services},
      needs_{needs},
      is_archived_unasked_{std::move(options.is_archived_unasked)},
      archive_{needs_.store,   open,         std::move(tell),
               services.clock, services.log, std::move(options.archive)},
      watch_{executor,       needs_.store.leases(), watched(std::move(open)),
             services.clock, services.log,          std::move(options.watch)},
      scrubbing_{executor} {}

mail::Watched History::watched(mail::OpenFeed open) {
  mail::Watched watched;
  watched.connections = [this] { return followed(); };
  watched.open = std::move(open);
  watched.sync = [this](model::Connection connection, mail::Feed& feed) {
    return bring_in(archive_, std::move(connection), feed);
  };
  watched.hung = [this](const model::Connection& connection, const Error& error) {
    needs_.conditions.trouble(connection.id, error);
  };
  return watched;
}

Task<std::unordered_set<std::string>> History::ids_with_archive() const {
  const auto archived =
      co_await needs_.store.archive().archived(model::Access::system("following mailboxes"));
  std::unordered_set<std::string> ids;
  for (const auto& id : archived) ids.insert(id.str());
  co_return ids;
}

// Those of a kind that is archived without a request, and those whose archive was requested.
Task<std::vector<model::Connection>> History::followed() const {
  const auto has_archive = co_await ids_with_archive();
  store::ConnectionFilter filter;
  filter.limit = all_connections;
  const auto access = model::Access::system("following mailboxes");
  auto connections = co_await needs_.store.connections().list(access, std::move(filter));
  std::erase_if(connections, [&](const model::Connection& one) {
    const bool was_asked_for =
        services_.policy.archives_oauth && has_archive.contains(one.id.str());
    return !one.is_active() || !(is_archived_unasked_(one) || was_asked_for);
  });
  co_return connections;
}

void History::follow(const model::Connection& connection) {
  needs_.conditions.forget(connection.id);
  if (is_archived_unasked_(connection)) watch_.add(connection);
}

Task<void> History::stop(model::ConnectionId id) {
  co_await watch_.remove(id);
  co_await archive_.stop(id);
  needs_.conditions.forget(id);
}

Task<void> History::erase(model::ConnectionId id) {
  co_await stop(id);
  co_await archive_.erase(std::move(id));
  scrub_is_due_ = true;
  const bool begins = scrubs_by_itself_ && !is_closed_ && !is_scrubbing_;
  if (begins) scrubbing_.spawn(scrub_while_due());
}

// No caller waits for it, but the erased words must not stay in the file for long.
Task<void> History::scrub_while_due() {
  is_scrubbing_ = true;
  auto& clock = services_.clock;
  try {
    while (scrub_is_due_) {
      const auto now = clock.steady_now();
      const auto until = scrubbed_at_ ? *scrubbed_at_ + between_scrubs : now;
      if (!is_closed_ && now < until) {
        co_await clock.sleep(std::chrono::ceil<std::chrono::milliseconds>(until - now));
      }
      scrub_is_due_ = false;
      co_await archive_.scrub(false);
      scrubbed_at_ = clock.steady_now();
    }
  } catch (const Error& error) {
    services_.log.warning("housekeeping_failed", {{"problem", error.message}});
  }
  is_scrubbing_ = false;
}

Task<void> History::scrub_all() {
  scrub_is_due_ = false;
  co_await archive_.scrub(true);
}

Task<void> History::shorten() {
  const auto now = services_.clock.now();
  if (!scrubbed_all_at_) scrubbed_all_at_ = now;
  try {
    if (!services_.policy.archives_oauth) co_await erase_those_of_google();
    co_await archive_.expire(expired_at_a_time);
    const bool is_long_ago = now - *scrubbed_all_at_ >= std::chrono::hours{24};
    if (is_long_ago) scrubbed_all_at_ = now;
    co_await archive_.scrub(is_long_ago);
  } catch (const Error& error) {
    services_.log.warning("housekeeping_failed", {{"problem", error.message}});
  }
}

Task<void> History::erase_those_of_google() {
  const auto has_archive = co_await ids_with_archive();
  if (has_archive.empty()) co_return;
  store::ConnectionFilter filter;
  filter.include_inactive = true;
  filter.limit = all_connections;
  const auto access = model::Access::system("erasing archives");
  const auto connections = co_await needs_.store.connections().list(access, std::move(filter));
  for (const auto& one : connections) {
    if (by_consent(one) && has_archive.contains(one.id.str())) co_await archive_.erase(one.id);
  }
}

Task<void> History::close() {
  is_closed_ = true;
  scrubbing_.cancel();
  co_await scrubbing_.join();
  co_await watch_.close();
  co_await archive_.drain();
}

// A server that scrubs by itself continues at its next start; any other process finishes here.
Task<void> History::scrub() {
  if (!scrubs_by_itself_) co_await scrub_while_due();
}

Task<model::Connection> History::archived(Call& call, std::string id) {
  auto found = co_await call.connection(std::move(id));
  services_.policy.check_archive(found);
  const auto state = co_await needs_.store.archive().state(call.access(), found.id);
  // A caller who ended a connection must not read its archive any more. Another process may have
  // ended it, and what we remember is seconds old.
  bool has_ended = state && state->has_ended;
  if (!state) {
    const auto now = co_await needs_.store.connections().credential(call.access(), found.id);
    if (!now) throw accounts::connection_not_found();
    has_ended = !now->connection.is_active();
  }
  if (has_ended) {
    needs_.vault.forget(found.id);
    co_await needs_.vault.token(call.access(), found.id);
  }
  if (!state) {
    throw Error{Errc::not_found, "There is no local archive of this account yet.",
                "Call fetch_inbox for it once: that begins one."};
  }
  co_return found;
}

Task<mail::Archive::Synced> History::fetch(Call& call, std::string connection_id,
                                           std::size_t show) {
  auto found = co_await call.connection(std::move(connection_id));
  services_.policy.check_archive(found);
  co_await call.use(found);
  auto tell = call.teller(std::nullopt, "messages fetched");
  co_return co_await archive_.sync(std::move(found), show, std::move(tell));
}

Task<store::ArchivePage> History::messages(Call& call, std::string connection_id, std::string email,
                                           std::int64_t limit, std::string cursor) {
  auto address = asked_address(email);
  const auto found = co_await archived(call, std::move(connection_id));
  co_return co_await needs_.store.archive().history(call.access(), found.id, std::move(address),
                                                    limit, std::move(cursor));
}

Task<History::Found> History::search(Call& call, std::string connection_id, std::string query,
                                     std::int64_t limit, std::string cursor) {
  auto parsed = store::parse_search(query).value();
  const auto found = co_await archived(call, std::move(connection_id));
  store::read_me_as(parsed, found.gmail_address);
  const bool is_first = cursor.empty();
  Found answer;
  answer.page = co_await needs_.store.archive().search(call.access(), found.id, parsed, limit,
                                                       std::move(cursor));
  if (is_first && answer.page.messages.empty()) answer.how_searched = store::how_searched(parsed);
  co_return answer;
}

Task<model::Contact> History::contact(Call& call, std::string connection_id, std::string email) {
  auto address = asked_address(email);
  const auto found = co_await archived(call, std::move(connection_id));
  auto contact =
      co_await needs_.store.archive().contact(call.access(), found.id, std::move(address));
  if (!contact) {
    throw Error{Errc::not_found,
                "No contact has this address: contacts are who wrote to this account and whom it "
                "wrote to.",
                "contacts://{account_id} lists them; search_emails with to:address finds who only "
                "received the mail of others."};
  }
  co_return std::move(*contact);
}

Task<std::vector<model::Contact>> History::contacts(Call& call, std::string connection_id,
                                                    std::int64_t limit) {
  const auto found = co_await archived(call, std::move(connection_id));
  co_return co_await needs_.store.archive().contacts(call.access(), found.id, limit);
}

Task<store::ConversationPage> History::conversations(Call& call, std::string connection_id,
                                                     std::int64_t limit, std::string cursor) {
  const auto found = co_await archived(call, std::move(connection_id));
  co_return co_await needs_.store.archive().conversations(call.access(), found.id, limit,
                                                          std::move(cursor));
}

}  // namespace gmail_mcp::operation
