// Drafts are messages in the folder for drafts, with the ids of these messages.
#include <algorithm>
#include <utility>

#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;

DraftRef ref_of(model::Message message) {
  DraftRef ref;
  ref.id = model::DraftId{message.id.str()};
  ref.sent.message_id = std::move(message.id);
  ref.sent.thread_id = std::move(message.thread_id);
  return ref;
}

}  // namespace

Task<Place> ImapSmtpMailbox::drafts_place(Client& client) {
  const auto known = co_await places(client);
  auto place = known->find(SpecialUse::drafts);
  if (!place) {
    throw Error{Errc::unsupported, "The account shows no folder for drafts over IMAP.",
                "In Gmail's settings, Labels, let Drafts be shown in IMAP."};
  }
  co_return std::move(*place);
}

Task<ImapSmtpMailbox::Located> ImapSmtpMailbox::locate_draft(Client& client, std::string id,
                                                             Mode mode) {
  auto place = co_await drafts_place(client);
  auto found = co_await locate_in(client, std::move(place), std::move(id), mode);
  if (!found) throw no_such("draft");
  co_return std::move(*found);
}

Task<DraftRef> ImapSmtpMailbox::append_draft(Client& client, std::string rfc822) {
  auto place = co_await drafts_place(client);
  const auto message_id = co_await read_message_id(rfc822);
  std::vector<std::string> flags{"\\Draft", "\\Seen"};
  const auto added = co_await client.append(place.folder, std::move(rfc822), std::move(flags));
  imap::UidSet uids;
  if (added && added->uid != 0) {
    uids.add(added->uid);
    co_await open(client, place.folder, Mode::read);
  } else {
    imap::Search search;
    search.text("HEADER Message-ID", message_id);
    auto found = co_await search_in(client, place.folder, std::move(search), Mode::read);
    uids = found.take_highest(1);
  }
  auto made = co_await read(client, std::move(place), std::move(uids), Depth::ids, 0);
  if (made.empty()) {
    throw Error{Errc::outcome_unknown, "The draft was kept, but the mail server does not show it.",
                "List the drafts before creating it again."};
  }
  co_return ref_of(std::move(made.front().message));
}

// Gmail only removes a label when a message is expunged from a label's folder: to delete a message
// it has to be moved to the trash first.
Task<void> ImapSmtpMailbox::remove_draft(Client& client, Located draft, std::string id) {
  const auto known = co_await places(client);
  auto trash = known->find(SpecialUse::trash);
  if (trash && client.is_gmail()) {
    co_await client.move(just(draft.uid), trash->folder);
    auto there = co_await locate_in(client, std::move(*trash), std::move(id), Mode::write);
    if (!there) co_return;
    draft = std::move(*there);
  }
  std::vector<std::string> deleted{"\\Deleted"};
  co_await client.store_flags(just(draft.uid), imap::StoreMode::add, std::move(deleted));
  co_await client.expunge(just(draft.uid));
}

Task<DraftRef> ImapSmtpMailbox::create_draft(Outgoing mail) {
  auto lease = co_await fresh();
  co_return co_await append_draft(*lease, std::move(mail.rfc822));
}

// A message cannot be changed over IMAP: the new one is stored before the old one is deleted.
Task<DraftRef> ImapSmtpMailbox::update_draft(model::DraftId id, Outgoing mail) {
  auto lease = co_await fresh();
  co_await locate_draft(*lease, id.str(), Mode::read);
  auto made = co_await append_draft(*lease, std::move(mail.rfc822));
  auto old = co_await locate_draft(*lease, id.str(), Mode::write);
  co_await remove_draft(*lease, std::move(old), id.str());
  co_return made;
}

Task<void> ImapSmtpMailbox::delete_draft(model::DraftId id) {
  auto lease = co_await fresh();
  auto draft = co_await locate_draft(*lease, id.str(), Mode::write);
  co_await remove_draft(*lease, std::move(draft), id.str());
}

Task<DraftPage> ImapSmtpMailbox::drafts(int max_results, std::string page_token) {
  const auto work = [&](Client& client) -> Task<DraftPage> {
    auto place = co_await drafts_place(client);
    imap::Search search;
    search.keys("ALL");
    Hits hits;
    hits.uids = co_await search_in(client, place.folder, std::move(search), Mode::read);
    hits.place = place;
    const auto* selected = client.selected();
    hits.uid_validity = selected == nullptr ? 0 : selected->uid_validity;
    if (!page_token.empty()) {
      const auto marks = read_page_token(page_token);
      if (!marks || marks->size() != 1 || marks->front().uid_validity != hits.uid_validity) {
        throw Error{Errc::invalid_argument, "The page token is not one of this list.",
                    "Begin again without page_token."};
      }
      imap::UidSet shown;
      shown.add(marks->front().below, ~imap::Uid{0});
      hits.uids.remove(shown);
    }
    std::vector<Hits> one_folder;
    one_folder.push_back(std::move(hits));
    auto found = cut_page(std::move(one_folder), static_cast<std::size_t>(max_results));
    auto all =
        co_await read_page(client, found, Depth::ids, std::make_shared<Suspects>(shared_.patience));
    DraftPage page;
    page.next_page_token = std::move(found.next_page_token);
    for (auto& one : all) page.drafts.push_back(ref_of(std::move(one.message)));
    co_return page;
  };
  co_return co_await with<DraftPage>(work);
}

Task<DraftRef> ImapSmtpMailbox::ref_at(Client& client, Located where) {
  auto found = co_await read(client, std::move(where.place), just(where.uid), Depth::ids, 0);
  if (found.empty()) throw no_such("draft");
  co_return ref_of(std::move(found.front().message));
}

Task<DraftRef> ImapSmtpMailbox::draft(model::DraftId id) {
  const auto work = [&](Client& client) -> Task<DraftRef> {
    auto where = co_await locate_draft(client, id.str(), Mode::read);
    co_return co_await ref_at(client, std::move(where));
  };
  co_return co_await with<DraftRef>(work);
}

Task<DraftSource> ImapSmtpMailbox::draft_source(model::DraftId id) {
  const auto work = [&](Client& client) -> Task<DraftSource> {
    const auto where = co_await locate_draft(client, id.str(), Mode::read);
    DraftSource found;
    found.ref = co_await ref_at(client, where);
    found.rfc822 = co_await read_whole(client, where.uid);
    co_return found;
  };
  co_return co_await with<DraftSource>(work);
}

Task<model::Sent> ImapSmtpMailbox::send_draft(model::DraftId id) {
  std::string rfc822;
  {
    auto lease = co_await fresh();
    const auto draft = co_await locate_draft(*lease, id.str(), Mode::read);
    rfc822 = co_await read_whole(*lease, draft.uid);
  }
  auto to = co_await read_recipients(rfc822);
  if (to.empty()) {
    throw Error{Errc::invalid_argument, "The draft has no recipient.",
                "Update the draft with at least one address in to, cc or bcc."};
  }
  auto message_id = co_await read_message_id(rfc822);
  co_await submit(std::move(to), std::move(rfc822), nullptr);
  try {
    auto lease = co_await fresh();
    auto draft = co_await locate_draft(*lease, id.str(), Mode::write);
    co_await remove_draft(*lease, std::move(draft), id.str());
  } catch (const Error&) {
    // It was sent; a draft that stays behind does no harm.
  }
  co_return co_await find_soon(std::move(message_id));
}

}  // namespace gmail_mcp::mail
