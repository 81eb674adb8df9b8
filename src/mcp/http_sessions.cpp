// Finds the session of a request over HTTP, opens it again where it is not in memory, and keeps
// what is remembered of it up to date.
#include <utility>

#include "base/caught.h"
#include "base/text.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp {

namespace {

// A session that others change again and again while it is read is used as it was read last.
constexpr int most_reads = 3;

std::string_view named_session(const http::RequestHead& head) {
  return trim(head.headers.get("Mcp-Session-Id"));
}

}  // namespace

SessionPtr StreamableHttp::session_here(const http::RequestHead& head, const Principal& principal) {
  const auto id = named_session(head);
  return id.empty() ? nullptr : sessions_.find(id, principal.identity());
}

// What can be said without asking the memory, which self-contained requests do not need.
SessionFact StreamableHttp::fact_of(const http::RequestHead& head, const Principal& principal,
                                    const SessionPtr& here) const {
  if (here) return {here->revision, true};
  const auto id = named_session(head);
  if (id.empty()) return {};
  const auto ticket = ids_.read(id, principal.identity());
  return {ticket ? ticket->revision : nullptr, true};
}

// nullptr: refused and already answered. `id`: of the message, for the refusal.
Task<SessionPtr> StreamableHttp::find_session(http::Exchange& exchange, PrincipalPtr principal,
                                              std::string id) {
  SessionPtr session = session_here(exchange.head(), *principal);
  if (session && !session->is_stale) co_return session;
  std::optional<Error> failed;
  try {
    if (session) {
      co_await refresh(session);
      if (session->ended()) session = nullptr;
    } else if (const auto named = named_session(exchange.head()); !named.empty()) {
      std::string sealed{named};
      session = co_await open_again(std::move(sealed), principal);
    }
  } catch (const Error& error) {
    failed = error;
  }
  if (failed) {
    co_await entry_.answer_error(exchange, *failed);
    co_return nullptr;
  }
  if (!session) co_await refuse_without_session(exchange, std::move(id));
  co_return session;
}

Task<SessionPtr> StreamableHttp::open_again(std::string id, PrincipalPtr principal) {
  const auto owner = principal->identity();
  auto ticket = ids_.read(id, owner);
  if (!ticket) co_return nullptr;
  auto session = sessions_.make(*principal);
  session->restore(id, std::move(*ticket));
  auto name = session->name();
  const auto known = co_await remembered(std::move(name));
  // Another request may have been faster.
  if (auto here = sessions_.find(id, owner)) co_return here;
  if (known && known->ended) co_return nullptr;
  if (known) session->adopt(*known);
  if (session->is_over_at(clock_.now())) co_return nullptr;
  if (!sessions_.insert(session)) {
    throw Error{Errc::unavailable, "Too many sessions are open.", "Try again later."};
  }
  co_return session;
}

// As it is when this ends: what others change meanwhile is heard.
Task<std::optional<RememberedSession>> StreamableHttp::remembered(std::string name) {
  std::optional<RememberedSession> known;
  for (int i = 0; i < most_reads; ++i) {
    const auto heard = heard_elsewhere_;
    auto asked = name;
    known = co_await memory_.load(std::move(asked));
    if (heard == heard_elsewhere_) break;
  }
  co_return known;
}

Task<void> StreamableHttp::refresh(SessionPtr session) {
  session->is_stale = false;
  auto name = session->name();
  std::exception_ptr failure;
  std::optional<RememberedSession> known;
  try {
    known = co_await remembered(std::move(name));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    session->is_stale = true;
    std::rethrow_exception(failure);
  }
  if (!known) co_return;
  if (known->ended) {
    sessions_.erase(*session);
  } else {
    session->adopt(*known);
  }
}

// What cannot be kept now is tried again with the next message.
Task<void> StreamableHttp::save(SessionPtr session, PrincipalPtr principal) {
  auto change = session->take_change(principal, clock_.now());
  auto kept = change;
  const auto failed = co_await caught(memory_.keep(std::move(change)));
  if (failed) {
    session->put_back(kept);
    if (!is_memory_failing_) {
      log_.warning("mcp_session_not_kept", {{"problem", failed->message}});
    }
  }
  is_memory_failing_ = failed.has_value();
}

Task<void> StreamableHttp::refuse_without_session(http::Exchange& exchange, std::string id) {
  if (named_session(exchange.head()).empty()) {
    co_await entry_.refuse(
        exchange, 400, invalid_request("The Mcp-Session-Id header is missing: initialize first."),
        std::move(id));
  } else {
    co_await entry_.refuse(exchange, 404,
                           invalid_request("There is no such session: initialize again."),
                           std::move(id));
  }
}

void StreamableHttp::ended_elsewhere(const std::string& name) {
  ++heard_elsewhere_;
  if (const auto session = sessions_.named(name)) sessions_.erase(*session);
}

void StreamableHttp::changed_elsewhere(const std::string& name) {
  ++heard_elsewhere_;
  const auto session = sessions_.named(name);
  if (!session) return;
  session->is_stale = true;
  session->news.wake();
}

void StreamableHttp::all_may_have_changed() {
  ++heard_elsewhere_;
  sessions_.for_each([](Session& session) {
    session.is_stale = true;
    session.news.wake();
  });
}

}  // namespace gmail_mcp::mcp
