#include "mail/imap_smtp/label_change.h"

#include <algorithm>

#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;
using Kind = LabelAction::Kind;

Error not_settable() {
  return {Errc::invalid_argument, "A label does not exist or cannot be set by hand.",
          "Use ids of the mailbox's labels."};
}

}  // namespace

std::optional<SpecialUse> LabelChange::target(SpecialUse from) const {
  if (into) return into;
  const bool leaves =
      (from == SpecialUse::junk && leaves_spam) || (from == SpecialUse::trash && leaves_trash);
  const bool is_apart = from == SpecialUse::junk || from == SpecialUse::trash;
  // Gmail does not show messages in the inbox that are also in spam or trash.
  if (leaves || (is_apart && into_inbox)) return into_inbox ? SpecialUse::inbox : SpecialUse::all;
  return std::nullopt;
}

bool LabelChange::only_moves() const {
  return add_flags.empty() && remove_flags.empty() && add_labels.empty() && remove_labels.empty();
}

bool LabelChange::removes_label_of(const Place& place) const {
  if (place.use == SpecialUse::inbox) return leaves_inbox;
  return std::find(remove_labels.begin(), remove_labels.end(), place.folder) != remove_labels.end();
}

Result<LabelChange> plan_change(const std::vector<std::string>& add,
                                const std::vector<std::string>& remove, const Places& places,
                                bool is_gmail) {
  LabelChange change;
  for (const bool adds : {true, false}) {
    for (const auto& id : adds ? add : remove) {
      auto action = label_action(id);
      if (action.kind == Kind::fixed) return not_settable();
      if (action.kind == Kind::flag) {
        (adds != action.is_inverse ? change.add_flags : change.remove_flags)
            .push_back(std::move(action.name));
      } else if (action.kind == Kind::place) {
        if (adds) change.into = action.place;
        if (!adds && action.place == SpecialUse::junk) change.leaves_spam = true;
        if (!adds && action.place == SpecialUse::trash) change.leaves_trash = true;
      } else {
        const bool is_inbox = id == "INBOX";
        const bool is_system = is_inbox || id == "IMPORTANT";
        if (!is_system && !places.has_user_label(id)) return not_settable();
        if (!is_gmail && !is_inbox) {
          return Error{Errc::unsupported, "This mail server is not Gmail and has no labels.",
                       "UNREAD, STARRED, SPAM and TRASH can be set there."};
        }
        if (is_inbox) (adds ? change.into_inbox : change.leaves_inbox) = true;
        if (is_gmail) {
          (adds ? change.add_labels : change.remove_labels).push_back(std::move(action.name));
        }
      }
    }
  }
  // On other servers leaving the inbox means moving to the archive.
  if (!is_gmail && change.leaves_inbox && !change.into) {
    if (!places.find(SpecialUse::archive)) {
      return Error{Errc::unsupported, "This mail server has no folder for archived mail.",
                   "Create a folder with the special use \\Archive."};
    }
    change.into = SpecialUse::archive;
  }
  return change;
}

}  // namespace gmail_mcp::mail
