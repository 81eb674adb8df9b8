// Labels as folders: Gmail shows each user label as a folder, and its name is its id.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"
#include "mail/label_rules.h"

namespace gmail_mcp::mail {

namespace {

using imap::SpecialUse;

// A label of such a name could not be told from one of Gmail's own in X-GM-LABELS.
void check_folder_name(const std::string& name) {
  if (auto fault = label_name_fault(name)) throw std::move(*fault);
  if (name.starts_with('\\')) throw label_is_gmails();
}

void refuse_looks(const LabelWish& wish) {
  if (!wish.background_color && !wish.text_color && !wish.in_label_list && !wish.in_message_list) {
    return;
  }
  throw Error{Errc::unsupported, "Colours and visibility of labels cannot be set over IMAP.",
              "Set them in Gmail's own pages, or connect the account with Google."};
}

model::Label label_named(std::string name) {
  model::Label label;
  label.name = name;
  label.id = model::LabelId{std::move(name)};
  return label;
}

// Whether a name exists that the server treats as equal to `name`.
bool is_taken(const Places& places, std::string_view name) {
  const auto& folders = places.folders();
  return std::any_of(folders.begin(), folders.end(), [&](const imap::Folder& folder) {
    return folder.can_select && equals_ignoring_case(folder.name, name);
  });
}

void require_own(const Places& places, const std::string& id) {
  if (places.has_user_label(id)) return;
  const auto labels = labels_of(places.folders());
  const bool is_there = std::any_of(labels.begin(), labels.end(), [&](const model::Label& label) {
    return label.id.str() == id;
  });
  if (is_there || label_name_fault(id)) throw label_is_gmails();
  throw no_such_label();
}

Task<void> explain_folder(Task<void> change) {
  bool exists = false;
  try {
    co_await std::move(change);
  } catch (const Error& error) {
    if (error.code != Errc::conflict) throw;
    exists = true;
  }
  if (exists) throw label_exists();
}

}  // namespace

Task<std::vector<model::Label>> ImapSmtpMailbox::labels() {
  const auto work = [&](Client& client) -> Task<std::vector<model::Label>> {
    const auto folders = co_await client.folders(true);
    co_return labels_of(folders);
  };
  co_return co_await with<std::vector<model::Label>>(work);
}

Task<std::vector<model::Label>> ImapSmtpMailbox::label_names() {
  const auto work = [&](Client& client) -> Task<std::vector<model::Label>> {
    forget_places();
    const auto known = co_await places(client);
    co_return labels_of(known->folders());
  };
  co_return co_await with<std::vector<model::Label>>(work);
}

Task<std::shared_ptr<const Places>> ImapSmtpMailbox::places_anew(Client& client) {
  forget_places();
  return places(client);
}

Task<model::Label> ImapSmtpMailbox::create_label(LabelWish wish) {
  auto name = wish.name.value_or(std::string{});
  check_folder_name(name);
  refuse_looks(wish);
  auto lease = co_await fresh();
  const auto known = co_await places_anew(*lease);
  if (is_taken(*known, name)) throw label_exists();
  co_await explain_folder(lease->create_folder(name));
  forget_places();
  co_return label_named(std::move(name));
}

Task<model::Label> ImapSmtpMailbox::update_label(model::LabelId id, LabelWish wish) {
  if (wish.name) check_folder_name(*wish.name);
  auto lease = co_await fresh();
  const auto known = co_await places_anew(*lease);
  require_own(*known, id.str());
  refuse_looks(wish);
  auto name = wish.name.value_or(id.str());
  if (name != id.str()) {
    std::vector<std::string> names;
    for (const auto& folder : known->folders()) {
      if (folder.can_select) names.push_back(folder.name);
    }
    check_rename(names, id.str(), name);
    co_await explain_folder(lease->rename_folder(id.str(), name));
    forget_places();
  }
  co_return label_named(std::move(name));
}

Task<model::Label> ImapSmtpMailbox::delete_label(model::LabelId id) {
  auto lease = co_await fresh();
  const auto known = co_await places_anew(*lease);
  require_own(*known, id.str());
  if (!lease->is_gmail()) {
    throw Error{Errc::unsupported,
                "This mail server is not Gmail and would delete the messages with their folder.",
                "Delete the folder with a mail program."};
  }
  auto label = label_named(id.str());
  const auto status = co_await lease->status(id.str());
  label.messages_total = status.messages;
  label.messages_unread = status.unseen;
  const auto* selected = lease->selected();
  if (selected != nullptr && selected->name == id.str()) {
    co_await open(*lease, "INBOX", Mode::read);
  }
  co_await lease->delete_folder(id.str());
  forget_places();
  co_return label;
}

}  // namespace gmail_mcp::mail
