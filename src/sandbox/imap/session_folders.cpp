// Folders as a whole: listing, opening, making and removing them (declared in session.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/imap/modified_utf7.h"
#include "sandbox/imap/session.h"
#include "sandbox/imap/write.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr std::string_view flags =
    "\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing";

Error no_folder_command() { return {Errc::invalid_argument, "Could not parse command"}; }

// The options of a LIST (RFC 5258).
struct ListWish {
  bool special_use_only = false;
  std::vector<std::string> patterns;
  const Token* status = nullptr;
};

ListWish read_list(const Command& command) {
  ListWish wish;
  const auto& arguments = command.arguments;
  std::size_t at = 0;
  if (at < arguments.size() && arguments[at].is_list()) {
    for (const auto& option : arguments[at].items)
      wish.special_use_only |= option.is("SPECIAL-USE");
    ++at;
  }
  if (arguments.size() < at + 2 || arguments[at].is_list()) throw no_folder_command();
  const auto& reference = arguments[at].text;
  const auto& names = arguments[at + 1];
  if (names.is_list()) {
    for (const auto& name : names.items) wish.patterns.push_back(reference + name.text);
  } else {
    wish.patterns.push_back(reference + names.text);
  }
  if (wish.patterns.size() > 100) throw no_folder_command();
  at += 2;
  if (at + 1 < arguments.size() && arguments[at].is("RETURN") && arguments[at + 1].is_list()) {
    const auto& options = arguments[at + 1].items;
    for (std::size_t i = 0; i + 1 < options.size(); ++i) {
      if (options[i].is("STATUS") && options[i + 1].is_list()) wish.status = &options[i + 1];
    }
  }
  return wish;
}

std::string attributes_of(const ListedFolder& folder, bool old_names) {
  auto use = std::string{folder.use};
  if (old_names) {  // XLIST, from before RFC 6154
    if (folder.key == "INBOX") use = "\\Inbox";
    if (use == "\\All") use = "\\AllMail";
    if (use == "\\Junk") use = "\\Spam";
    if (use == "\\Flagged") use = "\\Starred";
  }
  std::string out = folder.has_children ? "\\HasChildren" : "\\HasNoChildren";
  if (!folder.is_selectable()) out += " \\Noselect";
  if (!use.empty()) out += " " + use;
  return out;
}

}  // namespace

std::vector<ListedFolder> Session::folders() const {
  return list_folders(account_->mailbox, house_.faults.switches().mail);
}

std::string Session::folder_name(const Token& token) const {
  if (token.is_list()) throw no_folder_command();
  if (utf8_) return token.text;
  auto decoded = from_modified_utf7(token.text);
  if (!decoded) throw Error{Errc::not_found, "[CANNOT] Invalid folder name"};
  return std::move(*decoded);
}

std::string Session::folder_of(const Command& command) const {
  const bool is_named =
      command.name == "SELECT" || command.name == "EXAMINE" || command.name == "STATUS";
  if (!is_named) return view_ ? opened_ : std::string{};
  if (command.arguments.empty()) return {};
  try {
    return folder_name(command.arguments[0]);
  } catch (const Error&) {
    return {};  // the command itself reports the error
  }
}

bool Session::asks_status(const Command& list) {
  try {
    return read_list(list).status != nullptr;
  } catch (const Error&) {
    return false;
  }
}

std::string Session::shown_name(std::string_view name) const {
  std::string out = "\"";
  for (const char c : utf8_ ? std::string{name} : to_modified_utf7(name)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

ListedFolder Session::folder_named(const Token& token) const {
  const auto name = folder_name(token);
  const auto all = folders();
  const auto* folder = find_folder(all, name);
  if (folder == nullptr || !folder->is_selectable()) {
    throw Error{Errc::not_found, "[NONEXISTENT] Unknown Mailbox: " + token.text};
  }
  return *folder;
}

Session::Reply Session::select(const Command& command) {
  view_.reset();
  if (command.arguments.empty()) throw no_folder_command();
  if (command.arguments.size() > 1 && command.arguments[1].is_list()) {
    for (const auto& option : command.arguments[1].items) condstore_ |= option.is("CONDSTORE");
  }
  const auto listed = folder_named(command.arguments[0]);
  if (contains(house_.faults.switches().mail.closed_folders, listed.name)) {
    return "NO [NOPERM] Permission denied (Failure)";
  }
  const bool read_only = command.name == "EXAMINE";
  auto& folder = book_->folder(listed.key);
  opened_ = listed.name;
  view_ = std::make_unique<View>(folder, read_only, [this] {
    if (idling_) wire_.interrupt();
  });
  wire_.put(fmt::format("* FLAGS ({})\r\n", flags));
  wire_.put(read_only ? std::string{"* OK [PERMANENTFLAGS ()] Flags permitted.\r\n"}
                      : fmt::format("* OK [PERMANENTFLAGS ({} \\*)] Flags permitted.\r\n", flags));
  wire_.put(fmt::format("* OK [UIDVALIDITY {}] UIDs valid.\r\n", folder.uid_validity()));
  wire_.put(fmt::format("* {} EXISTS\r\n* 0 RECENT\r\n", view_->uids().size()));
  wire_.put(fmt::format("* OK [UIDNEXT {}] Predicted next UID.\r\n", folder.uid_next()));
  wire_.put(fmt::format("* OK [HIGHESTMODSEQ {}]\r\n", mailbox().history_id()));
  return fmt::format("OK [{}] {} selected. (Success)", read_only ? "READ-ONLY" : "READ-WRITE",
                     command.arguments[0].text);
}

Session::Reply Session::close(const Command&) {
  if (!view_->is_read_only()) expunge_deleted(view_->uids());
  view_.reset();
  return "OK Returned to authenticated state. (Success)";
}

Session::Reply Session::unselect(const Command&) {
  view_.reset();
  return "OK Returned to authenticated state. (Success)";
}

std::string Session::status_line(const ListedFolder& listed, const Token& items) {
  auto& folder = book_->folder(listed.key);
  std::string out;
  for (const auto& item : items.items) {
    std::uint64_t value = 0;
    if (item.is("MESSAGES"))
      value = folder.entries().size();
    else if (item.is("RECENT"))
      value = 0;
    else if (item.is("UIDNEXT"))
      value = folder.uid_next();
    else if (item.is("UIDVALIDITY"))
      value = folder.uid_validity();
    else if (item.is("UNSEEN"))
      value = folder.unseen();
    else if (item.is("HIGHESTMODSEQ"))
      value = mailbox().history_id();
    else if (item.is("APPENDLIMIT"))
      value = 35'651'584;
    else
      throw no_folder_command();
    condstore_ |= item.is("HIGHESTMODSEQ");
    if (!out.empty()) out += ' ';
    out += item.text + " " + std::to_string(value);
  }
  return "* STATUS " + shown_name(listed.name) + " (" + out + ")\r\n";
}

Session::Reply Session::status(const Command& command) {
  if (command.arguments.size() != 2 || !command.arguments[1].is_list()) throw no_folder_command();
  wire_.put(status_line(folder_named(command.arguments[0]), command.arguments[1]));
  return "OK Success";
}

Session::Reply Session::list(const Command& command) {
  const auto wish = read_list(command);
  const bool old_names = command.name == "XLIST";
  const auto word = old_names ? std::string{"XLIST"} : command.name == "LSUB" ? "LSUB" : "LIST";
  if (wish.patterns.size() == 1 && wish.patterns.front().empty()) {
    wire_.put("* " + word + " (\\Noselect) \"/\" \"/\"\r\n");
    return "OK Success";
  }
  for (const auto& folder : folders()) {
    const auto shown = utf8_ ? folder.name : to_modified_utf7(folder.name);
    const bool wanted =
        std::any_of(wish.patterns.begin(), wish.patterns.end(), [&](const std::string& pattern) {
          if (folder.key == "INBOX" && equals_ignoring_case(pattern, "INBOX")) return true;
          return matches_pattern(shown, pattern);
        });
    if (!wanted || (wish.special_use_only && folder.use.empty())) continue;
    wire_.put("* " + word + " (" + attributes_of(folder, old_names) + ") \"/\" " +
              shown_name(folder.name) + "\r\n");
    if (wish.status != nullptr && folder.is_selectable()) {
      wire_.put(status_line(folder, *wish.status));
    }
  }
  return "OK Success";
}

Session::Reply Session::subscribe(const Command& command) {
  if (command.arguments.size() != 1) throw no_folder_command();
  return "OK Success";
}

Session::Reply Session::create(const Command& command) {
  if (command.arguments.empty()) throw no_folder_command();
  auto name = folder_name(command.arguments[0]);
  if (name.ends_with('/')) name.pop_back();
  const auto all = folders();
  const auto* known = find_folder(all, name);
  if (known != nullptr && known->is_selectable()) {
    return "NO [ALREADYEXISTS] Duplicate folder name " + command.arguments[0].text + " (Failure)";
  }
  Label label;
  label.name = std::move(name);
  const auto made = mailbox().create_label(std::move(label));
  if (!made) return "NO [CANNOT] Invalid folder name (Failure)";
  return "OK Success";
}

Session::Reply Session::remove(const Command& command) {
  if (command.arguments.size() != 1) throw no_folder_command();
  const auto folder = folder_named(command.arguments[0]);
  const auto removed = mailbox().delete_label(folder.key);
  if (!removed) return "NO [CANNOT] The folder cannot be deleted. (Failure)";
  return "OK Success";
}

Session::Reply Session::rename(const Command& command) {
  if (command.arguments.size() != 2) throw no_folder_command();
  const auto from = folder_named(command.arguments[0]);
  const auto name = folder_name(command.arguments[1]);
  Label renamed;
  renamed.name = name;
  const auto done = mailbox().update_label(from.key, renamed);
  if (!done) return "NO [CANNOT] The folder cannot be renamed. (Failure)";
  for (const auto& child : folders()) {
    if (!child.name.starts_with(from.name + "/") || !child.is_selectable()) continue;
    renamed.name = name + child.name.substr(from.name.size());
    const auto moved = mailbox().update_label(child.key, renamed);
    if (!moved) return "NO [CANNOT] A child cannot be renamed. (Failure)";
  }
  return "OK Success";
}

Session::Reply Session::quota(const Command& command) {
  if (command.name == "GETQUOTAROOT") {
    if (command.arguments.size() != 1) throw no_folder_command();
    wire_.put("* QUOTAROOT " + shown_name(folder_name(command.arguments[0])) + " \"\"\r\n");
  }
  wire_.put("* QUOTA \"\" (STORAGE 1024 15728640)\r\n");
  return "OK Success";
}

}  // namespace gmail_mcp::sandbox::imap
