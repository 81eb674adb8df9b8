#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/folder.h"
#include "mail/imap_smtp/gmail_query.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// A folder and what it is for.
struct Place {
  std::string folder;
  imap::SpecialUse use = imap::SpecialUse::none;

  bool operator==(const Place&) const = default;
};

/// The folders of an account, found by their use: Gmail's names are in the person's language, and a
/// person can hide any of them from IMAP, All Mail too. A value; pure.
class Places {
 public:
  Places(std::vector<imap::Folder> folders, bool is_gmail);

  /// The folder used for `use`; nullopt if there is none.
  std::optional<Place> find(imap::SpecialUse use) const;

  /// Where every message is, in as few folders as possible, the likely ones first: All Mail, Spam
  /// and Trash; without All Mail, every folder that can be opened.
  std::vector<Place> everywhere() const;
  /// The same for a search.
  std::vector<Place> reached(const SearchReach& reach) const;

  /// The folder that a label id or the word of `in:` means: "SENT", "sent", "Work".
  std::optional<Place> named(std::string_view name) const;

  bool has_user_label(std::string_view name) const;
  const std::vector<imap::Folder>& folders() const { return folders_; }

 private:
  std::vector<imap::Folder> folders_;
  bool is_gmail_;
};

/// The labels of those folders, with counts where the server told them. Their ids are those of
/// labels.h.
std::vector<model::Label> labels_of(const std::vector<imap::Folder>& folders);

}  // namespace gmail_mcp::mail
