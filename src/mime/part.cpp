#include "mime/part.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

struct FoundBodies {
  const Part* plain = nullptr;
  const Part* html = nullptr;
};

// Parts under an embedded message belong to that message.
bool has_own_parts(const Part& part) { return part.mime_type.starts_with("multipart/"); }

void find_bodies(const Part& part, FoundBodies& found) {
  if (has_own_parts(part)) {
    for (const auto& child : part.parts) find_bodies(child, found);
    return;
  }
  if (!is_readable_text(part)) return;
  const Part*& slot = part.mime_type == "text/html" ? found.html : found.plain;
  if (slot == nullptr) slot = &part;
}

FoundBodies find_bodies(const Part& root) {
  FoundBodies found;
  find_bodies(root, found);
  return found;
}

struct Extension {
  std::string_view mime_type;
  std::string_view extension;
};

constexpr auto extensions = std::to_array<Extension>({
    {"application/json", ".json"},
    {"application/msword", ".doc"},
    {"application/ms-tnef", ".dat"},
    {"application/pdf", ".pdf"},
    {"application/pgp-signature", ".asc"},
    {"application/pkcs7-mime", ".p7m"},
    {"application/pkcs7-signature", ".p7s"},
    {"application/x-pkcs7-signature", ".p7s"},
    {"application/zip", ".zip"},
    {"audio/mpeg", ".mp3"},
    {"image/gif", ".gif"},
    {"image/jpeg", ".jpg"},
    {"image/png", ".png"},
    {"image/svg+xml", ".svg"},
    {"image/webp", ".webp"},
    {"message/rfc822", ".eml"},
    {"text/calendar", ".ics"},
    {"text/csv", ".csv"},
    {"text/html", ".html"},
    {"text/plain", ".txt"},
    {"video/mp4", ".mp4"},
});

std::string_view extension_of(std::string_view mime_type) {
  const auto* found = std::ranges::find(extensions, mime_type, &Extension::mime_type);
  return found == extensions.end() ? std::string_view{} : found->extension;
}

class AttachmentLister {
 public:
  explicit AttachmentLister(const FoundBodies& found) : found_{found} {}

  void visit(const Part& part) {
    if (has_own_parts(part)) {
      for (const auto& child : part.parts) visit(child);
      return;
    }
    if (&part == found_.plain || &part == found_.html) return;
    const bool is_shown_in_text =
        part.disposition == "inline" || (part.disposition.empty() && !part.content_id.empty());
    list_.push_back({.part_id = part.id,
                     .filename = part.filename.empty() ? next_name(part.mime_type) : part.filename,
                     .mime_type = part.mime_type,
                     .size = part.content.size(),
                     .is_inline = is_shown_in_text});
  }

  std::vector<AttachmentInfo> list() && { return std::move(list_); }

 private:
  std::string next_name(std::string_view mime_type) {
    std::string name = "attachment";
    if (++unnamed_ > 1) name += "-" + std::to_string(unnamed_);
    return name.append(extension_of(mime_type));
  }

  FoundBodies found_;
  std::size_t unnamed_ = 0;
  std::vector<AttachmentInfo> list_;
};

}  // namespace

std::string_view header(const Part& part, std::string_view name) {
  const auto found = std::ranges::find_if(
      part.headers, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
  return found == part.headers.end() ? std::string_view{} : found->second;
}

bool is_readable_text(const Part& part) {
  const bool is_text = part.mime_type == "text/plain" || part.mime_type == "text/html";
  return is_text && part.filename.empty() && part.disposition != "attachment";
}

Bodies bodies(const Part& root) {
  const auto found = find_bodies(root);
  Bodies out;
  if (found.plain != nullptr) out.plain = found.plain->content;
  if (found.html != nullptr) out.html = found.html->content;
  return out;
}

std::vector<AttachmentInfo> attachments(const Part& root) {
  AttachmentLister lister{find_bodies(root)};
  lister.visit(root);
  return std::move(lister).list();
}

}  // namespace gmail_mcp::mime
