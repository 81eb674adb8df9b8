#pragma once

#include <string>

#include "mail/mailbox.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

/// The wanted properties of a label, as arguments; empty ones were not given.
struct LabelLooks {
  std::string color, text_color, in_label_list, in_message_list;
};

/// The fields of LabelLooks as those of `Args`, which derives from it.
template <class Args>
schema::Fields<Args> label_looks_fields() {
  using schema::field;
  return schema::Fields<Args>{schema::Fields<LabelLooks>{
      field("color", &LabelLooks::color, "#rrggbb; the nearest of Gmail's").at_most(7),
      field("text_color", &LabelLooks::text_color).at_most(7),
      field("in_label_list", &LabelLooks::in_label_list).one_of({"show", "show_if_unread", "hide"}),
      field("in_message_list", &LabelLooks::in_message_list).one_of({"show", "hide"}),
  }};
}

mail::LabelWish label_wish(LabelLooks looks);

/// A label after a change.
struct ChangedLabel {
  std::string id, name, color, text_color;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &ChangedLabel::id), field("name", &ChangedLabel::name),
                          field("color", &ChangedLabel::color).omit_empty(),
                          field("text_color", &ChangedLabel::text_color).omit_empty()};
  }
};

ChangedLabel view(model::Label label);

}  // namespace gmail_mcp::tools
