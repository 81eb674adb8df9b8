#include "sandbox/fields.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

// Every name in the answers this sandbox gives. Google refuses a field that the answer's type does
// not have; this is a little more lenient.
constexpr std::string_view known_names =
    "* addLabelIds attachmentId backgroundColor body color data drafts emailAddress "
    "expiration filename headers history historyId id internalDate labelIds "
    "labelListVisibility labels labelsAdded labelsRemoved message messageListVisibility "
    "messages messagesAdded messagesDeleted messagesTotal messagesUnread mimeType name "
    "nextPageToken partId parts payload raw resultSizeEstimate size sizeEstimate snippet "
    "textColor threadId threads threadsTotal threadsUnread type value "
    "classificationLabelValues draft labelId verificationStatus displayName isDefault "
    "isPrimary replyToAddress sendAs sendAsEmail signature treatAsAlias";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '*';
}

}  // namespace

// list := path ("," path)*     path := name ("/" path | "(" list ")")?
class FieldMaskParser {
 public:
  explicit FieldMaskParser(std::string_view text) : text_{text} {}

  Result<FieldMask> parse() {
    FieldMask mask;
    if (!list(mask.nodes_, 0) || at_ != text_.size()) {
      return Error{Errc::invalid_argument, "Invalid field selection " + std::string{bad()}};
    }
    return mask;
  }

 private:
  using Node = FieldMask::Node;

  std::string_view bad() const { return wrong_name_.empty() ? text_ : wrong_name_; }

  bool list(std::vector<Node>& nodes, int depth) {
    do {
      Node node;
      if (!path(node, depth)) return false;
      nodes.push_back(std::move(node));
    } while (take(','));
    return true;
  }

  bool path(Node& node, int depth) {
    const auto begin = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    const auto name = text_.substr(begin, at_ - begin);
    if (name.empty() || depth > 20) return false;
    if (!contains(split(known_names, ' '), name)) {
      wrong_name_ = name;
      return false;
    }
    node.name = name;
    if (take('(')) return list(node.children, depth + 1) && take(')');
    if (!take('/')) return true;
    Node child;
    if (!path(child, depth + 1)) return false;
    node.children.push_back(std::move(child));
    return true;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view wrong_name_;
};

Result<FieldMask> FieldMask::parse(std::string_view text) { return FieldMaskParser{text}.parse(); }

json::value FieldMask::apply(const json::value& value) const { return cut(value, nodes_); }

json::value FieldMask::cut(const json::value& value, const std::vector<Node>& nodes) {
  if (nodes.empty()) return value;
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const auto& item : *array) out.push_back(cut(item, nodes));
    return out;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  json::object out;
  for (const auto& [key, member] : *object) {
    for (const auto& node : nodes) {
      if (node.name != "*" && node.name != std::string_view{key}) continue;
      auto kept = cut(member, node.children);
      // a/b,a/c asks for both halves of a.
      auto* before = out.if_contains(key);
      if (before != nullptr && before->is_object() && kept.is_object()) {
        for (const auto& [name, half] : kept.get_object()) before->get_object()[name] = half;
      } else {
        out[key] = std::move(kept);
      }
    }
  }
  return out;
}

}  // namespace gmail_mcp::sandbox
