// Labels, flags and folders.
#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/label_change.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using imap::StoreMode;

constexpr std::size_t asked_at_once = 50;

Error needs_all_mail() {
  return {Errc::unsupported, "This label cannot be taken off while All Mail is hidden from IMAP.",
          "In Gmail's settings, Labels, let All Mail be shown in IMAP."};
}

}  // namespace

// Checked before anything is changed, because Gmail would create a label that does not exist.
Task<LabelChange> ImapSmtpMailbox::plan(Client& client, std::vector<std::string> add,
                                        std::vector<std::string> remove) {
  auto known = co_await places(client);
  auto planned = plan_change(add, remove, *known, client.is_gmail());
  if (!planned && planned.error().code == Errc::invalid_argument) {
    // The label may have been made a moment ago.
    forget_places();
    known = co_await places(client);
    planned = plan_change(add, remove, *known, client.is_gmail());
  }
  co_return std::move(planned).value();
}

Task<void> ImapSmtpMailbox::apply_marks(Client& client, imap::UidSet uids,
                                        const LabelChange& change) {
  std::vector<Task<void>> commands;
  if (!change.add_flags.empty()) {
    commands.push_back(client.store_flags(uids, StoreMode::add, change.add_flags));
  }
  if (!change.remove_flags.empty()) {
    commands.push_back(client.store_flags(uids, StoreMode::remove, change.remove_flags));
  }
  if (!change.add_labels.empty()) {
    commands.push_back(client.store_gmail_labels(uids, StoreMode::add, change.add_labels));
  }
  if (!change.remove_labels.empty()) {
    commands.push_back(client.store_gmail_labels(uids, StoreMode::remove, change.remove_labels));
  }
  co_await run_all(std::move(commands));
}

Task<void> ImapSmtpMailbox::apply(Client& client, Located where, const LabelChange& change,
                                  std::string id) {
  const auto use = where.place.use;
  // Gmail answers OK to removing the open folder's own label, but does nothing.
  if (use != SpecialUse::all && change.removes_label_of(where.place)) {
    if (client.is_gmail() && !change.target(use)) throw needs_all_mail();
  }
  const auto target = change.target(use);
  const bool comes_back = use == SpecialUse::junk || use == SpecialUse::trash;
  if (target && comes_back) {
    // First out of spam and trash, because messages there accept no labels.
    const auto known = co_await places(client);
    auto place = known->find(*target);
    if (!place) place = known->find(SpecialUse::inbox);
    if (!place) throw no_such("folder");
    auto moved = just(where.uid);
    co_await client.move(std::move(moved), place->folder);
    if (change.only_moves() || !client.is_gmail()) co_return;
    auto there = co_await locate_in(client, std::move(*place), std::move(id), Mode::write);
    if (there) co_await apply_marks(client, just(there->uid), change);
    co_return;
  }
  co_await apply_marks(client, just(where.uid), change);
  if (target && *target != use) co_await move_to(client, just(where.uid), *target);
}

Task<void> ImapSmtpMailbox::move_to(Client& client, imap::UidSet uids, SpecialUse use) {
  const auto known = co_await places(client);
  const auto place = known->find(use);
  if (place) {
    co_await client.move(std::move(uids), place->folder);
    co_return;
  }
  // A hidden folder is still a label at Gmail.
  if (!client.is_gmail()) throw needs_gmail("such a folder");
  std::vector<std::string> labels{use == SpecialUse::trash ? "\\Trash" : "\\Spam"};
  co_await client.store_gmail_labels(std::move(uids), StoreMode::add, std::move(labels));
}

Task<std::vector<std::string>> ImapSmtpMailbox::labels_after(Client& client, std::string id) {
  const auto where = co_await locate(client, std::move(id), Mode::read);
  imap::FetchItems items;
  items.flags = true;
  items.gmail_labels = true;
  const auto fetched = co_await client.fetch(just(where.uid), std::move(items));
  if (fetched.empty()) throw no_such("message");
  co_return label_ids(fetched.front(), where.place.use, where.place.folder);
}

Task<std::vector<std::string>> ImapSmtpMailbox::modify_labels(model::MessageId id,
                                                              std::vector<std::string> add,
                                                              std::vector<std::string> remove) {
  auto lease = co_await fresh();
  auto& client = *lease;
  const auto change = co_await plan(client, std::move(add), std::move(remove));
  auto where = co_await locate(client, id.str(), Mode::write);
  const bool stays = !change.target(where.place.use) || client.is_gmail();
  co_await apply(client, std::move(where), change, id.str());
  // On other servers a moved message has a new id.
  if (!stays) co_return std::vector<std::string>{};
  co_return co_await labels_after(client, id.str());
}

Task<std::vector<Change>> ImapSmtpMailbox::modify_many(std::vector<model::MessageId> ids,
                                                       Provenance, std::vector<std::string> add,
                                                       std::vector<std::string> remove) {
  auto lease = co_await fresh();
  auto& client = *lease;
  const auto change = co_await plan(client, std::move(add), std::move(remove));
  std::vector<Change> changes;
  for (auto& id : ids) changes.push_back({.id = std::move(id), .failure = std::nullopt});
  std::vector<bool> done(changes.size());
  const auto known = co_await places(client);
  const auto all = known->find(SpecialUse::all);
  if (client.is_gmail() && all) {
    // Nearly everything is in All Mail: found with many searches at once, changed by one command.
    co_await open(client, all->folder, Mode::write);
    imap::UidSet together;
    for (std::size_t begin = 0; begin < changes.size(); begin += asked_at_once) {
      const auto end = std::min(begin + asked_at_once, changes.size());
      std::vector<Task<imap::UidSet>> questions;
      for (auto i = begin; i < end; ++i) {
        imap::Search search;
        search.keys("X-GM-MSGID " + std::to_string(gmail_number(changes[i].id.str()).value_or(0)));
        questions.push_back(client.search(std::move(search)));
      }
      const auto answers = co_await run_all(std::move(questions));
      for (auto i = begin; i < end; ++i) {
        if (answers[i - begin].empty()) continue;
        done[i] = true;
        together.add(answers[i - begin].highest());
      }
    }
    if (!together.empty()) {
      co_await apply_marks(client, together, change);
      const auto target = change.target(SpecialUse::all);
      if (target && *target != SpecialUse::all) co_await move_to(client, together, *target);
    }
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (done[i]) continue;
    try {
      auto where = co_await locate(client, changes[i].id.str(), Mode::write);
      co_await apply(client, std::move(where), change, changes[i].id.str());
    } catch (const Error& error) {
      if (!client.is_open()) throw;
      changes[i].failure = error;
    }
  }
  co_return changes;
}

Task<void> ImapSmtpMailbox::trash(model::MessageId id) {
  auto lease = co_await fresh();
  const auto where = co_await locate(*lease, id.str(), Mode::write);
  if (where.place.use == SpecialUse::trash) co_return;
  co_await move_to(*lease, just(where.uid), SpecialUse::trash);
}

Task<void> ImapSmtpMailbox::untrash(model::MessageId id) {
  auto lease = co_await fresh();
  const auto where = co_await locate(*lease, id.str(), Mode::write);
  if (where.place.use != SpecialUse::trash) co_return;
  const auto known = co_await places(*lease);
  auto place = known->find(SpecialUse::all);
  // On other servers a message is in one folder: it is moved back to where it will be seen.
  if (!place || !lease->is_gmail()) place = known->find(SpecialUse::inbox);
  if (!place) throw no_such("folder");
  co_await lease->move(just(where.uid), place->folder);
}

}  // namespace gmail_mcp::mail
