#include "sandbox/imap/folder_list.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

struct SystemFolder {
  std::string_view key, use, english, german;
};

// Gmail's own, in the order it lists them.
constexpr std::array<SystemFolder, 7> system_folders{{
    {all_mail, "\\All", "All Mail", "Alle Nachrichten"},
    {"DRAFT", "\\Drafts", "Drafts", "Entwürfe"},
    {"IMPORTANT", "\\Important", "Important", "Wichtig"},
    {"SENT", "\\Sent", "Sent Mail", "Gesendet"},
    {"SPAM", "\\Junk", "Spam", "Spam"},
    {"STARRED", "\\Flagged", "Starred", "Markiert"},
    {"TRASH", "\\Trash", "Trash", "Papierkorb"},
}};

// "a/b" is shown below an "a" that need not be a label itself.
void add_missing_parents(std::vector<ListedFolder>& folders) {
  std::set<std::string> names;
  for (const auto& folder : folders) names.insert(folder.name);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto slash = folders[i].name.rfind('/');
    if (slash == std::string::npos) continue;
    auto parent = folders[i].name.substr(0, slash);
    if (names.insert(parent).second) folders.push_back({std::move(parent), "", "", false});
  }
}

void mark_parents(std::vector<ListedFolder>& folders) {
  std::set<std::string> parents;
  for (const auto& folder : folders) {
    const auto slash = folder.name.rfind('/');
    if (slash != std::string::npos) parents.insert(folder.name.substr(0, slash));
  }
  for (auto& folder : folders) folder.has_children = parents.contains(folder.name);
}

}  // namespace

std::vector<ListedFolder> list_folders(const Mailbox& mailbox, const MailSwitches& switches) {
  const bool german = switches.folder_language == "de";
  const std::string root = german ? "[GoogleMail]" : "[Gmail]";
  std::vector<ListedFolder> users;
  for (const auto& label : mailbox.labels()) {
    if (!label.is_system) users.push_back(ListedFolder{label.name, label.id, "", false});
  }
  add_missing_parents(users);
  std::sort(users.begin(), users.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<ListedFolder> all{{"INBOX", "INBOX", "", false}};
  all.insert(all.end(), users.begin(), users.end());
  all.push_back({root, "", "", true});
  for (const auto& one : system_folders) {
    if (one.key == all_mail && switches.hide_all_mail) continue;
    const auto name = root + "/" + std::string{german ? one.german : one.english};
    all.push_back({name, std::string{one.key}, one.use, false});
  }
  mark_parents(all);
  return all;
}

const ListedFolder* find_folder(const std::vector<ListedFolder>& folders, std::string_view name) {
  for (const auto& folder : folders) {
    if (folder.name == name) return &folder;
    if (folder.key == "INBOX" && equals_ignoring_case(name, "INBOX")) return &folder;
  }
  return nullptr;
}

bool matches_pattern(std::string_view name, std::string_view pattern) {
  // Greedy, with one place to go back to for each kind of wildcard, so that no pattern takes
  // exponential time.
  std::size_t n = 0;
  std::size_t p = 0;
  constexpr auto none = std::string_view::npos;
  std::size_t star = none;
  std::size_t star_n = 0;
  std::size_t percent = none;
  std::size_t percent_n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_n = n;
      percent = none;
    } else if (p < pattern.size() && pattern[p] == '%') {
      percent = p++;
      percent_n = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (percent != none && name[percent_n] != '/') {
      p = percent + 1;
      n = ++percent_n;
    } else if (star != none) {
      p = star + 1;
      n = ++star_n;
      percent = none;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && (pattern[p] == '*' || pattern[p] == '%')) ++p;
  return p == pattern.size();
}

}  // namespace gmail_mcp::sandbox::imap
