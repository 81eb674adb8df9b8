#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/archive.h"
#include "sql/database.h"
#include "store/archive.h"

// Converts between rows of the archive and values.
namespace gmail_mcp::store {

bool is_unread(const std::vector<std::string>& labels);

/// JSON arrays of texts and of [email, name].
std::string to_json_text(const std::vector<std::string>& texts);
std::string to_json_text(const std::vector<model::Address>& addresses);
std::vector<std::string> texts_from(std::string_view json);
std::vector<model::Address> addresses_from(std::string_view json);
/// Each address once, from lists of them.
std::vector<model::Address> participants_from(std::string_view json);
/// Numbers, for a list of keys.
std::string to_json_text(const std::vector<std::int64_t>& numbers);

/// The fields that no query uses: addresses, attachments, headers for replies.
std::string details_of(const model::Message& message);

/// For SELECT ... FROM archive_messages AS m JOIN archive_texts AS t.
inline constexpr char archived_columns[] =
    "m.message_id, m.thread_id, m.sent_at, m.is_sent, m.subject, m.snippet, m.labels, m.details, "
    "t.body_plain, t.body_html";
model::ArchivedMessage archived_from(sql::Row& row);

}  // namespace gmail_mcp::store
