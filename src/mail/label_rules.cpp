#include "mail/label_rules.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::ptrdiff_t longest_label_name = 225;  // characters

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

bool is_control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

}  // namespace

std::optional<Error> label_name_fault(std::string_view name) {
  const bool is_gmails = !system_label_id(name).empty() || equals_ignoring_case(name, "CHAT");
  if (is_gmails) return label_is_gmails();
  const bool is_good =
      !name.empty() && trim(name) == name && is_valid_utf8(name) &&
      std::none_of(name.begin(), name.end(), is_control_character) &&
      std::count_if(name.begin(), name.end(), starts_character) <= longest_label_name &&
      !name.starts_with('/') && !name.ends_with('/') && name.find("//") == std::string_view::npos;
  if (is_good) return std::nullopt;
  return Error{Errc::invalid_argument, "No label can have that name.",
               "Names are 1 to 225 characters without blanks at their ends; \"/\" stands between "
               "a label and one within it."};
}

bool has_label(const model::Message& message, std::string_view id) {
  return std::find(message.labels.begin(), message.labels.end(), id) != message.labels.end();
}

bool is_within(std::string_view label, std::string_view parent) {
  return label.size() > parent.size() + 1 && label.starts_with(parent) &&
         label[parent.size()] == '/';
}

void check_rename(const std::vector<std::string>& labels, std::string_view old,
                  std::string_view name) {
  const auto moves = [old](std::string_view label) {
    return label == old || is_within(label, old);
  };
  std::unordered_set<std::string> staying;
  for (const auto& label : labels) {
    if (!moves(label)) staying.insert(to_lower_ascii(label));
  }
  for (const auto& label : labels) {
    if (!moves(label)) continue;
    const auto renamed = std::string{name} + label.substr(old.size());
    if (staying.contains(to_lower_ascii(renamed))) throw label_exists();
  }
}

Error label_exists() {
  return {Errc::conflict, "A label of that name exists already.",
          "gmail_list_labels shows it; names that differ in case alone are one."};
}

Error label_is_gmails() {
  return {Errc::invalid_argument, "That is one of Gmail's own labels.",
          "Only labels of type user can be made, changed and deleted."};
}

Error no_such_label() {
  return {Errc::not_found, "There is no such label.", "gmail_list_labels shows what there is."};
}

}  // namespace gmail_mcp::mail
