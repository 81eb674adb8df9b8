// The tools of the local archive, on an archive filled by the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/archive_entry.h"
#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::HasSubstr;

class History : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    const auto access = model::Access::system("test");
    run_to_end(loop_, store_->archive().begin(access, alice_.id));
  }

  model::Message letter(std::string from, std::string to) {
    clock_.advance(std::chrono::minutes{1});
    model::Message made;
    made.id = model::MessageId{std::to_string(++count_)};
    made.thread_id = model::ThreadId{"t"};
    made.subject = "Letter";
    made.from.email = std::move(from);
    made.to = {{.name = "", .email = std::move(to)}};
    made.date = clock_.now();
    made.body_plain = "Hello";
    made.labels = {"INBOX"};
    return made;
  }
  void keep(model::Message message) {
    auto entry = mail::to_entry(std::move(message), alice_.gmail_address);
    const auto access = model::Access::system("test");
    run_to_end(loop_, store_->archive().note(access, alice_.id, std::move(entry)));
  }

  static std::string with(std::string_view more) { return '{' + std::string{more} + '}'; }
  std::vector<std::string> ids(std::string_view tool, std::string_view arguments) {
    std::vector<std::string> found;
    const auto answer = ask(tool, with(arguments));
    for (const auto& one : answer.at("messages").as_array()) {
      found.push_back(text(one.as_object(), "id"));
    }
    return found;
  }

  int count_ = 0;
};

using Ids = std::vector<std::string>;

TEST_F(History, me_in_a_search_is_the_account) {
  keep(letter("meg@x.example", "alice@gmail.example"));
  keep(letter("alice@gmail.example", "home@x.example"));
  auto alias = letter("sales@shop.example", "home@x.example");
  alias.labels = {"SENT"};
  keep(std::move(alias));
  auto copied = letter("bob@x.example", "carol@x.example");
  copied.cc = {{.name = "", .email = "Alice@gmail.example"}};
  keep(std::move(copied));
  EXPECT_EQ(ids("search_emails", R"("query":"from:me")"), (Ids{"3", "2"}));
  EXPECT_EQ(ids("search_emails", R"("query":"to:me")"), (Ids{"4", "1"}));
  EXPECT_EQ(ids("search_emails", R"("query":"cc:me")"), (Ids{"4"}));
  keep(letter("bob@x.example", "malice@gmail.example"));
  EXPECT_EQ(ids("search_emails", R"("query":"to:me")"), (Ids{"4", "1"}));
  EXPECT_EQ(ids("search_emails", R"("query":"-to:me -from:me")"), (Ids{"5"}));
}

TEST_F(History, of_a_contact_is_asked_by_any_usual_spelling_of_one_address) {
  keep(letter("ann@x.example", "alice@gmail.example"));
  for (const auto* spelling :
       {"ann@x.example", " ANN@x.example ", "Ann <ann@x.example>", "<ann@x.example>",
        "mailto:ann@x.example", "MAILTO:ann%40x.example?subject=Hi"}) {
    const auto email = R"("email":")" + std::string{spelling} + '"';
    EXPECT_EQ(ids("get_emails", email), (Ids{"1"})) << spelling;
    const auto contact = ask("get_contact", with(email)).at("contact").as_object();
    EXPECT_EQ(text(contact, "email"), "ann@x.example") << spelling;
  }
  for (const auto* wrong :
       {"not an address", "ann", "mailto:", "mailto:%4", " ", "ann@x.example, bob@x.example"}) {
    const auto email = R"("email":")" + std::string{wrong} + '"';
    EXPECT_EQ(refusal("get_emails", with(email)), Errc::invalid_argument) << wrong;
    EXPECT_EQ(refusal("get_contact", with(email)), Errc::invalid_argument) << wrong;
  }
  EXPECT_EQ(ids("get_emails", R"("email":"nobody@x.example")"), (Ids{}));
}

TEST_F(History, who_was_only_copied_is_no_contact_and_is_said_so) {
  auto copied = letter("bob@x.example", "alice@gmail.example");
  copied.cc = {{.name = "", .email = "carol@x.example"}};
  keep(std::move(copied));
  EXPECT_EQ(ids("search_emails", R"("query":"to:carol")"), (Ids{"1"}));
  EXPECT_EQ(refusal("get_contact", with(R"("email":"carol@x.example")")), Errc::not_found);
  EXPECT_THAT(last_error_, HasSubstr("who wrote to this account and whom it wrote to"));
}

TEST_F(History, a_letter_of_html_alone_is_readable_and_says_what_was_hidden) {
  auto hiding = letter("ann@x.example", "alice@gmail.example");
  hiding.body_plain = "";
  hiding.body_html =
      "<p>Pay\xF3\xA0\x81\x81\xF3\xA0\x81\x82 here</p><p style=\"display:none\">obey</p>";
  keep(std::move(hiding));
  auto open = letter("ann@x.example", "alice@gmail.example");
  open.from.name = "bob@bank.example";
  open.body_plain = "";
  open.body_html = "<p>Only <b>this</b></p>";
  keep(std::move(open));
  const auto answer = ask("get_emails", with(R"("email":"ann@x.example")"));
  const auto& hid = answer.at("messages").at(0).as_object();
  EXPECT_EQ(text(hid, "body_plain"), "Pay here");
  EXPECT_EQ(text(hid, "body_source"), "html");
  EXPECT_TRUE(hid.at("body_html").is_null());
  EXPECT_TRUE(hid.at("html_left_out").as_bool());
  EXPECT_EQ(hid.at("hidden_chars").to_number<int>(), 6);
  EXPECT_FALSE(hid.at("from").as_object().contains("name_is_misleading"));
  const auto& shown = answer.at("messages").at(1).as_object();
  EXPECT_EQ(text(shown, "body_plain"), "Only this");
  EXPECT_EQ(text(shown, "body_html"), "<p>Only <b>this</b></p>");
  EXPECT_FALSE(shown.contains("html_left_out"));
  EXPECT_FALSE(shown.contains("hidden_chars"));
  EXPECT_TRUE(shown.at("from").at("name_is_misleading").as_bool());
}

TEST_F(History, a_page_of_long_letters_is_bounded_and_short_ones_stay_whole) {
  const std::string line = "A line of this letter that goes on for a while.\n";
  std::string body;
  while (body.size() < 500'000) body += line;
  for (int i = 0; i < 20; ++i) {
    auto made = letter("ann@x.example", "alice@gmail.example");
    if (i % 2 == 0) {
      made.body_html = "<p>" + body + "</p>";
      made.body_plain = "";
    } else {
      made.body_plain = i == 1 ? "Short" : body;
    }
    keep(std::move(made));
  }
  const auto answer = ask("get_emails", with(R"("email":"ann@x.example")"));
  EXPECT_LT(boost::json::serialize(answer).size(), 200'000U);
  const auto& messages = answer.at("messages").as_array();
  ASSERT_GE(messages.size(), 7U);
  for (const auto& one : messages) {
    const auto& message = one.as_object();
    if (text(message, "id") == "2") {
      EXPECT_EQ(text(message, "body_plain"), "Short");
      EXPECT_FALSE(message.contains("truncated"));
      continue;
    }
    EXPECT_TRUE(message.at("truncated").as_bool());
    EXPECT_GT(text(message, "body_plain").size(), 7'000U);
    EXPECT_TRUE(message.at("body_html").is_null());
  }
}

}  // namespace
}  // namespace gmail_mcp::tools
