// How an archive answers the operators of Gmail's search language.
#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StoreArchiveSearch : public StoreContract {
 protected:
  StoreArchiveSearch() { wait_for(archive().begin(everyone_, mine_)); }

  Archives& archive() { return store().archive(); }

  // A letter of the day `day` of November 2026, at noon.
  NewArchived letter(const std::string& id, unsigned day, const std::string& subject) const {
    NewArchived made;
    auto& message = made.archived.message;
    message.id = model::MessageId{id};
    message.thread_id = model::ThreadId{"t-" + id};
    message.subject = subject;
    message.from = {.name = "Somebody", .email = "somebody@x.com"};
    message.to = {{.name = "Ann", .email = "ann@gmail.com"}};
    message.date =
        Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / std::chrono::day{day}}} +
        std::chrono::hours{12};
    message.body_plain = "the text of it";
    message.labels = {"INBOX"};
    made.correspondents = {{.name = "", .email = "somebody@x.com"}};
    return made;
  }
  void add(std::vector<NewArchived> messages) {
    const auto seen = wait_for(archive().state(everyone_, mine_)).value();
    ArchiveStep step;
    step.added = std::move(messages);
    EXPECT_TRUE(wait_for(archive().commit(everyone_, mine_, seen, std::move(step))).is_stored);
  }
  ArchivePage page(const std::string& text, std::int64_t limit = 100,
                   const std::string& cursor = "") {
    auto query = parse_search(text);
    EXPECT_TRUE(query) << text;
    return wait_for(archive().search(everyone_, mine_, query.value(), limit, cursor));
  }
  std::vector<std::string> found(const std::string& text) {
    std::vector<std::string> ids;
    for (const auto& one : page(text).messages) ids.push_back(one.message.id.str());
    return ids;
  }

  model::ConnectionId mine_ = connect("ann", "ann@gmail.com").id;
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreArchiveSearch, ::testing::ValuesIn(backends()),
                         backend_name);

TEST_P(StoreArchiveSearch, finds_people_by_parts_of_names_and_addresses) {
  auto priya = letter("priya", 1, "Plan");
  priya.archived.message.from = {.name = "Priya Müller", .email = "p.shah@example.com"};
  auto copied = letter("copied", 2, "Plan");
  copied.archived.message.to = {{.name = "Carl", .email = "carl@x.com"}};
  copied.archived.message.cc = {{.name = "Priya", .email = "priya@example.com"}};
  auto hidden = letter("hidden", 3, "Plan");
  hidden.archived.message.bcc = {{.name = "", .email = "dora_100%@x.com"}};
  add({priya, copied, hidden});
  EXPECT_THAT(found("from:priya"), ElementsAre("priya"));
  EXPECT_THAT(found("from:SHAH@example.com"), ElementsAre("priya"));
  EXPECT_THAT(found("from:MÜLLER"), ElementsAre("priya"));
  EXPECT_THAT(found("from:\"priya müller\""), ElementsAre("priya"));
  EXPECT_THAT(found("from:(priya shah)"), ElementsAre("priya"));
  EXPECT_THAT(found("-from:priya"), ElementsAre("hidden", "copied"));
  EXPECT_THAT(found("to:priya"), ElementsAre("copied")) << "copies are to somebody too";
  EXPECT_THAT(found("cc:priya"), ElementsAre("copied"));
  EXPECT_THAT(found("bcc:dora_100%"), ElementsAre("hidden"));
  EXPECT_THAT(found("to:d_ra"), IsEmpty()) << "nothing is a joker";
  EXPECT_THAT(found("to:carl to:ann"), IsEmpty());
  EXPECT_THAT(found("plan from:priya"), ElementsAre("priya"));
  EXPECT_THAT(found("plan -from:priya -to:carl"), ElementsAre("hidden"));
  EXPECT_THAT(found("from:priya -plan"), IsEmpty());
  EXPECT_THAT(found("to:ann -\"no such words\""), ElementsAre("hidden", "priya"));
}

TEST_P(StoreArchiveSearch, finds_subjects_apart_from_texts) {
  auto text = letter("text", 2, "Other");
  text.archived.message.body_plain = "the invoice";
  add({letter("subject", 1, "Invoice for May"), text});
  EXPECT_THAT(found("invoice"), ElementsAre("text", "subject"));
  EXPECT_THAT(found("subject:invoice"), ElementsAre("subject"));
  EXPECT_THAT(found("subject:\"for may\""), ElementsAre("subject"));
  EXPECT_THAT(found("subject:(may invoice)"), ElementsAre("subject"));
  EXPECT_THAT(found("invoice -subject:invoice"), ElementsAre("text"));
  EXPECT_THAT(found("subject:may text"), ElementsAre("subject"));
}

TEST_P(StoreArchiveSearch, finds_words_by_their_beginnings) {
  add({letter("long", 1, "Invoices of an unbelievable kind")});
  EXPECT_THAT(found("invoice"), ElementsAre("long"));
  EXPECT_THAT(found("unbeliev"), ElementsAre("long"));
  EXPECT_THAT(found("subject:inv"), ElementsAre("long"));
  EXPECT_THAT(found("\"invoice\""), IsEmpty()) << "in quotes it is whole";
  EXPECT_THAT(found("ki"), IsEmpty()) << "two letters begin too much";
  EXPECT_THAT(found("ki*"), ElementsAre("long"));
  EXPECT_THAT(found("kind -invoice"), ElementsAre("long"));
}

TEST_P(StoreArchiveSearch, finds_files_places_and_days) {
  auto file = letter("file", 1, "Plan");
  file.archived.message.attachments = {
      {.id = "2", .filename = "a.pdf", .mime_type = "application/pdf", .size = 1}};
  auto logo = letter("logo", 2, "Plan");
  logo.archived.message.labels = {"STARRED"};
  logo.archived.message.attachments = {{.id = "2",
                                        .filename = "logo.png",
                                        .mime_type = "image/png",
                                        .size = 1,
                                        .is_inline = true,
                                        .is_file = false}};
  auto out = letter("out", 3, "Plan");
  out.archived.direction = model::Direction::sent;
  out.archived.message.labels = {"SENT"};
  auto trash = letter("trash", 4, "Plan");
  trash.archived.message.labels = {"TRASH"};
  add({file, logo, out, trash});
  EXPECT_THAT(found("has:attachment"), ElementsAre("file"));
  EXPECT_THAT(found("plan -has:attachment"), ElementsAre("out", "logo"));
  EXPECT_THAT(found("in:inbox"), ElementsAre("file"));
  EXPECT_THAT(found("in:sent"), ElementsAre("out"));
  EXPECT_THAT(found("in:starred"), ElementsAre("logo"));
  EXPECT_THAT(found("-in:inbox"), ElementsAre("out", "logo"));
  EXPECT_THAT(found("after:2026/11/02"), ElementsAre("out", "logo"));
  EXPECT_THAT(found("before:2026/11/02"), ElementsAre("file"));
  EXPECT_THAT(found("plan after:2026/11/02 before:2026/11/03"), ElementsAre("logo"));
  EXPECT_THAT(found("after:2026/11/03 before:2026/11/03"), IsEmpty());
}

TEST_P(StoreArchiveSearch, conditions_go_on_page_by_page_and_stay_in_their_account) {
  std::vector<NewArchived> many;
  for (unsigned day = 1; day <= 9; ++day) {
    many.push_back(letter(std::to_string(day), day, day % 2 == 0 ? "even" : "odd"));
  }
  add(std::move(many));
  for (const std::string query : {"from:somebody -subject:even", "odd from:somebody"}) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const auto one = page(query, 2, cursor);
      for (const auto& message : one.messages) ids.push_back(message.message.id.str());
      cursor = one.next_cursor;
    } while (!cursor.empty());
    EXPECT_THAT(ids, ElementsAre("9", "7", "5", "3", "1"));
  }
  const auto other = connect("bob", "bob@gmail.com").id;
  wait_for(archive().begin(everyone_, other));
  const auto query = parse_search("from:somebody").value();
  EXPECT_THAT(wait_for(archive().search(everyone_, other, query, 100, "")).messages, IsEmpty());
  EXPECT_THAT(wait_for(archive().search(only("bob"), mine_, query, 100, "")).messages, IsEmpty());
}

}  // namespace
}  // namespace gmail_mcp::store
