// Reading an open folder: FETCH, SEARCH, IDLE (declared in session.h).
#include <fmt/format.h>

#include <algorithm>

#include "sandbox/imap/search.h"
#include "sandbox/imap/session.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr std::size_t flush_fetched_at = std::size_t{64} << 10;
constexpr std::size_t max_done_line = 1024;

Error unreadable() { return {Errc::invalid_argument, "Could not parse command"}; }

// "(CHANGEDSINCE 17)" behind the items (RFC 7162 §3.1.4.1); 0: none.
std::uint64_t changed_since(const Command& command) {
  if (command.arguments.size() < 3) return 0;
  const auto& modifier = command.arguments[2];
  if (command.arguments.size() > 3 || !modifier.is_list() || modifier.items.size() != 2 ||
      !modifier.items[0].is("CHANGEDSINCE")) {
    throw unreadable();
  }
  const auto value = read_number<std::uint64_t>(modifier.items[1].text);
  if (!value || value == 0U) throw unreadable();
  return *value;
}

}  // namespace

void Session::put_row(const FetchedRow& row) {
  std::string_view text = row.text;
  const bool breaks =
      row.first_literal && (faults_.cut() == Cut::after_headers || faults_.cut() == Cut::mid_body);
  if (!breaks) {
    wire_.put(text);
    return;
  }
  const auto [begin, size] = *row.first_literal;
  wire_.put(text.substr(0, begin + (faults_.cut() == Cut::mid_body ? size / 2 : 0)));
  throw Error{Errc::timeout, "A fault breaks off here."};
}

Task<Session::Reply> Session::fetch(const Command& command) {
  if (command.arguments.size() < 2) throw unreadable();
  const bool by_uid = command.name == "UID FETCH";
  const auto uids = chosen(command.arguments[0], by_uid);
  auto items = parse_items(command.arguments[1]).value();
  if (items.wants_gmail() && !gmail()) throw unreadable();
  const auto since = changed_since(command);
  items.uid |= by_uid;
  items.modseq |= since > 0;
  condstore_ |= items.modseq;
  const auto& mail = house_.faults.switches().mail;
  bool is_refused = false;
  for (const auto uid : uids) {
    if (!view_ || view_->is_void()) break;
    // Looked up each time, because others may run while this writes.
    const auto* message = view_->folder().find(uid);
    if (message == nullptr || (since > 0 && message->history_id <= since)) continue;
    if (contains(mail.left_out, message->id)) continue;
    if (!items.sections.empty() && contains(mail.fatal_texts, message->id)) {
      co_return "* BYE Internal error";
    }
    if (!items.sections.empty() && contains(mail.silent_texts, message->id)) {
      co_await wire_.flush();
      co_await wire_.wait_for_the_end();
      hang_up();
    }
    const bool asks_labels = items.flags || items.wants_gmail();
    if ((!items.sections.empty() && contains(mail.refused_texts, message->id)) ||
        (asks_labels && contains(mail.refused_labels, message->id))) {
      is_refused = true;
      continue;
    }
    auto wanted = items;
    if (items.marks_seen && !view_->is_read_only() && message->has_label("UNREAD")) {
      static_cast<void>(mailbox().modify(message->id, {}, {"UNREAD"}));
      view_->forget_change(uid);
      wanted.flags = true;
    }
    ++house_.counters.imap_messages_fetched;
    if (!items.sections.empty()) ++house_.counters.imap_bodies_fetched;
    const auto row = fetch_row(*message, view_->number_of(uid), wanted, eyes());
    put_row(row);
    if (wire_.unsent() > flush_fetched_at) co_await wire_.flush();
  }
  if (is_refused) co_return "NO Some messages could not be FETCHed (Failure)";
  co_return "OK Success";
}

Session::Reply Session::search(const Command& command) {
  const bool by_uid = command.name == "UID SEARCH";
  const SearchPlace place{eyes(), *view_, house_.clock.now(), gmail()};
  auto request = parse_search(command.arguments, place).value();
  condstore_ |= request.uses_modseq;
  std::vector<std::uint32_t> found;
  std::uint64_t newest = 0;
  std::uint32_t number = 0;
  for (const auto uid : view_->uids()) {
    ++number;
    const auto* message = view_->folder().find(uid);
    if (message == nullptr || !request.test(Candidate{*message, uid, number})) continue;
    found.push_back(by_uid ? uid : number);
    newest = std::max(newest, message->history_id);
  }
  std::string out;
  if (request.wants_esearch) {
    out = fmt::format("* ESEARCH (TAG \"{}\"){}", tag_, by_uid ? " UID" : "");
    if (!found.empty() && request.min) out += fmt::format(" MIN {}", found.front());
    if (!found.empty() && request.max) out += fmt::format(" MAX {}", found.back());
    if (request.count) out += fmt::format(" COUNT {}", found.size());
    if (!found.empty() && request.all) out += " ALL " + to_set(found);
    if (!found.empty() && request.uses_modseq) out += fmt::format(" MODSEQ {}", newest);
  } else {
    out = "* SEARCH";
    for (const auto one : found) out += fmt::format(" {}", one);
    if (!found.empty() && request.uses_modseq) out += fmt::format(" (MODSEQ {})", newest);
  }
  wire_.put(out + "\r\n");
  return "OK SEARCH completed (Success)";
}

Session::Reply Session::check(const Command&) { return "OK Success"; }

Task<Session::Reply> Session::idle(const Command&) {
  wire_.put("+ idling\r\n");
  co_await wire_.flush();
  idling_ = true;
  std::optional<std::string> line;
  while (!line && !bye_ && !(view_ && view_->is_void())) {
    tell_news(true);
    co_await wire_.flush();
    line = co_await wire_.line_unless_interrupted(max_done_line);
  }
  idling_ = false;
  if (!line) {
    co_return "* BYE " + bye_.value_or("UIDVALIDITY changed");
  }
  co_return *line == "DONE" || *line == "done" ? "OK IDLE terminated (Success)"
                                               : "BAD Expected DONE";
}

}  // namespace gmail_mcp::sandbox::imap
