#pragma once

#include <string_view>

#include "sql/migrate.h"

// What each step brings, the same in every dialect: how a database is recognised as ours.
namespace gmail_mcp::store::schema {

using Columns = std::string_view[];

inline constexpr Columns users = {"id", "external_user_id", "email", "created_at", "updated_at"};
inline constexpr Columns connections = {"id",
                                        "user_id",
                                        "gmail_address",
                                        "access_token_encrypted",
                                        "refresh_token_encrypted",
                                        "token_expires_at",
                                        "scopes",
                                        "is_active",
                                        "created_at",
                                        "updated_at",
                                        "last_used_at"};
inline constexpr Columns oauth_states = {"id",         "state",        "user_id",
                                         "scopes",     "redirect_uri", "code_verifier",
                                         "expires_at", "created_at"};
inline constexpr sql::Brings step_001[] = {
    {"users", users}, {"connections", connections}, {"oauth_states", oauth_states}};

inline constexpr Columns more_of_connections = {
    "kind",         "status",  "google_sub",         "app_password_encrypted",
    "display_name", "version", "refresh_lease_until"};
inline constexpr Columns more_of_oauth_states = {"return_url", "expected_email", "browser_hash"};
inline constexpr Columns sends = {
    "id",        "user_id",     "connection_id",     "tool",      "idempotency_key", "fingerprint",
    "status",    "result_json", "rfc822_message_id", "delivered", "process_id",      "created_at",
    "updated_at"};
inline constexpr Columns leases = {"name", "holder", "expires_at"};
inline constexpr Columns audit = {"id",      "at",        "request_id",    "caller",     "user_id",
                                  "outcome", "operation", "connection_id", "duration_ms"};
inline constexpr sql::Brings step_002[] = {{"connections", more_of_connections, false},
                                           {"oauth_states", more_of_oauth_states, false},
                                           {"sends", sends},
                                           {"leases", leases},
                                           {"audit", audit}};

inline constexpr Columns archives = {"account", "connection_id", "cursor",  "step",
                                     "walk",    "walking",       "begun_at"};
inline constexpr Columns archive_messages = {
    "key",      "account",   "message_id",  "thread_id",      "sent_at", "is_sent",
    "is_shown", "is_unread", "is_stand_in", "walk",           "size",    "sent_as",
    "subject",  "snippet",   "labels",      "correspondents", "details"};
inline constexpr Columns archive_texts = {"key", "body_plain", "body_html", "found_subject",
                                          "found_text"};
inline constexpr Columns archive_correspondents = {"account", "email", "key", "name", "is_shown"};
inline constexpr Columns archive_contacts = {"account",       "email",     "name",    "name_key",
                                             "message_count", "first_key", "last_key"};
inline constexpr Columns archive_conversations = {"account",      "thread_id", "message_count",
                                                  "unread_count", "first_key", "last_key"};
inline constexpr Columns archive_chores = {"chore"};
inline constexpr sql::Brings step_003[] = {{"archives", archives},
                                           {"archive_messages", archive_messages},
                                           {"archive_texts", archive_texts},
                                           {"archive_correspondents", archive_correspondents},
                                           {"archive_contacts", archive_contacts},
                                           {"archive_conversations", archive_conversations},
                                           {"archive_chores", archive_chores}};

inline constexpr Columns spent_sends = {"account", "hour", "sends"};
inline constexpr Columns more_of_audit = {"asked_for"};
inline constexpr sql::Brings step_004[] = {{"spent_sends", spent_sends},
                                           {"audit", more_of_audit, false}};

inline constexpr Columns condition_of_connections = {"last_ok_at", "last_error_at", "last_error"};
inline constexpr sql::Brings step_005[] = {{"connections", condition_of_connections, false}};

inline constexpr Columns readings_of_archive = {"folder", "uid", "reading"};
inline constexpr sql::Brings step_006[] = {{"archive_messages", readings_of_archive, false}};

inline constexpr Columns erasure_of_connections = {"lost_at", "erasing"};
inline constexpr sql::Brings step_007[] = {{"connections", erasure_of_connections, false}};

}  // namespace gmail_mcp::store::schema
