// Labels and drafts of a mailbox (declared in mailbox.h).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/mailbox.h"
#include "sandbox/system_labels.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::size_t max_labels = 10'000;

// The colours that Gmail allows, from LabelColor in its discovery document; both must be given.
constexpr std::string_view palette =
    "000000 434343 666666 999999 cccccc efefef f3f3f3 ffffff fb4c2f ffad47 fad165 16a766 "
    "43d692 4a86e8 a479e2 f691b3 f6c5be ffe6c7 fef1d1 b9e4d0 c6f3de c9daf8 e4d7f5 fcdee8 efa093 "
    "ffd6a2 fce8b3 89d3b2 a0eac9 a4c2f4 d0bcf1 fbc8d9 e66550 ffbc6b fcda83 44b984 68dfa9 6d9eeb "
    "b694e8 f7a7c0 cc3a21 eaa041 f2c960 149e60 3dc789 3c78d8 8e63ce e07798 ac2b16 cf8933 d5ae49 "
    "0b804b 2a9c68 285bac 653e9b b65775 822111 a46a21 aa8831 076239 1a764d 1c4587 41236d 83334c "
    "464646 e7e7e7 0d3472 b6cff5 0d3b44 98d7e4 3d188e e3d7ff 711a36 fbd3e0 8a1c0a f2b2a8 7a2e0b "
    "ffc8af 7a4706 ffdeb5 594c05 fbe983 684e07 fdedc1 0b4f30 b3efd3 04502e a2dcc1 c2c2c2 4986e7 "
    "2da2bb b99aff 994a64 f691b2 ff7537 ffad46 662e37 ebdbde cca6ac 094228 42d692 16a765 757575 "
    "1e53b8 007286 7858c3 c2185b d93025 54240e 633e04 521d28 202124 083018 ";

std::optional<Error> judge_colors(const Label& label) {
  if (label.text_color.empty() && label.background_color.empty()) return std::nullopt;
  for (const auto& color : {label.text_color, label.background_color}) {
    const bool is_hex = color.size() == 7 && color.front() == '#';
    if (!is_hex || palette.find(color.substr(1)) == std::string_view::npos) {
      return Error{Errc::invalid_argument,
                   "Label color " + color + " is not on the allowed color palette"};
    }
  }
  return std::nullopt;
}

Error no_such_entity() { return {Errc::not_found, "Requested entity was not found."}; }

Label system_label(std::string id, std::string message_list = {}, std::string label_list = {}) {
  Label label;
  label.name = id;
  label.id = std::move(id);
  label.is_system = true;
  label.message_list_visibility = std::move(message_list);
  label.label_list_visibility = std::move(label_list);
  return label;
}

}  // namespace

std::vector<Label> system_labels() {
  std::vector<Label> labels;
  for (const auto* id : {"CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM"}) {
    const bool hidden = std::string_view{id} == "CHAT" || std::string_view{id} == "IMPORTANT";
    labels.push_back(hidden ? system_label(id, "hide", "labelHide") : system_label(id));
  }
  for (const auto* id : {"CATEGORY_FORUMS", "CATEGORY_UPDATES", "CATEGORY_PERSONAL",
                         "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL"}) {
    labels.push_back(system_label(id, "hide", "labelHide"));
  }
  labels.push_back(system_label("STARRED"));
  labels.push_back(system_label("UNREAD"));
  return labels;
}

const Label* Mailbox::find_label(std::string_view id) const {
  const auto found = std::find_if(labels_.begin(), labels_.end(),
                                  [&](const Label& label) { return label.id == id; });
  return found == labels_.end() ? nullptr : &*found;
}

// Gmail compares label names without case and reserves its own.
std::optional<Error> Mailbox::judge_label_name(std::string_view name,
                                               std::string_view own_id) const {
  if (trim(name).empty() || name.size() > 225 || name.starts_with('/') || name.ends_with('/')) {
    return Error{Errc::invalid_argument, "Invalid label name"};
  }
  for (const auto& label : labels_) {
    if (label.id == own_id || !equals_ignoring_case(label.name, name)) continue;
    if (label.is_system) return Error{Errc::invalid_argument, "Invalid label name"};
    return Error{Errc::conflict, "Label name exists or conflicts"};
  }
  return std::nullopt;
}

Result<const Label*> Mailbox::create_label(Label label) {
  if (auto wrong = judge_label_name(label.name, "")) return std::move(*wrong);
  if (auto wrong = judge_colors(label)) return std::move(*wrong);
  if (labels_.size() >= max_labels) return Error{Errc::invalid_argument, "Too many labels"};
  label.id = fmt::format("Label_{}", random_bits() >> 1U);
  label.is_system = false;
  if (label.message_list_visibility.empty()) label.message_list_visibility = "show";
  if (label.label_list_visibility.empty()) label.label_list_visibility = "labelShow";
  labels_.push_back(std::move(label));
  return &labels_.back();
}

Result<const Label*> Mailbox::update_label(std::string_view id, Label label) {
  const auto target = std::find_if(labels_.begin(), labels_.end(),
                                   [&](const Label& known) { return known.id == id; });
  if (target == labels_.end()) return no_such_entity();
  if (target->is_system) return Error{Errc::invalid_argument, "Invalid update request"};
  if (!label.name.empty()) {
    if (auto wrong = judge_label_name(label.name, id)) return std::move(*wrong);
  }
  if (auto wrong = judge_colors(label)) return std::move(*wrong);
  const auto replace = [](std::string& field, std::string& with) {
    if (!with.empty()) field = std::move(with);
  };
  replace(target->name, label.name);
  replace(target->message_list_visibility, label.message_list_visibility);
  replace(target->label_list_visibility, label.label_list_visibility);
  replace(target->text_color, label.text_color);
  replace(target->background_color, label.background_color);
  return &*target;
}

Result<bool> Mailbox::delete_label(std::string_view id) {
  const auto* label = find_label(id);
  if (label == nullptr) return no_such_entity();
  if (label->is_system) return Error{Errc::invalid_argument, "Invalid delete request"};
  const std::vector<std::string> gone{label->id};
  for (auto& [key, message] : messages_) apply(*message, {}, gone);
  std::erase_if(labels_, [&](const Label& known) { return known.id == gone.front(); });
  return true;
}

std::vector<Mailbox::Draft> Mailbox::drafts() const {
  std::vector<Draft> all;
  for (const auto& [id, message_id] : drafts_) all.emplace_back(id, find(message_id));
  std::sort(all.begin(), all.end(), [](const Draft& a, const Draft& b) {
    return Key{a.second->internal_date, a.second->id} > Key{b.second->internal_date, b.second->id};
  });
  return all;
}

Result<Mailbox::Draft> Mailbox::draft(std::string_view id) const {
  const auto found = drafts_.find(id);
  if (found == drafts_.end()) return no_such_entity();
  return Draft{found->first, find(found->second)};
}

Result<Mailbox::Draft> Mailbox::create_draft(std::string raw, std::string thread_id) {
  Arrival arrival;
  arrival.raw = std::move(raw);
  arrival.labels = {"DRAFT"};
  arrival.thread_id = std::move(thread_id);
  auto message = add(std::move(arrival));
  if (!message) return std::move(message).error();
  auto id = fmt::format("r{}", static_cast<std::int64_t>(random_bits()));
  drafts_.emplace(id, (*message)->id);
  return Draft{std::move(id), *message};
}

Result<Mailbox::Draft> Mailbox::update_draft(std::string_view id, std::string raw,
                                             std::string thread_id) {
  const auto found = drafts_.find(id);
  if (found == drafts_.end()) return no_such_entity();
  Arrival arrival;
  arrival.raw = std::move(raw);
  arrival.labels = {"DRAFT"};
  arrival.thread_id = std::move(thread_id);
  if (auto wrong = judge_arrival(arrival)) return std::move(*wrong);
  // The draft keeps its id and its thread; the message inside is replaced each time.
  const auto old_id = found->second;
  auto thread = arrival.thread_id.empty() ? find(old_id)->thread_id : arrival.thread_id;
  const auto* message = store(std::move(arrival), std::move(thread));
  found->second = message->id;
  auto removed = remove(old_id);
  if (!removed) return std::move(removed).error();
  return Draft{std::string{id}, message};
}

Result<bool> Mailbox::delete_draft(std::string_view id) {
  const auto found = drafts_.find(id);
  if (found == drafts_.end()) return no_such_entity();
  return remove(std::string{found->second});
}

}  // namespace gmail_mcp::sandbox
