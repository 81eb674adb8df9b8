#include "mail/imap_smtp/places.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;

// The words people and Gmail's `in:` have for a use.
constexpr std::pair<std::string_view, SpecialUse> words[] = {
    {"inbox", SpecialUse::inbox},   {"sent", SpecialUse::sent},    {"draft", SpecialUse::drafts},
    {"drafts", SpecialUse::drafts}, {"spam", SpecialUse::junk},    {"trash", SpecialUse::trash},
    {"bin", SpecialUse::trash},     {"anywhere", SpecialUse::all}, {"archive", SpecialUse::archive},
};

bool is_apart(SpecialUse use) { return use == SpecialUse::junk || use == SpecialUse::trash; }

}  // namespace

Places::Places(std::vector<imap::Folder> folders, bool is_gmail)
    : folders_{std::move(folders)}, is_gmail_{is_gmail} {}

std::optional<Place> Places::find(SpecialUse use) const {
  const auto* folder = imap::find(folders_, use);
  if (folder == nullptr || !folder->can_select) return std::nullopt;
  return Place{folder->name, use};
}

std::vector<Place> Places::everywhere() const {
  SearchReach reach{.all_mail = true, .spam = true, .trash = true};
  return reached(reach);
}

std::vector<Place> Places::reached(const SearchReach& reach) const {
  std::vector<Place> places;
  const auto all = find(SpecialUse::all);
  if (reach.all_mail && all) places.push_back(*all);
  if (reach.all_mail && !all) {
    if (auto inbox = find(SpecialUse::inbox)) places.push_back(std::move(*inbox));
    for (const auto& folder : folders_) {
      const bool is_view =
          is_gmail_ && (folder.use == SpecialUse::flagged || folder.use == SpecialUse::important);
      if (!folder.can_select || folder.use == SpecialUse::inbox || is_apart(folder.use) ||
          is_view) {
        continue;
      }
      places.push_back({folder.name, folder.use});
    }
  }
  if (reach.spam) {
    if (auto junk = find(SpecialUse::junk)) places.push_back(std::move(*junk));
  }
  if (reach.trash) {
    if (auto trash = find(SpecialUse::trash)) places.push_back(std::move(*trash));
  }
  return places;
}

std::optional<Place> Places::named(std::string_view name) const {
  const auto lower = to_lower_ascii(name);
  for (const auto& [word, use] : words) {
    if (word == lower) return find(use);
  }
  for (const auto& folder : folders_) {
    if (folder.can_select && equals_ignoring_case(folder.name, name)) {
      return Place{folder.name, folder.use};
    }
  }
  return std::nullopt;
}

bool Places::has_user_label(std::string_view name) const {
  return std::any_of(folders_.begin(), folders_.end(), [&](const imap::Folder& folder) {
    return folder.use == SpecialUse::none && folder.can_select && folder.name == name;
  });
}

std::vector<model::Label> labels_of(const std::vector<imap::Folder>& folders) {
  std::vector<model::Label> labels;
  const auto add = [&](std::string id, bool is_system) -> model::Label& {
    model::Label label;
    label.name = id;
    label.id = model::LabelId{std::move(id)};
    label.is_system = is_system;
    labels.push_back(std::move(label));
    return labels.back();
  };
  for (const auto& folder : folders) {
    auto id = label_of_folder(folder);
    if (!id) continue;
    auto& label = add(std::move(*id), folder.use != SpecialUse::none);
    if (!folder.status) continue;
    label.messages_total = folder.status->messages;
    label.messages_unread = folder.status->unseen;
  }
  // Flags that Gmail shows as labels; people can hide their folders.
  for (const std::string name : {"UNREAD", "STARRED"}) {
    const bool known = std::any_of(labels.begin(), labels.end(),
                                   [&](const auto& label) { return label.id.str() == name; });
    if (known) continue;
    auto& label = add(name, true);
    const auto* all = imap::find(folders, SpecialUse::all);
    if (name == "UNREAD" && all != nullptr && all->status) {
      label.messages_total = all->status->unseen;
      label.messages_unread = all->status->unseen;
    }
  }
  return labels;
}

}  // namespace gmail_mcp::mail
