// The labels of RestMailbox.
#include <algorithm>
#include <utility>

#include "mail/gmail_rest/label_color.h"
#include "mail/gmail_rest/rest_mailbox.h"
#include "mail/label_rules.h"

namespace gmail_mcp::mail {

using google::Method;

namespace {

model::Label to_label(google::RawLabel raw) {
  model::Label label;
  label.id = model::LabelId{std::move(raw.id)};
  label.name = std::move(raw.name);
  label.is_system = raw.is_system;
  label.messages_total = raw.messages_total;
  label.messages_unread = raw.messages_unread;
  label.background_color = std::move(raw.background_color);
  label.text_color = std::move(raw.text_color);
  return label;
}

google::RawLabelWish to_raw_label(LabelWish wish, const google::RawLabel& now) {
  google::RawLabelWish raw;
  if (wish.name) raw.name = std::move(*wish.name);
  if (wish.in_label_list) {
    switch (*wish.in_label_list) {
      case LabelVisibility::show: raw.label_list_visibility = "labelShow"; break;
      case LabelVisibility::show_if_unread: raw.label_list_visibility = "labelShowIfUnread"; break;
      case LabelVisibility::hide: raw.label_list_visibility = "labelHide"; break;
    }
  }
  if (wish.in_message_list) raw.message_list_visibility = *wish.in_message_list ? "show" : "hide";
  if (!wish.background_color && !wish.text_color) return raw;
  raw.background_color = wish.background_color ? nearest_label_color(*wish.background_color).value()
                                               : now.background_color;
  if (raw.background_color.empty()) {
    throw Error{Errc::invalid_argument, "A label with a text colour needs a background colour.",
                "Give background_color as well."};
  }
  raw.text_color = wish.text_color ? nearest_label_color(*wish.text_color).value()
                                   : text_color_on(raw.background_color);
  return raw;
}

// Explains Gmail's refusals of labels, whose words for a clash and a bad name are the same in all
// calls.
Error explain_label(const Error& error) {
  if (error.code == Errc::conflict) return label_exists();
  if (error.code == Errc::not_found) return no_such_label();
  if (error.code != Errc::invalid_argument) return error;
  return Error{Errc::invalid_argument, "Gmail does not take this label.",
               "Choose another name; Gmail keeps some for itself."};
}

Task<google::RawLabel> explain_label(Task<google::RawLabel> change) {
  try {
    co_return co_await std::move(change);
  } catch (const Error& error) {
    throw explain_label(error);
  }
}

}  // namespace

// The list has no counts, so every label is requested as well: one unit of quota each, in batches.
Task<std::vector<model::Label>> RestMailbox::labels() {
  require(Method::labels_list);
  auto list = co_await api_.list_labels();
  std::vector<std::string> ids;
  for (const auto& label : list) ids.push_back(label.id);
  const auto counted = co_await api_.get_labels(std::move(ids));
  std::vector<model::Label> labels;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (counted[i]) {
      list[i].messages_total = counted[i]->messages_total;
      list[i].messages_unread = counted[i]->messages_unread;
      list[i].background_color = counted[i]->background_color;
      list[i].text_color = counted[i]->text_color;
    }
    labels.push_back(to_label(std::move(list[i])));
  }
  co_return labels;
}

Task<std::vector<model::Label>> RestMailbox::label_names() {
  require(Method::labels_list);
  auto list = co_await api_.list_labels();
  std::vector<model::Label> labels;
  for (auto& one : list) labels.push_back(to_label(std::move(one)));
  co_return labels;
}

Task<google::RawLabel> RestMailbox::own_label(std::string id) {
  std::vector<std::string> ids{std::move(id)};
  auto found = co_await api_.get_labels(std::move(ids));
  if (!found.front()) throw explain_label(found.front().error());
  if (found.front()->is_system) throw label_is_gmails();
  co_return std::move(*found.front());
}

Task<model::Label> RestMailbox::create_label(LabelWish wish) {
  require(Method::labels_create);
  const auto name = wish.name.value_or(std::string{});
  if (auto fault = label_name_fault(name)) throw std::move(*fault);
  const google::RawLabel none;
  auto raw = to_raw_label(std::move(wish), none);
  auto made = co_await explain_label(api_.create_label(std::move(raw)));
  co_return to_label(std::move(made));
}

Task<model::Label> RestMailbox::update_label(model::LabelId id, LabelWish wish) {
  require(Method::labels_patch);
  if (wish.name) {
    if (auto fault = label_name_fault(*wish.name)) throw std::move(*fault);
  }
  const auto now = co_await own_label(id.str());
  std::vector<google::RawLabel> before;
  const bool is_renamed = wish.name && *wish.name != now.name;
  if (is_renamed) {
    before = co_await api_.list_labels();
    std::vector<std::string> names;
    for (const auto& label : before) names.push_back(label.name);
    check_rename(names, now.name, *wish.name);
  }
  auto raw = to_raw_label(std::move(wish), now);
  auto changed = co_await explain_label(api_.patch_label(id.str(), std::move(raw)));
  if (is_renamed) co_await rename_within(now.name, changed.name, std::move(before));
  co_return to_label(std::move(changed));
}

// For Gmail's API "a/b" has nothing to do with "a"; for people it has, and IMAP renames both.
Task<void> RestMailbox::rename_within(std::string old_name, std::string new_name,
                                      std::vector<google::RawLabel> before) {
  std::erase_if(before, [&](const google::RawLabel& label) {
    return label.is_system || !is_within(label.name, old_name);
  });
  for (auto& label : before) {
    google::RawLabelWish wish;
    wish.name = new_name + label.name.substr(old_name.size());
    bool is_refused = false;
    try {
      co_await api_.patch_label(std::move(label.id), std::move(wish));
    } catch (const Error& error) {
      if (error.code != Errc::conflict && error.code != Errc::invalid_argument) throw;
      is_refused = true;
    }
    if (is_refused) {
      throw Error{Errc::conflict, "The label is renamed, but not every label within it.",
                  "Rename those by themselves: a label of the new name is in the way."};
    }
  }
}

Task<model::Label> RestMailbox::delete_label(model::LabelId id) {
  require(Method::labels_delete);
  auto gone = co_await own_label(id.str());
  co_await api_.delete_label(id.str());
  co_return to_label(std::move(gone));
}

}  // namespace gmail_mcp::mail
