// Labels of the mailbox in memory.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/label_rules.h"
#include "mail/testing/memory_mailbox.h"

namespace gmail_mcp::mail {

namespace {

void wear(model::Label& label, LabelWish wish) {
  if (wish.name) label.name = std::move(*wish.name);
  if (wish.background_color) label.background_color = std::move(*wish.background_color);
  if (wish.text_color) label.text_color = std::move(*wish.text_color);
}

}  // namespace

model::Label& MemoryMailbox::own_label(const model::LabelId& id) {
  const auto found = std::find_if(labels_.begin(), labels_.end(),
                                  [&](const model::Label& label) { return label.id == id; });
  if (found == labels_.end()) throw no_such_label();
  if (found->is_system) throw label_is_gmails();
  return *found;
}

void MemoryMailbox::judge_label_name(const std::string& name, const model::LabelId* own) const {
  if (auto fault = label_name_fault(name)) throw std::move(*fault);
  for (const auto& label : labels_) {
    if (own != nullptr && label.id == *own) continue;
    if (equals_ignoring_case(label.name, name)) throw label_exists();
  }
}

Task<model::Label> MemoryMailbox::create_label(LabelWish wish) {
  auto name = wish.name.value_or(std::string{});
  judge_label_name(name, nullptr);
  const auto id = add_label(std::move(name));
  auto& label = own_label(id);
  wear(label, std::move(wish));
  co_return label;
}

Task<model::Label> MemoryMailbox::update_label(model::LabelId id, LabelWish wish) {
  auto& label = own_label(id);
  if (wish.name) judge_label_name(*wish.name, &id);
  if (wish.name) {
    std::vector<std::string> names;
    for (const auto& other : labels_) names.push_back(other.name);
    check_rename(names, label.name, *wish.name);
    for (auto& other : labels_) {
      if (!is_within(other.name, label.name)) continue;
      other.name = *wish.name + other.name.substr(label.name.size());
    }
  }
  wear(label, std::move(wish));
  co_return label;
}

Task<model::Label> MemoryMailbox::delete_label(model::LabelId id) {
  own_label(id);
  model::Label gone;
  for (auto& label : co_await labels()) {
    if (label.id == id) gone = std::move(label);
  }
  for (auto& [message_id, stored] : messages_) std::erase(stored.message.labels, id.str());
  std::erase_if(labels_, [&](const model::Label& label) { return label.id == id; });
  ++changes_;
  co_return gone;
}

}  // namespace gmail_mcp::mail
