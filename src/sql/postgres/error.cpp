#include "sql/postgres/error.h"

#include <fmt/format.h>

#include <chrono>

namespace gmail_mcp::sql::postgres {

namespace {

constexpr char see_server[] =
    "Try again in a moment; if it goes on, look at the log of the database server.";

Error soon(std::string message, std::string hint = see_server) {
  return Error{Errc::unavailable, std::move(message), std::move(hint)}.with_retry_after(
      std::chrono::seconds{1});
}

// The kinds of failure that are the same for a connection and a statement.
std::optional<Error> common_error(std::string_view state) {
  if (state == "28P01") {
    return Error{Errc::misconfigured, "The database server refuses the user name or the password.",
                 "Correct them in DATABASE_URL."};
  }
  if (state == "28000") {
    return Error{Errc::misconfigured, "The database server does not let this user in.",
                 "Check the user name in DATABASE_URL, sslmode, and pg_hba.conf of the server."};
  }
  if (state == "3D000") {
    return Error{Errc::misconfigured, "The database server has no database of that name.",
                 "Create it, or correct its name in DATABASE_URL."};
  }
  if (state == "42501") {
    return Error{Errc::misconfigured, "The database user may not do what this program must do.",
                 "Make the user that DATABASE_URL names the owner of the database's tables."};
  }
  if (state == "53300") {
    return soon("The database server has no connection left.",
                "Lower storage.postgres.connections, or raise max_connections of the server.");
  }
  if (state == "53100" || state == "53200" || state.starts_with("53")) {
    return soon("The database server has no room left.",
                "Look at the disk and the memory of the database server.");
  }
  if (state.starts_with("57P") || state.starts_with("08") || state.starts_with("58")) {
    return soon("The database server is not ready.");
  }
  return std::nullopt;
}

}  // namespace

Error statement_error(const Refusal& refusal) {
  const std::string_view state = refusal.state;
  auto detail =
      fmt::format("SQLSTATE {}{}{}", state, refusal.detail.empty() ? "" : ", ", refusal.detail);
  const auto make = [&]() -> Error {
    if (state == "23505" || state == "23P01") {
      return Error{Errc::conflict, "Such an entry exists already.", "Read it again."};
    }
    if (state == "23503") {
      return Error{Errc::conflict, "What the entry belongs to has been removed meanwhile.",
                   "Read it again."};
    }
    if (state == state::serialization || state == state::deadlock || state == "55P03") {
      return soon("The database is busy: others change the same rows.", "Try again in a moment.");
    }
    if (state == state::cancelled) {
      return soon("The database server took too long and stopped the statement.");
    }
    if (state == state::read_only) {
      return soon("The database accepts no changes: it is a standby, or was one.",
                  "Name all its hosts in DATABASE_URL, and the one that accepts changes is found.");
    }
    if (state == "42P01" || state == "42703" || state == "42883" || state == "3F000") {
      return Error{Errc::misconfigured, "The database lacks a table or a column of this program.",
                   "Run `gmail-mcp migrate`."};
    }
    if (state == "42P05" || state == "26000") {
      return soon("The pooler before the database mixes up statements.",
                  "Check its settings; transaction mode is supported.");
    }
    if (state == "22021" || state == "22P05") {
      return Error{Errc::invalid_argument, "A text holds bytes that the database cannot store.",
                   "Send valid UTF-8."};
    }
    if (state != "08P01") {
      if (auto known = common_error(state)) return *std::move(known);
    }
    return Error{Errc::internal, "The database refused a statement."};
  };
  return make().with_detail(std::move(detail));
}

Error connect_error(std::string_view said) {
  // "… failed: FATAL:  28P01: password authentication failed …", as PQERRORS_VERBOSE has it.
  std::string_view state;
  for (const std::string_view severity : {"FATAL:  ", "ERROR:  "}) {
    const auto at = said.rfind(severity);
    if (at != said.npos) state = said.substr(at + severity.size(), 5);
  }
  const auto has = [&](std::string_view words) { return said.find(words) != said.npos; };
  // libpq's own words, and those of pgbouncer, which has one state for all.
  if (has("no password supplied")) state = "28P01";
  if (state == "08P01" && has("password authentication failed")) state = "28P01";
  if (state == "08P01" && has("does not exist")) state = has("role \"") ? "28000" : "3D000";
  if (state == "08P01" && has("no such database")) state = "3D000";
  const auto make = [&]() -> Error {
    if (has("unsupported startup parameter")) {
      return Error{Errc::misconfigured,
                   "The pooler before the database refuses a parameter of the connection.",
                   "Remove `options` from DATABASE_URL and PGOPTIONS from the environment."};
    }
    if (has("read-only")) {
      return soon("The database accepts no changes: it is a standby, or was one.",
                  "Name all its hosts in DATABASE_URL, and the one that accepts changes is found.");
    }
    if (has("does not support SSL")) {
      return Error{Errc::misconfigured, "The database server does not offer TLS.",
                   "Switch it on there, or set sslmode=disable in DATABASE_URL if the way to the "
                   "server is safe."};
    }
    if (has("certificate")) {
      return Error{Errc::misconfigured, "The certificate of the database server cannot be trusted.",
                   "Let sslrootcert in DATABASE_URL name the certificate of its authority, and use "
                   "the host name that its certificate bears."};
    }
    if (auto known = common_error(state)) return *std::move(known);
    return soon("The database server cannot be reached.",
                "Check that it runs, and the host and the port in DATABASE_URL.");
  };
  std::string detail{said.substr(0, said.find('\n'))};
  return make().with_detail(std::move(detail));
}

Error lost_error(Sent sent) {
  if (sent == Sent::a_change) {
    return soon(
        "The connection to the database ended before it answered, so the change may have been "
        "made.",
        "Look before doing it again.");
  }
  return soon("The connection to the database ended before it answered.");
}

Error late_error(Sent sent) {
  if (sent == Sent::a_change) {
    return soon("The database did not answer in time, so the change may have been made.",
                "Look before doing it again.");
  }
  return soon("The database did not answer in time.");
}

}  // namespace gmail_mcp::sql::postgres
