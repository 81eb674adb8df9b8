#pragma once

#include <cstdint>
#include <string>

#include "model/news.h"
#include "sql/compose.h"
#include "sql/database.h"
#include "store/sql/archive_rows.h"

// Rows of news, which every archive writes in the transaction of the change itself.
namespace gmail_mcp::store {

/// Beyond this number people are not named: a first sync brings thousands.
inline constexpr std::size_t most_people_named = 50;

inline sql::Value people_of(const model::MailboxNews& news) {
  if (news.of_many || news.correspondents.size() > most_people_named) return {};
  return sql::Value{to_json_text(news.correspondents)};
}

/// ?1 account, ?2 the archive's step after the change or NULL, ?3 origin, ?4 people. Does nothing
/// unless the archive is at that step.
inline constexpr sql::Sql add_archive_news{
    "archive.add_archive_news",
    "INSERT INTO news (origin, what, connection_id, people) "
    "SELECT ?3, 'mail', CAST(a.connection_id AS TEXT), ?4 FROM archives AS a "
    "WHERE a.account = ?1 AND a.step = coalesce(?2, a.step)"};

inline sql::Statement archive_news(std::int64_t account, sql::Value step, std::string origin,
                                   const model::MailboxNews& news) {
  return sql::Statement{add_archive_news, account, std::move(step), std::move(origin),
                        people_of(news)};
}

}  // namespace gmail_mcp::store
