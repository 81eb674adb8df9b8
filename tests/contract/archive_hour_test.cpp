// An hour of mail and faults, thrown by dice that a seed decides: the archive equals the mailbox.
#include <functional>
#include <random>

#include "tests/contract/archived_upstream.h"

namespace gmail_mcp::mail {
namespace {

using namespace std::chrono_literals;

std::string differences(const Rows& kept, const Rows& fresh) {
  std::string all;
  for (const auto& [id, row] : kept) {
    const auto at = fresh.find(id);
    if (at == fresh.end()) all += "kept, and not there: " + id + ' ' + row.substr(0, 100) + '\n';
    if (at == fresh.end() || at->second == row) continue;
    all += row.substr(0, 100) + " is now " + at->second.substr(0, 100) + '\n';
  }
  for (const auto& [id, row] : fresh) {
    if (!kept.contains(id)) all += "missing: " + id + ' ' + row.substr(0, 100) + '\n';
  }
  return all;
}

class ArchiveHour : public ArchivedUpstream {
 protected:
  std::size_t below(std::size_t bound) { return dice_() % bound; }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

  std::vector<std::string> ids() {
    std::vector<std::string> list;
    for (const auto* message : upstream().newest_first()) list.push_back(message->id);
    return list;
  }

  // What people and their correspondents do.
  void act() {
    const auto all = ids();
    const auto count = std::to_string(++number_);
    if (all.size() < 10 || below(3) == 0) {
      const auto id =
          deliver("letter " + count, std::string(below(20) == 0 ? 1'200'000 : 100, 'x'));
      if (below(8) == 0) moods().*one_of(withheld) = {id};
      return;
    }
    const auto& id = one_of(all);
    // Some of it Gmail refuses: of a draft, of what is in the trash already.
    switch (below(8)) {
      case 0: static_cast<void>(upstream().remove(id)); break;
      case 1: static_cast<void>(upstream().trash(id)); break;
      case 2: static_cast<void>(upstream().untrash(id)); break;
      case 3: static_cast<void>(upstream().modify(id, {"STARRED"}, {"UNREAD"})); break;
      case 4: static_cast<void>(upstream().modify(id, {"UNREAD"}, {"STARRED"})); break;
      case 5: static_cast<void>(upstream().modify(id, {"SPAM"}, {"INBOX"})); break;
      case 6: static_cast<void>(upstream().modify(id, {"INBOX"}, {"SPAM"})); break;
      case 7: static_cast<void>(upstream().modify(id, {label()}, {})); break;
    }
  }

  std::string label() {
    if (labels_.empty() || (labels_.size() < 3 && below(3) == 0)) {
      sandbox::Label made;
      made.name = "Label " + std::to_string(labels_.size());
      labels_.push_back(upstream().create_label(std::move(made)).value()->id);
    }
    return one_of(labels_);
  }

  void add_fault(const std::string& match, sandbox::Fault then) {
    sandbox::FaultRule rule;
    rule.match = match;
    rule.times = 1 + static_cast<int>(below(3));
    rule.skip = static_cast<int>(below(3));
    rule.then = std::move(then);
    sandbox().faults().add(std::move(rule));
  }

  void break_imap() {
    const std::vector<std::string> commands{"imap.greeting",  "imap.LOGIN",      "imap.LIST",
                                            "imap.EXAMINE",   "imap.UID SEARCH", "imap.UID FETCH",
                                            "imap.UID FETCH", "imap.UID FETCH"};
    sandbox::Fault fault;
    const auto all = ids();
    switch (below(10)) {
      case 0: fault.reply = "NO Internal error"; break;
      case 1: fault.reply = "* BYE Internal error"; break;
      case 2: fault.reply = "BAD Could not parse command"; break;
      case 3: fault.cut = sandbox::Cut::mid_body; break;
      case 4: fault.cut = sandbox::Cut::before_response; break;
      case 5: sandbox().faults().drop_imap_connections(own_address); return;
      case 6:
        if (!all.empty()) (moods().*one_of(withheld)).push_back(one_of(all));
        return;
      case 7: moods().closed_folders = {below(2) == 0 ? "[Gmail]/Trash" : "Label 0"}; return;
      case 8:
        if (below(4) == 0) sandbox().faults().change_uid_validity(own_address);
        return;
      case 9: break_folder(); return;
    }
    // A password is not refused by chance.
    auto match = one_of(commands);
    if (match == "imap.LOGIN" && fault.reply.starts_with("NO")) match = "imap.EXAMINE";
    add_fault(match, std::move(fault));
  }

  // Until all is healed.
  void break_folder() {
    const std::vector<std::string> commands{"imap.EXAMINE", "imap.UID SEARCH", "imap.STATUS",
                                            "imap.UID FETCH"};
    const std::vector<std::string> folders{"INBOX", "[Gmail]/All Mail", "[Gmail]/Trash",
                                           "[Gmail]/Spam", "Label 0"};
    sandbox::FaultRule rule;
    rule.match = one_of(commands);
    rule.folder = one_of(folders);
    rule.then.reply = "* BYE Internal error";
    if (below(8) == 0) rule.then = {.cut = sandbox::Cut::hang};
    sandbox().faults().add(std::move(rule));
  }

  void break_rest() {
    const std::vector<std::string> calls{"messages.get", "messages.list", "history.list",
                                         "profile",      "batch",         "token"};
    sandbox::Fault fault;
    switch (below(7)) {
      case 0: fault.status = 500; break;
      case 1: fault.status = 503; break;
      case 2: fault.status = 429; break;
      case 3: fault.cut = sandbox::Cut::mid_body; break;
      case 4: fault.cut = sandbox::Cut::after_headers; break;
      case 5: sandbox().faults().expire_access_tokens(own_address); return;
      case 6: sandbox().faults().expire_history(own_address); return;
    }
    add_fault(one_of(calls), std::move(fault));
  }

  // A request stands still while people go on.
  void halt_somewhere() {
    sandbox::Fault halt;
    halt.hold = below(2) == 0 ? sandbox::Hold::before : sandbox::Hold::after;
    const std::vector<std::string> over_imap{"imap.EXAMINE", "imap.UID SEARCH", "imap.UID FETCH"};
    const std::vector<std::string> over_rest{"messages.list", "history.list", "messages.get"};
    add_fault(one_of(is_imap() ? over_imap : over_rest), std::move(halt));
  }

  void live_an_hour(std::uint64_t seed) {
    dice_.seed(seed);
    number_ = 0;
    sandbox().reset_counters();
    for (int minute = 0; minute < 60; ++minute) {
      if (below(6) == 0) clear_faults();
      for (auto count = below(3); count > 0; --count) is_imap() ? break_imap() : break_rest();
      for (auto count = below(6); count > 0; --count) act();
      for (auto count = below(3); count > 0; --count) halt_somewhere();
      sync_amid([this] { act(); });  // fails now and then
      clock_.advance(1min);
    }
    clear_faults();
    EXPECT_GT(sandbox().counters().faults, 5U) << "nothing went wrong";
    // A mailbox may say at most once an hour what it has lost.
    for (int hour = 0; hour < 2; ++hour) {
      clock_.advance(61min);
      EXPECT_EQ(sync(), std::nullopt);
    }
  }

  // What somebody sees: over REST a walk passes over spam and trash, and only what was elsewhere
  // before is kept with these labels.
  Rows shown(Rows rows) const {
    if (is_imap()) return rows;
    std::erase_if(rows, [](const auto& row) {
      return row.second.find("\"TRASH\"") != std::string::npos ||
             row.second.find("\"SPAM\"") != std::string::npos;
    });
    return rows;
  }

  // How a message is withheld.
  using Mood = std::vector<std::string> sandbox::MailSwitches::*;
  const std::vector<Mood> withheld{
      &sandbox::MailSwitches::refused_texts, &sandbox::MailSwitches::fatal_texts,
      &sandbox::MailSwitches::left_out, &sandbox::MailSwitches::refused_labels};

  std::mt19937_64 dice_;
  std::vector<std::string> labels_;
  int number_ = 0;
};

TEST_P(ArchiveHour, of_faults_ends_with_the_archive_that_a_fresh_sync_gives) {
  // Over REST a mailbox that is forgotten is read anew, which takes a while.
  const std::uint64_t hours = is_imap() ? 4 : 1;
  for (std::uint64_t seed = 1; seed <= hours; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    live_an_hour(seed);
    EXPECT_GT(archived().size(), 10U);
    EXPECT_EQ(differences(shown(archived()), shown(freshly_archived())), "");
    EXPECT_THAT(stuck(), ::testing::IsEmpty());
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, ArchiveHour,
                         ::testing::Values(Way::gmail_imap, Way::plain_imap, Way::rest,
                                           Way::rest_in_postgres),
                         [](const auto& way) { return name_of(way.param); });

}  // namespace
}  // namespace gmail_mcp::mail
