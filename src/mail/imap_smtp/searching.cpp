// Lists of messages, newest first, page by page.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/plain_search.h"
#include "mail/imap_smtp/uid_slices.h"
#include "mail/system_labels.h"

namespace gmail_mcp::mail {

namespace {

// Of each message in a list; reading it by itself gives all.
constexpr std::size_t longest_listed_text = std::size_t{256} << 10U;

Error foreign_token() {
  return {Errc::invalid_argument, "The page token is not one of this search.",
          "Begin again without page_token."};
}

imap::Search gmail_search(const Query& query) {
  std::string words{trim(query.text)};
  imap::Search search;
  bool is_limited = false;
  for (const auto& id : query.label_ids) {
    if (id == "SPAM" || id == "TRASH") continue;  // their folders say it
    const auto* own = system_label(id);
    if (own != nullptr && !own->search.empty()) {
      if (!words.empty()) words.insert(0, "(").append(") ");
      words += own->search;
      continue;
    }
    is_limited = true;
    if (id == "UNREAD") {
      search.keys("UNSEEN");
    } else if (id == "STARRED") {
      search.keys("FLAGGED");
    } else {
      search.text("X-GM-LABELS", id);
    }
  }
  if (!words.empty()) {
    search.gmail(words);
  } else if (!is_limited) {
    search.keys("ALL");
  }
  return search;
}

}  // namespace

Task<ImapSmtpMailbox::Found> ImapSmtpMailbox::find(Client& client, Query query) {
  const auto known = co_await places(client);
  std::vector<Place> where;
  imap::Search search;
  if (client.is_gmail()) {
    where = known->reached(reach_of(query.text, query.label_ids));
    search = gmail_search(query);
  } else {
    auto plain = plain_search(query.text, query.label_ids).value();
    search = std::move(plain.keys);
    const bool is_told = !plain.folder.empty();
    auto place = is_told ? known->named(plain.folder) : known->find(imap::SpecialUse::all);
    if (!place && !is_told) place = known->find(imap::SpecialUse::inbox);
    if (!place) throw no_such("folder");
    where.push_back(std::move(*place));
    search.keys("ALL");
  }
  std::optional<std::vector<PageMark>> marks;
  if (!query.page_token.empty()) {
    marks = read_page_token(query.page_token);
    if (!marks || marks->size() != where.size()) throw foreign_token();
  }
  std::int64_t total = 0;
  std::vector<Hits> hits;
  for (std::size_t i = 0; i < where.size(); ++i) {
    Hits here;
    here.uids = co_await search_in(client, where[i].folder, search, Mode::read);
    here.place = where[i];
    const auto* selected = client.selected();
    here.uid_validity = selected == nullptr ? 0 : selected->uid_validity;
    total += static_cast<std::int64_t>(here.uids.size());
    if (marks) {
      const auto& mark = (*marks)[i];
      if (mark.uid_validity != here.uid_validity) throw foreign_token();
      imap::UidSet shown;
      shown.add(mark.below, ~imap::Uid{0});
      here.uids.remove(shown);
    }
    if (where.size() > 1) {
      // Folders are merged by date: of each, more than a page is never needed.
      auto rest = here.uids;
      auto newest = rest.take_highest(static_cast<std::size_t>(query.max_results) + 1);
      auto dated = co_await read(client, here.place, std::move(newest), Depth::ids, 0);
      for (const auto& one : dated) here.candidates.emplace_back(one.uid, one.message.date);
      std::sort(here.candidates.rbegin(), here.candidates.rend());
    }
    hits.push_back(std::move(here));
  }
  auto found = cut_page(std::move(hits), static_cast<std::size_t>(query.max_results));
  found.total = total;
  co_return found;
}

ImapSmtpMailbox::Found ImapSmtpMailbox::cut_page(std::vector<Hits> hits, std::size_t size) {
  Found found;
  std::vector<imap::UidSet> taken(hits.size());
  bool goes_on = false;
  if (hits.size() == 1) {
    taken[0] = hits[0].uids.take_highest(size);
    goes_on = !hits[0].uids.empty();
  } else {
    std::vector<std::size_t> next(hits.size());
    const auto newest = [&] {
      auto best = hits.size();
      for (std::size_t i = 0; i < hits.size(); ++i) {
        if (next[i] == hits[i].candidates.size()) continue;
        const bool is_newer = best == hits.size() || hits[i].candidates[next[i]].second >
                                                         hits[best].candidates[next[best]].second;
        if (is_newer) best = i;
      }
      return best;
    };
    auto from = newest();
    for (std::size_t count = 0; count < size && from < hits.size(); ++count, from = newest()) {
      taken[from].add(hits[from].candidates[next[from]++].first);
    }
    goes_on = from < hits.size();
  }
  std::vector<PageMark> marks;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    PageMark mark;
    mark.uid_validity = hits[i].uid_validity;
    // Nothing of this folder yet: it goes on at its newest.
    const auto first_left = hits[i].uids.highest();
    mark.below =
        taken[i].empty() ? first_left + (first_left < ~imap::Uid{0} ? 1 : 0) : taken[i].lowest();
    mark.below = std::max<imap::Uid>(mark.below, 1);
    marks.push_back(mark);
    if (!taken[i].empty()) found.page.emplace_back(std::move(hits[i].place), std::move(taken[i]));
  }
  if (goes_on) found.next_page_token = write_page_token(marks);
  return found;
}

// Why messages that were found were not read. A server may still tell their ids: then their answer
// was more than a client reads (names of attachments without end). Else they are gone, and of
// Gmail's nobody knows the id.
Task<void> ImapSmtpMailbox::account_for(Client& client, std::vector<Omitted>& omitted, Place place,
                                        imap::UidSet missing) {
  const auto present = co_await read(client, place, missing, Depth::ids, 0);
  for (const auto& one : present) {
    missing.remove(just(one.uid));
    omitted.push_back({.id = one.message.id, .reason = "upstream_error"});
  }
  const auto* selected = client.selected();
  if (client.is_gmail() || selected == nullptr) co_return;
  for (const auto uid : missing.uids(missing.size())) {
    const auto id = plain_id(PlainId{place.folder, selected->uid_validity, uid});
    if (!id) continue;
    omitted.push_back({.id = model::MessageId{*id}, .reason = "deleted_meanwhile"});
  }
}

imap::UidSet ImapSmtpMailbox::Suspects::next(const std::string& folder, imap::UidSet& uids) {
  if (has_given_up_) {
    uids = both(std::move(uids), harmless_[folder]);
  } else {
    uids.remove(fatal_[folder]);
  }
  folder_ = folder;
  asked_ = uids.take_highest(has_given_up_ ? most_at_once : at_once_);
  return asked_;
}

void ImapSmtpMailbox::Suspects::answered() {
  for (const auto uids : asked_.ranges()) harmless_[folder_].add(uids.first, uids.last);
  asked_ = {};
}

bool ImapSmtpMailbox::Suspects::narrow(const Client& client, const Error& error) {
  constexpr int most_losses = 30;
  constexpr int most_silences = 20;
  const bool is_silent = error.code == Errc::timeout;
  if (client.is_open() || (error.code != Errc::unavailable && !is_silent)) return false;
  if (asked_.empty() || has_given_up_) return false;
  if (is_silent) ++silences_;
  if (++losses_ > most_losses || silences_ > most_silences) {
    has_given_up_ = true;
    asked_ = {};
    return !harmless_.empty();  // else the server fails at everything
  }
  if (asked_.size() == 1) {
    fatal_[folder_].add(asked_.lowest());
    at_once_ = most_at_once;
  } else {
    at_once_ = static_cast<std::size_t>(asked_.size() / 2);
  }
  asked_ = {};
  return true;
}

std::chrono::milliseconds ImapSmtpMailbox::Suspects::patience() const {
  // Of a hundred the one is found in six more steps.
  return silences_ == 0 ? patience_ : patience_ * 3 / 20;
}

Task<std::vector<ImapSmtpMailbox::Read>> ImapSmtpMailbox::read_warily(
    Client& client, Place place, imap::UidSet uids, Depth depth, std::size_t longest_text,
    std::shared_ptr<Suspects> suspects) {
  struct AsBefore {
    ~AsBefore() { client.limit_silence(silence); }
    Client& client;
    std::chrono::milliseconds silence;
  };
  const AsBefore after{client, client.limit_silence(suspects->patience())};
  auto all = co_await read(client, std::move(place), std::move(uids), depth, longest_text);
  suspects->answered();
  co_return all;
}

Task<std::vector<ImapSmtpMailbox::Read>> ImapSmtpMailbox::read_page(
    Client& client, Found& found, Depth depth, std::shared_ptr<Suspects> suspects) {
  std::vector<Read> all;
  for (auto& [place, uids] : found.page) {
    const bool is_open = client.selected() != nullptr && client.selected()->name == place.folder;
    if (!is_open) co_await open(client, place.folder, Mode::read);
    auto missing = uids;
    std::vector<Read> here;
    auto left = std::move(uids);
    for (auto some = suspects->next(place.folder, left); !some.empty();
         some = suspects->next(place.folder, left)) {
      auto piece = co_await read_warily(client, place, std::move(some), depth, longest_listed_text,
                                        suspects);
      std::move(piece.begin(), piece.end(), std::back_inserter(here));
    }
    for (const auto& one : here) missing.remove(just(one.uid));
    if (!missing.empty() && depth != Depth::ids) {
      co_await account_for(client, found.omitted, place, std::move(missing));
    }
    for (auto& one : here) {
      // Without All Mail one message is in several folders.
      const bool is_known = std::any_of(all.begin(), all.end(), [&](const Read& other) {
        return other.message.id == one.message.id;
      });
      if (!is_known) all.push_back(std::move(one));
    }
  }
  std::erase_if(found.omitted, [&](const Omitted& one) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Read& other) { return other.message.id == one.id; });
  });
  std::stable_sort(all.begin(), all.end(), [](const Read& a, const Read& b) {
    return std::pair{a.message.date, a.uid} > std::pair{b.message.date, b.uid};
  });
  co_return all;
}

Task<MessagePage> ImapSmtpMailbox::search(Query query) {
  const auto suspects = std::make_shared<Suspects>(shared_.patience);
  const auto work = [&](Client& client) -> Task<MessagePage> {
    auto found = co_await find(client, query);
    const auto depth = query.include_body ? Depth::texts : Depth::listed;
    auto all = co_await read_page(client, found, depth, suspects);
    MessagePage page;
    page.next_page_token = std::move(found.next_page_token);
    page.total_estimate = found.total;
    for (auto& one : all) page.messages.push_back(std::move(one.message));
    page.omitted = std::move(found.omitted);
    co_return page;
  };
  co_return co_await with_suspects<MessagePage>(suspects, work);
}

Task<IdPage> ImapSmtpMailbox::search_ids(Query query) {
  const auto work = [&](Client& client) -> Task<IdPage> {
    auto found = co_await find(client, query);
    auto all =
        co_await read_page(client, found, Depth::ids, std::make_shared<Suspects>(shared_.patience));
    IdPage page;
    page.next_page_token = std::move(found.next_page_token);
    for (auto& one : all) page.ids.push_back(std::move(one.message.id));
    co_return page;
  };
  co_return co_await with<IdPage>(work);
}

}  // namespace gmail_mcp::mail
