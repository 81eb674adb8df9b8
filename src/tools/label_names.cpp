#include "tools/label_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::tools {

namespace {

bool is_system_id(std::string_view text) {
  const auto ids = mail::system_label_ids();
  return std::find(ids.begin(), ids.end(), text) != ids.end();
}

// Case is ASCII's here: names that differ beyond it are different labels at Gmail, too.
std::string find_id(const std::vector<model::Label>& labels, std::string_view wanted,
                    std::string_view argument, std::size_t index) {
  const model::Label* found = nullptr;
  const model::Label* exact = nullptr;
  int matches = 0;
  for (const auto& label : labels) {
    if (label.id.str() == wanted) return label.id.str();
    if (label.name == wanted) exact = &label;
    if (!equals_ignoring_case(label.name, wanted)) continue;
    found = &label;
    ++matches;
  }
  if (exact != nullptr) return exact->id.str();
  if (matches == 1) return found->id.str();
  if (matches > 1) {
    throw Error{
        Errc::invalid_argument,
        fmt::format("The label {}[{}] fits several labels that differ in case.", argument, index),
        "Give its id, from gmail_list_labels."};
  }
  for (const auto id : mail::system_label_ids()) {
    if (equals_ignoring_case(id, wanted)) return std::string{id};
  }
  throw Error{Errc::invalid_argument,
              fmt::format("The label {}[{}] is not in this mailbox.", argument, index),
              "gmail_list_labels shows the ids and names there are."};
}

}  // namespace

Task<std::vector<std::string>> label_ids(mail::Mailbox& mailbox, std::string_view argument,
                                         std::vector<std::string> given) {
  std::vector<std::string> ids;
  if (std::all_of(given.begin(), given.end(), is_system_id)) co_return given;
  auto labels = co_await mailbox.label_names();
  const auto is_unknown = [&labels](const std::string& wanted) {
    return !is_system_id(wanted) &&
           std::none_of(labels.begin(), labels.end(), [&](const auto& one) {
             return one.id.str() == wanted || equals_ignoring_case(one.name, wanted);
           });
  };
  // A label that was made a minute ago may be one that the mailbox does not remember.
  if (std::any_of(given.begin(), given.end(), is_unknown)) {
    mailbox.forget_answers();
    labels = co_await mailbox.label_names();
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    ids.push_back(find_id(labels, given[i], argument, i));
  }
  co_return ids;
}

}  // namespace gmail_mcp::tools
