// tests/letters, read over every backend and in the archive.
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "mail/message_reader.h"
#include "mime/header.h"
#include "mime/reader.h"
#include "operation/body.h"
#include "sql/compose.h"
#include "store/sql/archive_rows.h"
#include "tests/contract/archived_upstream.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t fewest_letters = 150;

constexpr auto read_archived =
    sql::compose("SELECT ", store::archived_columns,
                 " FROM archive_messages AS m JOIN archives AS a ON a.account = m.account "
                 "JOIN archive_texts AS t ON t.key = m.key WHERE a.connection_id = ?1");

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::set<fs::path> letters() {
  std::set<fs::path> all;
  for (const auto& entry : fs::directory_iterator{"tests/letters"}) {
    if (entry.path().extension() == ".eml") all.insert(entry.path());
  }
  return all;
}

// As it comes over the network.
std::string bytes_of_letter(const fs::path& path) {
  std::string out;
  for (const char c : read_file(path)) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

json::object to_json(const model::Address& mailbox) {
  return {{"name", mailbox.name}, {"email", mailbox.email}};
}

json::array to_json(const std::vector<model::Address>& mailboxes) {
  json::array list;
  for (const auto& one : mailboxes) list.push_back(to_json(one));
  return list;
}

json::object seen(const model::Message& message) {
  json::object out;
  const auto readable = operation::readable_text(message);
  out["text"] = trim(readable.text);
  out["source"] = readable.source;
  json::array files;
  json::array within;
  json::array other;
  for (const auto& one : message.attachments) {
    auto& list = one.is_inline ? within : one.is_file ? files : other;
    list.push_back(json::string{one.filename});
  }
  EXPECT_EQ(message.has_attachments, !files.empty());
  out["subject"] = message.subject;
  out["from"] = to_json(message.from);
  out["to"] = to_json(message.to);
  out["cc"] = to_json(message.cc);
  out["reply_to"] = to_json(message.reply_to);
  out["files"] = std::move(files);
  out["within_the_text"] = std::move(within);
  out["other"] = std::move(other);
  return out;
}

bool is_unsure(std::string_view field, const model::Message& message) {
  return (field == "from" && message.from_is_unsure) || (field == "to" && message.to_is_unsure) ||
         (field == "cc" && message.cc_is_unsure) ||
         (field == "reply_to" && message.reply_to_is_unsure);
}

void expect_as_written(const fs::path& letter, const model::Message& message) {
  auto path = letter;
  path.replace_extension(".json");
  const auto all = seen(message);
  const auto wanted = json::parse(read_file(path));
  for (const auto& [name, value] : wanted.as_object()) {
    // Of conversations Gmail's REST answers do not always tell to whom, and are marked.
    if (name == "date" || is_unsure(name, message)) continue;
    EXPECT_EQ(all.at(name), value) << letter << ' ' << name;
  }
}

class Letters : public MailboxContract {};
class LettersInThreads : public Letters {};

INSTANTIATE_TEST_SUITE_P(Backends, Letters, ::testing::ValuesIn(mail_backends()), backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, LettersInThreads, backends_with(&Capabilities::threads),
                         backend_name);

TEST_P(Letters, letters_say_all_that_is_in_them) {
  EXPECT_GE(letters().size(), fewest_letters);
  for (const auto& path : letters()) {
    const auto message = read(deliver(bytes_of_letter(path)));
    for (const auto* field : {"from", "to", "cc", "reply_to"}) {
      EXPECT_FALSE(is_unsure(field, message)) << path << ' ' << field;
    }
    expect_as_written(path, message);
  }
}

TEST_P(Letters, files_of_letters_are_what_was_sent) {
  for (const auto& path : letters()) {
    const auto bytes = bytes_of_letter(path);
    const auto root = mime::read_message(bytes).value();
    const auto message = read(deliver(bytes));
    for (const auto& one : message.attachments) {
      const auto file = wait_for(mailbox().attachment(message.id, one.id));
      const auto* part = find_attachment(root, one.id);
      EXPECT_EQ(file.filename, one.filename) << path;
      EXPECT_EQ(file.mime_type, one.mime_type) << path;
      EXPECT_TRUE(part != nullptr && file.content == mime::file_content(*part)) << path << one.id;
    }
  }
}

// There IMAP reads a message by its structure and its texts, not as a whole.
TEST_P(LettersInThreads, letters_of_a_conversation_say_the_same) {
  for (const auto& path : letters()) {
    const auto id = deliver(bytes_of_letter(path));
    const auto thread = wait_for(mailbox().thread(read(id).thread_id));
    const auto found = std::find_if(thread.messages.begin(), thread.messages.end(),
                                    [&](const auto& message) { return message.id == id; });
    EXPECT_NE(found, thread.messages.end()) << path;
    if (found == thread.messages.end()) continue;
    EXPECT_FALSE(found->from_is_unsure) << path;
    expect_as_written(path, *found);
  }
}

class ArchivedLetters : public ArchivedUpstream {
 protected:
  std::string deliver(std::string rfc822) {
    return sandbox()
        .world()
        .deliver(own_address, std::move(rfc822), {"INBOX"}, clock_.now() - std::chrono::hours{1})
        .value();
  }

  // By Message-ID.
  std::map<std::string, model::Message> archived_letters() {
    sql::Statement statement{read_archived, connection_.id};
    std::map<std::string, model::Message> all;
    for (auto& row : run(store_.database->read(std::move(statement)))) {
      auto message = store::archived_from(row).message;
      all.emplace(message.message_id_header, std::move(message));
    }
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, ArchivedLetters,
                         ::testing::Values(Way::gmail_imap, Way::plain_imap, Way::rest),
                         [](const auto& row) { return name_of(row.param); });

TEST_P(ArchivedLetters, letters_in_the_archive_say_all_that_is_in_them) {
  for (const auto& path : letters()) deliver(bytes_of_letter(path));
  ASSERT_FALSE(sync());
  const auto archived = archived_letters();
  for (const auto& path : letters()) {
    const auto found = archived.find("<" + path.stem().string() + "@shop.example>");
    EXPECT_NE(found, archived.end()) << path;
    if (found != archived.end()) expect_as_written(path, found->second);
  }
}

TEST(LettersDates, dates_are_the_moments_the_letters_name) {
  std::size_t dated = 0;
  for (const auto& letter : letters()) {
    auto path = letter;
    path.replace_extension(".json");
    const auto wanted = json::parse(read_file(path)).as_object();
    if (!wanted.contains("date")) continue;
    ++dated;
    const auto root = mime::read_message(bytes_of_letter(letter)).value();
    const auto date = mime::parse_date(mime::header(root, "Date"));
    EXPECT_EQ(wanted.at("date").as_string(), date ? to_iso8601(*date) : "") << letter;
  }
  EXPECT_GT(dated, 5U);
}

}  // namespace
}  // namespace gmail_mcp::mail
