#include "tools/label_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::tools {

namespace {

bool is_system_id(std::string_view text) {
  return !text.empty() && mail::system_label_id(text) == text;
}

// Only ASCII case is ignored: names that differ in other ways are different labels at Gmail, too.
std::string find_id(const std::vector<model::Label>& labels, std::string_view wanted,
                    const std::string& where) {
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
    throw Error{Errc::invalid_argument,
                fmt::format("The label {} fits several labels that differ in case.", where),
                "Give its id, from gmail_list_labels."};
  }
  if (const auto id = mail::system_label_id(wanted); !id.empty()) return std::string{id};
  throw Error{Errc::invalid_argument, fmt::format("The label {} is not in this mailbox.", where),
              "gmail_list_labels shows the ids and names there are."};
}

// A label made a minute ago may be missing in the labels that the mailbox remembers.
Task<std::vector<model::Label>> labels_with(mail::Mailbox& mailbox,
                                            std::vector<std::string> given) {
  auto labels = co_await mailbox.label_names();
  const auto is_unknown = [&labels](const std::string& wanted) {
    return !is_system_id(wanted) &&
           std::none_of(labels.begin(), labels.end(), [&](const auto& one) {
             return one.id.str() == wanted || equals_ignoring_case(one.name, wanted);
           });
  };
  if (std::any_of(given.begin(), given.end(), is_unknown)) {
    mailbox.forget_answers();
    labels = co_await mailbox.label_names();
  }
  co_return labels;
}

}  // namespace

Task<LabelWords> label_ids(mail::Mailbox& mailbox, LabelWords given) {
  auto all = given.add_labels;
  all.insert(all.end(), given.remove_labels.begin(), given.remove_labels.end());
  if (std::all_of(all.begin(), all.end(), is_system_id)) co_return given;
  const auto labels = co_await labels_with(mailbox, std::move(all));
  for (std::size_t i = 0; i < given.add_labels.size(); ++i) {
    auto& label = given.add_labels[i];
    label = find_id(labels, label, fmt::format("add_labels[{}]", i));
  }
  for (std::size_t i = 0; i < given.remove_labels.size(); ++i) {
    auto& label = given.remove_labels[i];
    label = find_id(labels, label, fmt::format("remove_labels[{}]", i));
  }
  co_return given;
}

Task<std::string> label_id(mail::Mailbox& mailbox, std::string given) {
  if (is_system_id(given)) co_return given;
  std::vector<std::string> one{given};
  const auto labels = co_await labels_with(mailbox, std::move(one));
  co_return find_id(labels, given, "named in label");
}

}  // namespace gmail_mcp::tools
