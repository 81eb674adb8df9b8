#include "mail/imap_smtp/read_anew.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mail/imap_smtp/bring.h"
#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::size_t most_bytes_anew = std::size_t{8} << 20;

// Where those of `ids` are that lie in the folder that is open.
Task<imap::UidSet> uids_here(imap::Client& client, std::vector<model::MessageId> ids,
                             std::string folder, std::uint32_t uid_validity) {
  imap::UidSet uids;
  if (!client.is_gmail()) {
    for (const auto& id : ids) {
      const auto plain = parse_plain_id(id.str());
      const bool is_here = plain && plain->folder == folder && plain->uid_validity == uid_validity;
      if (is_here) uids.add(plain->uid);
    }
    co_return uids;
  }
  std::vector<Task<imap::UidSet>> questions;
  for (const auto& id : ids) {
    const auto number = gmail_number(id.str());
    if (!number) continue;
    imap::Search search;
    search.keys("X-GM-MSGID " + std::to_string(*number));
    questions.push_back(client.search(std::move(search)));
  }
  const auto answers = co_await run_all(std::move(questions));
  for (const auto& answer : answers) {
    if (!answer.empty()) uids.add(answer.highest());
  }
  co_return uids;
}

Task<void> read_here(imap::Client& client, const imap::Folder& folder,
                     std::vector<model::MessageId>& left, Anew& anew, WorkPool* pool) {
  const auto open = co_await client.examine(folder.name);
  auto wanted = co_await uids_here(client, left, folder.name, open.uid_validity);
  if (wanted.empty()) co_return;
  std::vector<imap::Fetched> list;
  const TakeFetched take = [&](imap::Fetched one) {
    list.push_back(std::move(one));
    return true;
  };
  co_await fetch_each(client, std::move(wanted), particulars(), take);
  const ReadFrom from{.folder = folder.name,
                      .use = folder.use,
                      .uid_validity = open.uid_validity,
                      .is_gmail = client.is_gmail()};
  for (const auto& one : list) {
    const store::Spot spot{.folder = spot_folder(folder.name, open.uid_validity), .uid = one.uid};
    anew.spots.insert_or_assign(message_id(one, from).str(), spot);
  }
  for (std::size_t begin = 0; begin < list.size();) {
    auto brought = co_await bring(client, list, begin, list.size(), most_bytes_anew, from, pool);
    begin += std::max<std::size_t>(brought.covered, 1);
    for (auto& message : brought.messages) {
      std::erase(left, message.id);
      anew.messages.push_back(std::move(message));
    }
  }
}

}  // namespace

std::string spot_folder(std::string_view folder, std::uint32_t uid_validity) {
  return std::to_string(uid_validity) + '/' + std::string{folder};
}

Task<Anew> read_anew(imap::Client& client, std::vector<imap::Folder> folders,
                     std::vector<model::MessageId> ids, WorkPool* pool) {
  Anew anew;
  for (const auto& folder : folders) {
    if (ids.empty()) break;
    if (!client.is_gmail()) {
      const bool is_wanted = std::any_of(ids.begin(), ids.end(), [&](const auto& id) {
        const auto plain = parse_plain_id(id.str());
        return plain && plain->folder == folder.name;
      });
      if (!is_wanted) continue;
    }
    try {
      co_await read_here(client, folder, ids, anew, pool);
    } catch (const Error& error) {
      // One folder or message that the server does not give leaves the others.
      if (!is_about_what_was_asked(client, error)) throw;
    }
  }
  co_return anew;
}

}  // namespace gmail_mcp::mail
