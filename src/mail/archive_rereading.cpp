#include "mail/archive_rereading.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/caught.h"
#include "base/offload.h"
#include "mail/archive_entry.h"
#include "mime/html_text.h"

namespace gmail_mcp::mail {

namespace {

model::Access rereading_access() { return model::Access::system("reading an archive anew"); }

std::size_t weight_of(const std::vector<model::Message>& messages) {
  std::size_t bytes = 0;
  for (const auto& one : messages) {
    bytes += one.body_plain.size() + (one.body_html ? one.body_html->size() : 0);
  }
  return mime::html_weight * bytes;
}

// Whether fewer messages may succeed, because nothing is wrong with the account itself.
bool may_be_about_these(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::too_large ||
         code == Errc::invalid_argument || code == Errc::internal;
}

}  // namespace

void Rereading::Allowance::grow(Moment now, std::int64_t a_minute, std::int64_t most) {
  if (!as_of) {
    left = static_cast<double>(a_minute);
  } else {
    const std::chrono::duration<double> since = now - *as_of;
    left += since.count() * static_cast<double>(a_minute) / 60;
  }
  as_of = now;
  left = std::min(left, static_cast<double>(most));
}

Task<std::vector<std::string>> Rereading::go_on(model::Connection connection, Feed& feed) {
  std::vector<std::string> correspondents;
  auto& account = accounts_[connection.id];
  if (account.is_busy) co_return correspondents;
  const auto now = clock_.steady_now();
  account.allowance.grow(now, limits_.a_minute, limits_.most_saved);
  all_.grow(now, limits_.a_minute_in_all, limits_.a_minute_in_all);
  account.is_busy = true;
  std::exception_ptr left;
  try {
    while (account.allowance.left >= 1 && all_.left >= 1) {
      const auto count = co_await some(connection, feed, correspondents);
      if (count == 0) break;
    }
  } catch (const Error& error) {
    log_.info("archive_not_read_anew_now", {{"connection_id", connection.id.str()},
                                            {"code", to_string(error.code)},
                                            {"problem", error.message}});
  } catch (...) {
    left = std::current_exception();
  }
  account.is_busy = false;
  if (left) std::rethrow_exception(left);
  co_return correspondents;
}

void Rereading::forget(const model::ConnectionId& id) {
  const auto known = accounts_.find(id);
  if (known != accounts_.end() && !known->second.is_busy) accounts_.erase(known);
}

// Returns how many were handled; 0: there is nothing to do now.
Task<std::int64_t> Rereading::some(const model::Connection& connection, Feed& feed,
                                   std::vector<std::string>& correspondents) {
  auto& account = accounts_[connection.id];
  const auto allowed = static_cast<std::int64_t>(std::min(account.allowance.left, all_.left));
  auto count = std::min(limits_.at_a_time, allowed);
  if (account.at_once > 0) count = std::min(count, account.at_once);
  auto found = co_await store_.archive().read_before(rereading_access(), connection.id,
                                                     reading_version, count);
  if (found.ids.empty()) co_return 0;
  const auto now = clock_.steady_now();
  if (found.was_tried && now < account.retry_at) co_return 0;
  if (found.was_tried) account.retry_at = now + limits_.retry_pause;
  const auto asked = static_cast<std::int64_t>(found.ids.size());
  account.allowance.left -= static_cast<double>(asked);
  all_.left -= static_cast<double>(asked);
  const auto stored = co_await caught(read(connection, feed, found.ids, correspondents));
  if (stored) {
    if (account.at_once > 0 && asked >= account.at_once) account.at_once *= 2;
    if (account.at_once >= limits_.at_a_time) account.at_once = 0;
    co_return *stored ? asked : 0;
  }
  if (!may_be_about_these(stored.error().code)) throw Error{stored.error()};
  if (asked == 1) {
    // This message ends the connection: the others continue without it.
    std::vector<store::NewArchived> none;
    co_await store_.archive().read_again(rereading_access(), connection.id, std::move(none),
                                         std::move(found.ids));
  } else {
    account.at_once = std::max<std::int64_t>(asked / 2, 1);
  }
  throw Error{stored.error()};
}

Task<bool> Rereading::read(const model::Connection& connection, Feed& feed,
                           std::vector<model::MessageId> ids,
                           std::vector<std::string>& correspondents) {
  auto anew = co_await feed.read_again(ids);
  for (const auto& message : anew.messages) std::erase(ids, message.id);
  const auto bytes = weight_of(anew.messages);
  auto work = [&] {
    std::vector<store::NewArchived> entries;
    for (auto& message : anew.messages) {
      const auto spot = anew.spots.find(message.id.str());
      auto entry = to_entry(std::move(message), connection.gmail_address);
      if (spot != anew.spots.end()) entry.spot = spot->second;
      entries.push_back(std::move(entry));
    }
    return entries;
  };
  auto entries = co_await offload(pool_, bytes, work);
  for (const auto& entry : entries) {
    for (const auto& one : entry.correspondents) correspondents.push_back(one.email);
  }
  co_return co_await store_.archive().read_again(rereading_access(), connection.id,
                                                 std::move(entries), std::move(ids));
}

}  // namespace gmail_mcp::mail
