#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/writer.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// One seeded mail, before it has a date and a mailbox.
struct Letter {
  mime::Draft draft;            // without a date
  std::chrono::minutes age{0};  // before now
  std::vector<std::string> labels = {"INBOX"};
  std::string raw;  // a mail written by hand instead of `draft`; "%DATE%" stands for its date
};

/// Whose mailbox the letters are for.
struct Reader {
  mime::Address self;
  std::string first_name;
  std::string number;  // "1", "2" …: keeps Message-IDs of different mailboxes apart
};

/// Ids of the labels every seeded mailbox has besides Gmail's own.
struct SeedLabels {
  std::string projects;  // "Work/Projects"
  std::string receipts;  // "Receipts"
};

/// Conversations: people who answer each other, a mailing list, languages other than English.
std::vector<Letter> seed_conversations(const Reader& reader, const SeedLabels& labels);
/// What machines send: newsletters, invoices, calendar, travel, security, spam.
std::vector<Letter> seed_notices(const Reader& reader, const SeedLabels& labels);
/// Mail that is there to be difficult: files, a forwarded message, orders to an AI assistant.
std::vector<Letter> seed_oddities(const Reader& reader, const SeedLabels& labels);
/// The thread that all people of the sandbox share, as `reader` sees it.
std::vector<Letter> seed_team_thread(const Reader& reader,
                                     const std::vector<mime::Address>& people);

/// "{me}" replaced by the reader's first name.
std::string addressed(std::string_view text, const Reader& reader);

}  // namespace gmail_mcp::sandbox
