// Every engine gives all that it holds, and takes what another has given.
#include <map>
#include <set>

#include "tests/contract/store_contract.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using AllRows = std::vector<sql::Rows>;  // by table

// A store with a row of every kind.
class StoreDump : public StoreContract {
 protected:
  static NewArchived letter(const std::string& id, const std::string& from,
                            const std::string& body) {
    NewArchived made;
    auto& message = made.archived.message;
    message.id = model::MessageId{id};
    message.thread_id = model::ThreadId{"t" + id.substr(0, 1)};
    message.subject = "Subject of " + id;
    message.from = {.name = "Bob", .email = from};
    message.date = Timestamp{std::chrono::seconds{1'700'000'000 + std::stoi(id)}};
    message.body_plain = body;
    message.labels = {"INBOX", "UNREAD"};
    made.correspondents = {{.name = "Bob", .email = from}};
    made.spot = {.folder = "INBOX", .uid = std::stoi(id)};
    return made;
  }

  void archive_mail(const model::ConnectionId& id, std::vector<NewArchived> letters) {
    EXPECT_TRUE(wait_for(store().archive().begin(everyone_, id)));
    const auto seen = wait_for(store().archive().state(everyone_, id)).value();
    ArchiveStep step;
    step.added = std::move(letters);
    step.cursor = "cursor";
    EXPECT_TRUE(wait_for(store().archive().commit(everyone_, id, seen, step)).is_stored);
  }

  void send(const model::Connection& from, const std::string& id) {
    SendRecord record;
    record.id = id;
    record.user_id = from.user_id;
    record.connection_id = from.id;
    record.tool = "gmail_send";
    record.result_json = "{}";
    wait_for(store().sends().begin(everyone_, std::move(record), {}));
  }

  // Ann signed in for two programs, and out of one of them.
  void sign_in(const std::string& id, bool ends) {
    ClientGrant grant;
    grant.id = id;
    grant.user_id = user("ann").id;
    grant.address = "ann@gmail.com";
    grant.client = "digest";
    grant.client_name = "Program \"é\"";
    grant.scopes = {"mail.read"};
    grant.audience = "https://mail.example/mcp";
    grant.created_at = grant.used_at = grant.rotated_at = clock_.now();
    grant.expires_at = clock_.now() + std::chrono::hours{24};
    wait_for(store().client_grants().begin(everyone_, grant));
    wait_for(store().client_grants().advance(id, 0, 1, clock_.now(), grant.expires_at));
    if (ends) wait_for(store().client_grants().revoke(everyone_, id, clock_.now()));
  }

  void fill() {
    ann_ = connect("ann", "ann@gmail.com").id;
    const auto bob = connect("bob", "bob@gmail.com");
    auto typed = credential_of("ann", "typed@gmail.com");
    typed.kind = model::ConnectionKind::app_password;
    typed.display_name = "Ann \"at\" home \n é 東京";
    typed.token_expires_at.reset();
    wait_for(connections().save(everyone_, typed));
    wait_for(connections().disconnect(everyone_, connect("cyd", "cyd@gmail.com").id,
                                      Erasure::everything));
    send(bob, "4d7a9f0e-0000-4000-8000-000000000001");
    const auto gone = connect("bob", "gone@gmail.com");
    send(gone, "4d7a9f0e-0000-4000-8000-000000000002");
    EXPECT_TRUE(remove(everyone_, gone.id, "digest of bob"));
    model::UserToken token;
    token.id = "gmu_1";
    token.user = model::ExternalUserId{"ann"};
    token.created_at = clock_.now();
    token.expires_at = clock_.now() + std::chrono::hours{24};
    token.grant.toolsets = {"read"};
    wait_for(store().user_tokens().add(everyone_, token, "a digest", 100));
    McpSessionChange session;
    session.name = "4d7a9f0e-0000-4000-8000-000000000003";
    session.owner = "application:auth_token:ann";
    session.person = model::ExternalUserId{"ann"};
    session.sealed_with = "0a0b0c0d";
    session.log_level = "warning";
    session.watched = {"contacts://a", "contacts://b"};
    wait_for(store().mcp_sessions().keep(session));
    sign_in("4d7a9f0e-0000-4000-8000-000000000003", false);
    sign_in("4d7a9f0e-0000-4000-8000-000000000004", true);
    for (int i = 0; i < 3; ++i) {
      AuditEntry entry;
      entry.at = clock_.now();
      entry.user_id = "ann";
      entry.operation = "number " + std::to_string(i);
      entry.outcome = "ok";
      store().audit().record(entry);
    }
    wait_for(store().flush());
    auto html = letter("12", "bob@x.com", "shown");
    html.archived.message.body_html = "<p>shown</p>";
    html.text = "what the HTML says about pears";
    auto hidden = letter("13", "eve@x.com", "hidden apples");
    hidden.archived.message.labels = {"TRASH"};
    archive_mail(ann_, {letter("10", "bob@x.com", "apples and pears"),
                        letter("11", "eve@x.com", "東京都庁に行く"), html, hidden});
    archive_mail(bob.id, {letter("20", "ann@gmail.com", "apples")});
  }

  static AllRows rows_of(Store& store) {
    const auto reader = wait_for(store.dump().read());
    return rows_of(*reader);
  }
  static AllRows rows_of(DumpReader& reader) {
    AllRows all;
    for (std::size_t table = 0; table < dumped_tables().size(); ++table) {
      auto& rows = all.emplace_back();
      while (true) {
        auto portion = wait_for(reader.after(table, rows.empty() ? sql::Row{} : rows.back()));
        if (portion.empty()) break;
        rows.insert(rows.end(), portion.begin(), portion.end());
      }
    }
    return all;
  }
  static void load(Store& to, const AllRows& all) {
    for (std::size_t table = 0; table < all.size(); ++table) {
      wait_for(to.dump().load(table, all[table]));
    }
  }
  static void restore(Store& to, const AllRows& all) {
    wait_for(to.dump().begin_load("mark"));
    load(to, all);
    wait_for(to.dump().finish_load());
  }

  std::vector<std::string> found(Store& in, const std::string& query) {
    std::vector<std::string> ids;
    const auto page =
        wait_for(in.archive().search(everyone_, ann_, parse_search(query).value(), 100, ""));
    for (const auto& one : page.messages) ids.push_back(one.message.id.str());
    return ids;
  }

  /// What an archive answers, in words.
  std::string answers(Store& in) {
    std::string text;
    for (const auto* query : {"apples", "pears", "京都", "html says", "subject:subject"}) {
      for (const auto& id : found(in, query)) text += id + " ";
      text += "| ";
    }
    for (const auto& one : wait_for(in.archive().contacts(everyone_, ann_, 100))) {
      text += one.email + " " + one.name + " " + std::to_string(one.message_count) + " ";
    }
    const auto page = wait_for(in.archive().conversations(everyone_, ann_, 100, ""));
    for (const auto& one : page.conversations) {
      text += one.thread_id.str() + " " + std::to_string(one.message_count) + " " +
              std::to_string(one.unread_count) + " ";
    }
    return text;
  }

  model::ConnectionId ann_;
};

// A line for each row.
std::vector<std::string> plain(const sql::Rows& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& value : row) {
      const auto* number = std::get_if<std::int64_t>(&value.variant());
      line += value.is_null() ? "NULL" : number != nullptr ? std::to_string(*number) : value.text();
      line += " | ";
    }
  }
  return lines;
}

void expect_same(const AllRows& is, const AllRows& wanted) {
  ASSERT_EQ(is.size(), wanted.size());
  for (std::size_t table = 0; table < is.size(); ++table) {
    EXPECT_EQ(plain(is[table]), plain(wanted[table])) << dumped_tables()[table].name;
  }
}

TEST_P(StoreDump, what_is_loaded_into_any_engine_comes_out_of_it_again_and_answers_alike) {
  fill();
  const auto all = rows_of(store());
  for (std::size_t table = 0; table < all.size(); ++table) {
    EXPECT_THAT(all[table], ::testing::Not(IsEmpty())) << dumped_tables()[table].name;
    for (const auto& row : all[table])
      EXPECT_THAT(row, SizeIs(dumped_tables()[table].columns.size()));
  }
  for (const auto& backend : backends()) {
    SCOPED_TRACE("into " + backend.name);
    const auto place = backend.make_place();
    const auto other = place->open(clock_);
    restore(*other, all);
    EXPECT_EQ(wait_for(other->dump().counts()), wait_for(store().dump().counts()));
    expect_same(rows_of(*other), all);
    EXPECT_EQ(answers(*other), answers(store()));
    EXPECT_EQ(wait_for(other->connections().credential(everyone_, ann_))->ciphertexts.refresh_token,
              "refresh");
    EXPECT_EQ(wait_for(other->sends().count_spent("digest of bob",
                                                  clock_.now() - std::chrono::hours{24})),
              1);
  }
}

TEST_P(StoreDump, a_restored_store_goes_on_as_the_first_one_would_have) {
  fill();
  const auto all = rows_of(store());
  const auto place = GetParam().make_place();
  const auto other = place->open(clock_);
  restore(*other, all);
  AuditEntry entry;
  entry.at = clock_.now();
  entry.operation = "the next";
  entry.outcome = "ok";
  other->audit().record(entry);
  wait_for(other->flush());
  EXPECT_EQ(wait_for(other->audit().recent(everyone_, 1)).at(0).operation, "the next");
  const auto seen = wait_for(other->archive().state(everyone_, ann_)).value();
  EXPECT_EQ(seen.cursor, "cursor");
  ArchiveStep step;
  step.cursor = "next";
  step.added = {letter("30", "bob@x.com", "more apples")};
  step.removed = {model::MessageId{"10"}};
  EXPECT_TRUE(wait_for(other->archive().commit(everyone_, ann_, seen, step)).is_stored);
  EXPECT_THAT(found(*other, "apples"), ElementsAre("30"));
  NewCredential credential;
  credential.user_id =
      wait_for(other->users().get_or_create(everyone_, model::ExternalUserId{"dan"})).id;
  credential.gmail_address = "dan@gmail.com";
  const auto dan = wait_for(other->connections().save(everyone_, credential));
  EXPECT_TRUE(wait_for(other->archive().begin(everyone_, dan.id))) << "a number of its own";
}

TEST_P(StoreDump, an_interrupted_load_is_known_and_begun_again_without_doubling_anything) {
  fill();
  const auto all = rows_of(store());
  const auto place = GetParam().make_place();
  const auto other = place->open(clock_);
  wait_for(other->dump().begin_load("mark"));
  auto part = all;
  part.back().resize(2);
  load(*other, part);
  EXPECT_EQ(wait_for(other->dump().unfinished()), "mark");
  EXPECT_EQ(code_of(other->dump().begin_load("of another file")), Errc::conflict);
  restore(*other, all);
  EXPECT_EQ(wait_for(other->dump().unfinished()), std::nullopt);
  expect_same(rows_of(*other), all);
  EXPECT_EQ(answers(*other), answers(store()));
}

TEST_P(StoreDump, a_load_that_brought_nothing_is_in_nobodys_way) {
  const auto place = GetParam().make_place();
  const auto other = place->open(clock_);
  wait_for(other->dump().begin_load("of a file that could not be loaded"));
  fill();
  restore(*other, rows_of(store()));
  EXPECT_EQ(wait_for(other->dump().unfinished()), std::nullopt);
}

TEST_P(StoreDump, nothing_is_loaded_into_a_store_that_is_not_empty) {
  EXPECT_EQ(wait_for(store().dump().unfinished()), std::nullopt);
  user("ann");
  EXPECT_EQ(code_of(store().dump().begin_load("mark")), Errc::conflict);
  EXPECT_EQ(wait_for(store().dump().unfinished()), std::nullopt);
}

TEST_P(StoreDump, large_mails_come_a_few_at_a_time) {
  ann_ = connect("ann", "ann@gmail.com").id;
  std::vector<NewArchived> letters;
  for (int i = 0; i < 12; ++i) {
    letters.push_back(letter(std::to_string(100 + i), "bob@x.com", std::string(1'000'000, 'a')));
  }
  archive_mail(ann_, std::move(letters));
  const auto reader = wait_for(store().dump().read());
  const auto mails = dumped_tables().size() - 1;
  const auto first = wait_for(reader->after(mails, {}));
  EXPECT_GT(first.size(), 1U);
  EXPECT_LT(first.size(), 6U);
  EXPECT_THAT(rows_of(*reader).back(), SizeIs(12));
}

INSTANTIATE_TEST_SUITE_P(Dump, StoreDump, ::testing::ValuesIn(backends()), backend_name);

class SharedStoreDump : public StoreDump {};

TEST_P(SharedStoreDump, a_dump_is_of_the_moment_at_which_it_begins) {
  fill();
  const auto before = rows_of(store());
  const auto reader = wait_for(store().dump().read());
  if (!reader->is_of_one_moment()) GTEST_SKIP() << "this engine says that it cannot";
  connect("eve", "eve@gmail.com");
  wait_for(connections().disconnect(everyone_, ann_, Erasure::everything));
  while (wait_for(store().archive().erase(everyone_, ann_, 1))) {
  }
  expect_same(rows_of(*reader), before);
}

INSTANTIATE_TEST_SUITE_P(Dump, SharedStoreDump, ::testing::ValuesIn(shared_backends()),
                         backend_name);

}  // namespace
}  // namespace gmail_mcp::store
