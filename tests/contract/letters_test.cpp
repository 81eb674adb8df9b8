// tests/letters, read over every backend.
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/text.h"
#include "mail/archive_entry.h"
#include "operation/body.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

namespace json = boost::json;

class Letters : public MailboxContract {
 protected:
  static std::string read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  static std::string with_crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    return out;
  }

  static json::object seen(const model::Message& message) {
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
    EXPECT_FALSE(message.from_is_unsure);
    out["from"] = json::object{{"name", message.from.name}, {"email", message.from.email}};
    out["files"] = std::move(files);
    out["within_the_text"] = std::move(within);
    out["other"] = std::move(other);
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, Letters, ::testing::ValuesIn(mail_backends()),
                         [](const auto& row) { return row.param.name; });

TEST_P(Letters, letters_say_all_that_is_in_them) {
  std::set<std::filesystem::path> letters;
  for (const auto& entry : std::filesystem::directory_iterator{"tests/letters"}) {
    if (entry.path().extension() == ".eml") letters.insert(entry.path());
  }
  EXPECT_GE(letters.size(), 24U);
  for (const auto& path : letters) {
    const auto message = read(deliver(with_crlf(read_file(path))));
    auto expected = path;
    expected.replace_extension(".json");
    const auto all = seen(message);
    const auto wanted = json::parse(read_file(expected));
    for (const auto& [name, value] : wanted.as_object()) {
      EXPECT_EQ(all.at(name), value) << path << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
