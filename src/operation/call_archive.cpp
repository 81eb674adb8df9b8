// Call: the local archive of a connection.
#include "accounts/refusals.h"
#include "base/text.h"
#include "mime/address.h"
#include "operation/call.h"

namespace gmail_mcp::operation {

namespace {

// Of whom an archive is asked: "ann@example.org", "Ann <ann@example.org>" or "mailto:…" (RFC 6068).
// As tolerant as the reading of headers is, for that is where the archive has its addresses from.
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

}  // namespace

Task<model::Connection> Call::archived(std::string id) {
  auto found = co_await connection(std::move(id));
  services_.policy.check_archive(found);
  const auto state = co_await services_.store->archive().state(access_, found.id);
  // Whoever ended a connection does not read on in what it left. Another process may have, and what
  // we remember of it is seconds old.
  bool has_ended = state && state->has_ended;
  if (!state) {
    const auto now = co_await services_.store->connections().credential(access_, found.id);
    if (!now) throw accounts::connection_not_found();
    has_ended = !now->connection.is_active();
  }
  if (has_ended) {
    services_.vault->forget(found.id);
    co_await services_.vault->token(access_, found.id);
  }
  if (!state) {
    throw Error{Errc::not_found, "There is no local archive of this account yet.",
                "Call fetch_inbox for it once: that begins one."};
  }
  co_return found;
}

Task<Call::Fetched> Call::fetch_inbox(std::string connection_id, std::size_t show) {
  auto found = co_await connection(std::move(connection_id));
  services_.policy.check_archive(found);
  co_await require_active(found);
  services_.store->connections().touch(found.id);
  auto synced = co_await services_.archive->sync(std::move(found), show);
  co_return Fetched{
      .count = synced.added, .newest = std::move(synced.newest), .is_complete = synced.is_complete};
}

Task<store::ArchivePage> Call::history(std::string connection_id, std::string email,
                                       std::int64_t limit, std::string cursor) {
  auto address = asked_address(email);
  const auto found = co_await archived(std::move(connection_id));
  co_return co_await services_.store->archive().history(access_, found.id, std::move(address),
                                                        limit, std::move(cursor));
}

Task<Call::FoundInArchive> Call::search_archive(std::string connection_id, std::string query,
                                                std::int64_t limit, std::string cursor) {
  auto parsed = store::parse_search(query).value();
  const auto found = co_await archived(std::move(connection_id));
  store::read_me_as(parsed, found.gmail_address);
  const bool is_first = cursor.empty();
  FoundInArchive answer;
  answer.page = co_await services_.store->archive().search(access_, found.id, parsed, limit,
                                                           std::move(cursor));
  if (is_first && answer.page.messages.empty()) answer.how_searched = store::how_searched(parsed);
  co_return answer;
}

Task<model::Contact> Call::contact(std::string connection_id, std::string email) {
  auto address = asked_address(email);
  const auto found = co_await archived(std::move(connection_id));
  auto contact = co_await services_.store->archive().contact(access_, found.id, std::move(address));
  if (!contact) {
    throw Error{Errc::not_found,
                "No contact has this address: contacts are who wrote to this account and whom it "
                "wrote to.",
                "contacts://{account_id} lists them; search_emails with to:address finds who only "
                "received the mail of others."};
  }
  co_return std::move(*contact);
}

Task<std::vector<model::Contact>> Call::contacts(std::string connection_id, std::int64_t limit) {
  const auto found = co_await archived(std::move(connection_id));
  co_return co_await services_.store->archive().contacts(access_, found.id, limit);
}

Task<store::ConversationPage> Call::conversations(std::string connection_id, std::int64_t limit,
                                                  std::string cursor) {
  const auto found = co_await archived(std::move(connection_id));
  co_return co_await services_.store->archive().conversations(access_, found.id, limit,
                                                              std::move(cursor));
}

}  // namespace gmail_mcp::operation
