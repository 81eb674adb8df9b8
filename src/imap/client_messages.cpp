#include <algorithm>
#include <utility>

#include "imap/client_state.h"
#include "imap/fetch_response.h"

namespace gmail_mcp::imap {

namespace {

// The number of commands in flight. Together they always fit into a socket's buffer, so we never
// stay busy writing while the server waits for us to read its answers.
constexpr std::size_t commands_at_once = 8;

std::string fetch_words(const Client& client, const FetchItems& items) {
  std::string words = "UID";
  const auto add = [&](bool wanted, std::string_view item) {
    if (!wanted) return;
    words += ' ';
    words += item;
  };
  add(items.flags, "FLAGS");
  add(items.internal_date, "INTERNALDATE");
  add(items.size, "RFC822.SIZE");
  add(items.modseq && client.can("CONDSTORE"), "MODSEQ");
  add(items.gmail_ids && client.is_gmail(), "X-GM-MSGID X-GM-THRID");
  add(items.gmail_labels && client.is_gmail(), "X-GM-LABELS");
  add(items.structure, "BODYSTRUCTURE");
  for (const auto& section : items.sections) {
    words += " BODY.PEEK[" + section + "]";
    if (items.window) {
      words += "<" + std::to_string(items.window->offset) + "." +
               std::to_string(items.window->bytes) + ">";
    }
  }
  words = "(" + words + ")";
  if (items.changed_since > 0) {
    words += " (CHANGEDSINCE " + std::to_string(items.changed_since) + ")";
  }
  return words;
}

// One of the commands that a long set is split into.
Task<void> fetch_some(Client::State& state, std::string set, std::string words,
                      const FetchSink& sink) {
  const auto wanted = UidSet::parse(set).value_or(UidSet{});
  // Otherwise a server that repeats itself would keep us reading for ever.
  std::uint64_t left = 2 * wanted.size() + 100;
  auto take = [&](Response& response) {
    auto* fetched = std::get_if<Fetched>(&response);
    if (fetched == nullptr || !wanted.contains(fetched->uid)) return false;
    if (left-- == 0) throw Error{Errc::unavailable, "The mail server repeats itself."};
    sink(std::move(*fetched));
    return true;
  };
  auto command = state.command("UID FETCH ");
  command.words(set + " " + words);
  Conversation::Take taking{std::ref(take)};
  co_await state.run(std::move(command), std::move(taking));
}

std::string flag_list(const std::vector<std::string>& flags) {
  std::string list;
  for (const auto& flag : flags) {
    const bool is_flag = !flag.empty() && std::all_of(flag.begin(), flag.end(), [](char c) {
      return c > ' ' && c < 0x7f && std::string_view{"(){%*\"]"}.find(c) == std::string_view::npos;
    });
    if (!is_flag) throw Error{Errc::invalid_argument, "That cannot be a flag of a message."};
    if (!list.empty()) list += ' ';
    list += flag;
  }
  return "(" + list + ")";
}

std::string_view sign(StoreMode mode) {
  switch (mode) {
    case StoreMode::add: return "+";
    case StoreMode::remove: return "-";
    case StoreMode::replace: break;
  }
  return "";
}

// \Inbox and the like are sent as atoms, as in Google's own examples.
bool is_system_label(std::string_view label) {
  return label.size() > 1 && label.front() == '\\' &&
         std::all_of(label.begin() + 1, label.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

Search& Search::keys(std::string_view keys) {
  pieces_.push_back({.keys = std::string{keys}});
  return *this;
}

Search& Search::text(std::string_view key, std::string_view value) {
  pieces_.push_back({.keys = std::string{key}, .value = std::string{value}});
  return *this;
}

Search& Search::uids(const UidSet& uids) { return keys("UID " + uids.to_string()); }

Task<void> Client::fetch(UidSet uids, FetchItems items, FetchSink sink) {
  const auto words = fetch_words(*this, items);
  const auto sets = uids.to_strings(longest_set);
  for (std::size_t begin = 0; begin < sets.size(); begin += commands_at_once) {
    std::vector<Task<void>> some;
    for (std::size_t i = begin; i < std::min(begin + commands_at_once, sets.size()); ++i) {
      some.push_back(fetch_some(*state_, sets[i], words, sink));
    }
    if (some.size() == 1) {
      co_await std::move(some.front());
    } else {
      co_await run_all(std::move(some));
    }
  }
}

Task<std::vector<Fetched>> Client::fetch(UidSet uids, FetchItems items) {
  std::vector<Fetched> all;
  FetchSink collect = [&](Fetched one) { all.push_back(std::move(one)); };
  co_await fetch(std::move(uids), std::move(items), std::move(collect));
  co_return all;
}

Task<UidSet> Client::search(Search search) {
  auto& state = *state_;
  const bool is_extended = can("ESEARCH");
  const bool is_plain = std::all_of(
      search.pieces_.begin(), search.pieces_.end(),
      [](const Search::Piece& piece) { return !piece.value || is_ascii(*piece.value); });
  auto command = state.command(is_extended ? "UID SEARCH RETURN (ALL)" : "UID SEARCH");
  if (!is_plain) command.words(" CHARSET UTF-8");
  for (const auto& piece : search.pieces_) {
    command.words(" " + piece.keys);
    if (piece.value) command.words(" ").string(*piece.value);
  }
  UidSet found;
  auto take = [&](Response& response) {
    auto* result = std::get_if<SearchResult>(&response);
    // Only one search is read at a time; when calls overlap, they end in order.
    if (result == nullptr || result->tag.has_value() != is_extended) return false;
    found = std::move(result->found);
    return true;
  };
  Conversation::Take taking{std::ref(take)};
  co_await state.run(std::move(command), std::move(taking));
  co_return found;
}

Task<void> Client::store_flags(UidSet uids, StoreMode mode, std::vector<std::string> flags) {
  const auto words = std::string{sign(mode)} + "FLAGS.SILENT " + flag_list(flags);
  for (const auto& set : uids.to_strings(longest_set)) {
    auto command = state_->command("UID STORE " + set + " " + words);
    co_await state_->run(std::move(command));
  }
}

Task<void> Client::store_gmail_labels(UidSet uids, StoreMode mode,
                                      std::vector<std::string> labels) {
  if (!is_gmail()) {
    throw Error{Errc::unsupported, "The mail server has no labels, only folders."};
  }
  for (const auto& set : uids.to_strings(longest_set)) {
    auto command = state_->command("UID STORE " + set + " ");
    command.words(std::string{sign(mode)} + "X-GM-LABELS.SILENT (");
    bool is_first = true;
    for (const auto& label : labels) {
      if (!std::exchange(is_first, false)) command.words(" ");
      if (is_system_label(label)) {
        command.words(label);
      } else {
        command.name(label);
      }
    }
    command.words(")");
    co_await state_->run(std::move(command));
  }
}

Task<Copied> Client::State::carry(std::string verb, UidSet uids, std::string folder) {
  Copied all;
  for (const auto& set : uids.to_strings(longest_set)) {
    copied.reset();
    auto one = command("UID " + verb + " " + set + " ");
    one.name(folder);
    co_await run(std::move(one));
    if (!copied) continue;
    all.uid_validity = copied->uid_validity;
    all.uids.insert(all.uids.end(), copied->uids.begin(), copied->uids.end());
  }
  co_return all;
}

Task<Copied> Client::copy(UidSet uids, std::string folder) {
  return state_->carry("COPY", std::move(uids), std::move(folder));
}

Task<Copied> Client::move(UidSet uids, std::string folder) {
  if (!can("MOVE")) {
    if (!can("UIDPLUS")) {
      throw Error{Errc::unsupported, "The mail server cannot move messages."};
    }
    auto copied = co_await copy(uids, std::move(folder));
    std::vector<std::string> deleted{"\\Deleted"};
    co_await store_flags(uids, StoreMode::add, std::move(deleted));
    co_await expunge(std::move(uids));
    co_return copied;
  }
  co_return co_await state_->carry("MOVE", std::move(uids), std::move(folder));
}

Task<void> Client::expunge(UidSet uids) {
  // Plain EXPUNGE would also remove what others have marked.
  if (!can("UIDPLUS")) {
    throw Error{Errc::unsupported, "The mail server cannot remove single messages."};
  }
  for (const auto& set : uids.to_strings(longest_set)) {
    auto command = state_->command("UID EXPUNGE " + set);
    co_await state_->run(std::move(command));
  }
}

Task<std::optional<Appended>> Client::append(std::string folder, std::string rfc822,
                                             std::vector<std::string> flags,
                                             std::optional<Timestamp> internal_date) {
  if (const auto limit = state_->number_of("APPENDLIMIT"); limit && rfc822.size() > *limit) {
    throw Error{Errc::too_large, "The message is larger than the mail server accepts.",
                "Send fewer or smaller attachments."};
  }
  auto command = state_->command("APPEND ");
  command.name(folder);
  if (!flags.empty()) command.words(" " + flag_list(flags));
  if (internal_date) command.words(" \"" + write_internal_date(*internal_date) + "\"");
  command.words(" ").literal(std::move(rfc822));
  const auto status = co_await state_->run(std::move(command));
  if (status.code != "APPENDUID") co_return std::nullopt;
  co_return read_appended(status.argument);
}

}  // namespace gmail_mcp::imap
