// Changing what is in a folder: STORE, COPY, MOVE, EXPUNGE, APPEND (declared in session.h).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "sandbox/imap/date.h"
#include "sandbox/imap/labels.h"
#include "sandbox/imap/modified_utf7.h"
#include "sandbox/imap/session.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr std::size_t flush_at = std::size_t{64} << 10;

Error unparsable() { return {Errc::invalid_argument, "Could not parse command"}; }

struct StoreWish {
  int sign = 0;  // -1 takes away, 1 adds, 0 replaces
  bool labels = false;
  bool silent = false;
  std::optional<std::uint64_t> unchanged_since;
  std::vector<std::string> values;
};

std::vector<std::string> texts_of(const Token& token) {
  if (!token.is_list()) return {token.text};
  std::vector<std::string> texts;
  for (const auto& item : token.items) {
    if (item.is_list()) throw unparsable();
    texts.push_back(item.text);
  }
  return texts;
}

// set ["(UNCHANGEDSINCE n)"] name values…
StoreWish read_store(const Command& command) {
  StoreWish wish;
  const auto& arguments = command.arguments;
  std::size_t at = 1;
  if (at < arguments.size() && arguments[at].is_list()) {
    const auto& items = arguments[at].items;
    if (items.size() != 2 || !items[0].is("UNCHANGEDSINCE")) throw unparsable();
    wish.unchanged_since = read_number<std::uint64_t>(items[1].text);
    if (!wish.unchanged_since) throw unparsable();
    ++at;
  }
  if (at + 1 >= arguments.size() || !arguments[at].is_atom()) throw unparsable();
  auto name = to_lower_ascii(arguments[at].text);
  if (name.starts_with('+')) wish.sign = 1;
  if (name.starts_with('-')) wish.sign = -1;
  if (wish.sign != 0) name.erase(0, 1);
  wish.silent = name.ends_with(".silent");
  if (wish.silent) name.resize(name.size() - std::string_view{".silent"}.size());
  wish.labels = name == "x-gm-labels";
  if (!wish.labels && name != "flags") throw unparsable();
  for (++at; at < arguments.size(); ++at) {
    for (auto& text : texts_of(arguments[at])) wish.values.push_back(std::move(text));
  }
  return wish;
}

bool has_flag(const std::vector<std::string>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return equals_ignoring_case(one, text); });
}

// Labels that only Gmail itself adds and removes.
bool is_gmails_own(std::string_view label) { return label == "SENT" || label == "DRAFT"; }

std::string no_target(const Token& token) {
  return "NO [TRYCREATE] No folder " + token.text + " (Failure)";
}

struct AppendWish {
  std::vector<std::string> flags;
  std::optional<Timestamp> date;
  const std::string* mail = nullptr;
};

// mailbox [(flags)] ["date"] literal, or UTF8 (literal)
AppendWish read_append(const Command& command) {
  AppendWish wish;
  const auto& arguments = command.arguments;
  std::size_t at = 1;
  if (at < arguments.size() && arguments[at].is_list()) wish.flags = texts_of(arguments[at++]);
  if (at < arguments.size() && arguments[at].kind == Token::Kind::quoted) {
    wish.date = read_date_time(arguments[at++].text);
    if (!wish.date) throw unparsable();
  }
  if (at + 1 < arguments.size() && arguments[at].is("UTF8") && arguments[at + 1].is_list()) {
    const auto& inner = arguments[at + 1].items;
    if (inner.size() == 1) wish.mail = &inner.front().text;
  } else if (at + 1 == arguments.size() && arguments[at].kind == Token::Kind::literal) {
    wish.mail = &arguments[at].text;
  }
  if (wish.mail == nullptr) throw unparsable();
  return wish;
}

}  // namespace

Task<Session::Reply> Session::store(const Command& command) {
  need_writable();
  if (command.arguments.empty()) throw unparsable();
  const bool by_uid = command.name == "UID STORE";
  const auto uids = chosen(command.arguments[0], by_uid);
  auto wish = read_store(command);
  if (wish.labels && !gmail()) throw unparsable();
  if (wish.labels && !utf8_) {
    for (auto& name : wish.values) {
      auto decoded = from_modified_utf7(name);
      if (!decoded) throw unparsable();
      name = std::move(*decoded);
    }
  }
  condstore_ |= wish.unchanged_since.has_value();
  FetchItems shown;
  shown.flags = !wish.labels || has_flag(wish.values, "\\Starred");
  shown.gmail_labels = wish.labels;
  shown.uid = by_uid || condstore_;
  shown.modseq = condstore_;
  std::vector<std::uint32_t> modified;
  for (const auto uid : uids) {
    if (!view_ || view_->is_void()) break;
    const auto* message = view_->folder().find(uid);
    if (message == nullptr) continue;
    const auto number = view_->number_of(uid);
    if (wish.unchanged_since && message->history_id > *wish.unchanged_since) {
      modified.push_back(by_uid ? uid : number);
      continue;
    }
    const auto id = message->id;
    if (wish.labels) {
      store_labels(id, wish.sign, wish.values);
    } else {
      store_flags(id, wish.sign, wish.values);
    }
    message = view_->folder().find(uid);
    if (message == nullptr) continue;  // this change removed it from the folder
    view_->forget_change(uid);
    auto items = shown;
    if (wish.silent) items.flags = items.gmail_labels = false;
    // RFC 7162 §3.1.3: even a silent STORE reports the new MODSEQ.
    if (!wish.silent || condstore_) put_row(fetch_row(*message, number, items, eyes()));
    if (wire_.unsent() > flush_at) co_await wire_.flush();
  }
  if (!modified.empty()) co_return "OK [MODIFIED " + to_set(modified) + "] Conditional (Success)";
  co_return "OK Success";
}

void Session::store_flags(const std::string& id, int sign, const std::vector<std::string>& values) {
  std::vector<std::string> add;
  std::vector<std::string> drop;
  const auto* message = mailbox().find(id);
  // `label` follows the flag; \Seen is the opposite of UNREAD.
  const auto follow = [&](std::string_view flag, const char* label, bool inverted) {
    const bool named = has_flag(values, flag);
    if (!named && sign != 0) return;
    const bool on = named ? sign >= 0 : false;
    const bool wants_label = on != inverted;
    if (wants_label == message->has_label(label)) return;
    (wants_label ? add : drop).emplace_back(label);
  };
  follow("\\Seen", "UNREAD", true);
  follow("\\Flagged", "STARRED", false);
  if (!add.empty() || !drop.empty()) static_cast<void>(mailbox().modify(id, add, drop));

  auto flags = book_->flags(*message);
  const auto before = flags;
  if (sign == 0) flags.clear();
  for (const auto& flag : values) {
    const bool own = flag.starts_with('\\') && !equals_ignoring_case(flag, "\\Answered");
    if (own || flags.size() > 100) continue;
    const auto name = equals_ignoring_case(flag, "\\Answered") ? "\\Answered" : flag;
    if (sign < 0) {
      flags.erase(name);
    } else {
      flags.insert(name);
    }
  }
  if (flags != before) {
    book_->set_flags(*message, std::move(flags));
    static_cast<void>(mailbox().touch(id));
    book_->announce(*message);
  }

  auto& folder = view_->folder();
  const auto uid = folder.uid_of(*message);
  const bool named = has_flag(values, "\\Deleted");
  if (named && sign >= 0) {
    if (house_.faults.switches().mail.auto_expunge) {
      take_out(id, folder.key());
    } else {
      folder.deleted().insert(uid);
    }
  } else if (named || sign == 0) {
    folder.deleted().erase(uid);
  }
}

void Session::store_labels(const std::string& id, int sign,
                           const std::vector<std::string>& values) {
  std::vector<std::string> named;
  for (const auto& name : values) {
    if (sign < 0) {
      if (auto known = label_id(mailbox(), name)) named.push_back(std::move(*known));
      continue;
    }
    auto label = label_id_or_new(mailbox(), name);
    if (!label) throw Error{Errc::conflict, "[CANNOT] Invalid label name"};
    named.push_back(std::move(*label));
  }
  const auto* message = mailbox().find(id);
  const auto& own = view_->folder().key();
  std::vector<std::string> add;
  std::vector<std::string> drop;
  for (const auto& label : named) {
    if (is_gmails_own(label)) continue;
    if (sign >= 0 && !message->has_label(label)) add.push_back(label);
    // The folder's own label stays, which is not an error.
    if (sign < 0 && message->has_label(label) && label != own) drop.push_back(label);
  }
  if (sign == 0) {
    for (const auto& label : message->labels) {
      const bool shown = label != own && label != "UNREAD" && !label.starts_with("CATEGORY_");
      if (shown && !contains(named, label) && !is_gmails_own(label)) drop.push_back(label);
    }
  }
  if (add.empty() && drop.empty()) return;
  if (auto done = mailbox().modify(id, add, drop); !done) {
    throw Error{Errc::conflict, "[CANNOT] The labels cannot be changed"};
  }
}

// Changes the labels of a message that is put into a folder; false if Gmail does not allow it.
bool Session::put_into(const std::string& id, std::string_view key) {
  const auto* message = mailbox().find(id);
  if (key == all_mail) {
    std::vector<std::string> drop;
    for (const char* label : {"TRASH", "SPAM"}) {
      if (message->has_label(label)) drop.emplace_back(label);
    }
    return drop.empty() || mailbox().modify(id, {}, drop).has_value();
  }
  if (message->has_label(key)) return true;
  if (is_gmails_own(key)) return false;
  std::vector<std::string> drop;
  for (const char* label : {"TRASH", "SPAM"}) {
    if (key != label && message->has_label(label)) drop.emplace_back(label);
  }
  return mailbox().modify(id, {std::string{key}}, drop).has_value();
}

// Changes the labels of a message that leaves a folder: it loses the folder's label. From spam,
// trash and drafts it is deleted for good; All Mail keeps everything (Gmail's default: "archive the
// message").
void Session::take_out(const std::string& id, std::string_view key) {
  const auto* message = mailbox().find(id);
  if (message == nullptr) return;
  if (key == "TRASH" || key == "SPAM" || key == "DRAFT") {
    static_cast<void>(mailbox().remove(id));
  } else if (message->has_label(key) && !is_gmails_own(key)) {
    static_cast<void>(mailbox().modify(id, {}, {std::string{key}}));
  }
}

std::optional<ListedFolder> Session::target_folder(const Token& token) const {
  const auto name = folder_name(token);
  const auto all = folders();
  const auto* target = find_folder(all, name);
  if (target == nullptr || !target->is_selectable()) return std::nullopt;
  return *target;
}

// COPY and MOVE; MOVE also removes the messages from the open folder.
Session::Reply Session::copy(const Command& command) {
  const bool moves = command.name.ends_with("MOVE");
  if (moves) need_writable();
  if (command.arguments.size() != 2) throw unparsable();
  const auto uids = chosen(command.arguments[0], command.name.starts_with("UID "));
  const auto target = target_folder(command.arguments[1]);
  if (!target) return no_target(command.arguments[1]);
  auto& source = view_->folder();
  auto& folder = book_->folder(target->key);
  std::vector<std::uint32_t> from;
  std::vector<std::uint32_t> to;
  for (const auto uid : uids) {
    const auto* message = source.find(uid);
    if (message == nullptr) continue;
    const auto id = message->id;
    if (!put_into(id, target->key)) return "NO [CANNOT] That is not possible. (Failure)";
    from.push_back(uid);
    to.push_back(folder.uid_of(*message));
    // A message moved to spam or trash has already left; All Mail keeps all others.
    const bool stays = moves && source.find(uid) != nullptr;
    if (stays && &source != &folder) take_out(id, source.key());
  }
  if (from.empty()) return "OK Success";
  const auto uids_of_both = fmt::format("OK [COPYUID {} {} {}] (Success)", folder.uid_validity(),
                                        to_set(from), to_set(to));
  if (!moves) return uids_of_both;
  wire_.put("* " + uids_of_both + "\r\n");
  return "OK (Success)";
}

void Session::expunge_deleted(const std::vector<Uid>& among) {
  auto& folder = view_->folder();
  for (const auto uid : among) {
    if (!folder.deleted().contains(uid)) continue;
    const auto* message = folder.find(uid);
    if (message != nullptr) take_out(std::string{message->id}, folder.key());
    folder.deleted().erase(uid);
  }
}

Session::Reply Session::expunge(const Command& command) {
  need_writable();
  const bool by_uid = command.name == "UID EXPUNGE";
  if (command.arguments.size() != (by_uid ? 1U : 0U)) throw unparsable();
  expunge_deleted(by_uid ? chosen(command.arguments[0], true) : view_->uids());
  return "OK Success";
}

Session::Reply Session::append(const Command& command) {
  if (command.arguments.size() < 2) throw unparsable();
  const auto target = target_folder(command.arguments[0]);
  if (!target) return no_target(command.arguments[0]);
  const auto wish = read_append(command);
  auto& folder = book_->folder(target->key);
  Result<const StoredMessage*> added = Error{Errc::internal, ""};
  if (target->key == "DRAFT") {
    auto draft = mailbox().create_draft(*wish.mail, {});
    added = draft ? Result<const StoredMessage*>{draft->second} : draft.error();
  } else {
    Arrival arrival;
    arrival.raw = *wish.mail;
    arrival.internal_date = wish.date;
    arrival.labels.clear();
    if (target->key != all_mail) arrival.labels.push_back(target->key);
    if (!has_flag(wish.flags, "\\Seen")) arrival.labels.emplace_back("UNREAD");
    const bool starred = has_flag(wish.flags, "\\Flagged") && target->key != "STARRED";
    if (starred) arrival.labels.emplace_back("STARRED");
    added = mailbox().add(std::move(arrival));
  }
  if (!added) return "NO [OVERQUOTA] " + added.error().message + " (Failure)";
  return fmt::format("OK [APPENDUID {} {}] (Success)", folder.uid_validity(),
                     folder.uid_of(**added));
}

}  // namespace gmail_mcp::sandbox::imap
