#include "tools/label_args.h"

#include <utility>

#include "base/text.h"

namespace gmail_mcp::tools {

mail::LabelWish label_wish(LabelLooks looks) {
  using mail::LabelVisibility;
  mail::LabelWish wish;
  if (!looks.color.empty()) wish.background_color = std::move(looks.color);
  if (!looks.text_color.empty()) wish.text_color = std::move(looks.text_color);
  const auto is = [](const std::string& text, std::string_view word) {
    return equals_ignoring_case(text, word);
  };
  if (is(looks.in_label_list, "show")) wish.in_label_list = LabelVisibility::show;
  if (is(looks.in_label_list, "show_if_unread")) {
    wish.in_label_list = LabelVisibility::show_if_unread;
  }
  if (is(looks.in_label_list, "hide")) wish.in_label_list = LabelVisibility::hide;
  if (!looks.in_message_list.empty()) wish.in_message_list = is(looks.in_message_list, "show");
  return wish;
}

ChangedLabel view(model::Label label) {
  ChangedLabel view;
  view.id = label.id.str();
  view.name = std::move(label.name);
  view.color = std::move(label.background_color);
  view.text_color = std::move(label.text_color);
  return view;
}

}  // namespace gmail_mcp::tools
