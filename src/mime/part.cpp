#include "mime/part.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "mime/elsewhere.h"

namespace gmail_mcp::mime {

namespace {

// A letter does not have more texts than that.
constexpr std::size_t most_texts = 50;

// Parts under an embedded message belong to that message.
bool has_own_parts(const Part& part) { return part.mime_type.starts_with("multipart/"); }

bool is_alternative(const Part& part) { return part.mime_type == "multipart/alternative"; }

// A piece of the letter in one or two forms.
struct LetterPiece {
  std::vector<const Part*> plain;
  std::vector<const Part*> html;  // also the texts that stand among it
};
using LetterPieces = std::vector<LetterPiece>;

bool is_html(const Part* part) { return part->mime_type == "text/html"; }

bool has_html(const LetterPiece& piece) { return !piece.html.empty(); }

void append(std::vector<const Part*>& list, const std::vector<const Part*>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

// Joins the pieces; `plain` only if it contains everything.
LetterPiece together(const LetterPieces& pieces) {
  LetterPiece whole;
  const bool any_html = std::ranges::any_of(pieces, has_html);
  for (const auto& piece : pieces) {
    append(whole.plain, piece.plain);
    if (any_html) append(whole.html, has_html(piece) ? piece.html : piece.plain);
  }
  const bool all_plain =
      std::ranges::all_of(pieces, [](const LetterPiece& piece) { return !piece.plain.empty(); });
  if (!all_plain) whole.plain.clear();
  return whole;
}

LetterPieces pieces_of(const Part& part);

// RFC 2046 §5.1.4: the last alternative is the best; plain text can be read by everyone.
LetterPiece best_of(const Part& alternatives) {
  LetterPiece best;
  for (const auto& child : alternatives.parts) {
    if (!has_own_parts(child)) {
      if (!child.is_text) continue;
      if (is_html(&child)) {
        best.html = {&child};
      } else if (best.plain.empty()) {
        best.plain = {&child};
      }
      continue;
    }
    auto form = together(pieces_of(child));
    if (best.plain.empty()) best.plain = std::move(form.plain);
    if (has_html(form)) best.html = std::move(form.html);
  }
  return best;
}

LetterPieces pieces_of(const Part& part) {
  LetterPieces pieces;
  if (is_alternative(part)) {
    auto best = best_of(part);
    if (!best.plain.empty() || has_html(best)) pieces.push_back(std::move(best));
  } else if (has_own_parts(part)) {
    for (const auto& child : part.parts) {
      auto more = pieces_of(child);
      std::ranges::move(more, std::back_inserter(pieces));
    }
  } else if (part.is_text) {
    auto& piece = pieces.emplace_back();
    (is_html(&part) ? piece.html : piece.plain).push_back(&part);
  }
  return pieces;
}

// Appends `next` on a line of its own.
void append_text(std::string& text, std::string_view next) {
  if (next.empty()) return;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += next;
}

void append_as_html(std::string& html, std::string_view text) {
  if (text.empty()) return;
  html += "<pre>";
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      default: html += c;
    }
  }
  html += "</pre>";
}

std::string plain_of(const TextParts& parts) {
  std::string text;
  for (const auto* part : parts.plain) append_text(text, part->content);
  return text;
}

std::optional<std::string> html_of(const TextParts& parts) {
  if (parts.html.empty()) return std::nullopt;
  std::string html;
  for (const auto* part : parts.html) {
    if (is_html(part)) {
      html += part->content;
    } else {
      append_as_html(html, part->content);
    }
  }
  return html;
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

// Signatures, and the version part before PGP's encrypted part (RFC 3156 §4).
bool is_of_machine(std::string_view mime_type) {
  return mime_type == "application/pgp-encrypted" || mime_type == "application/pkcs7-signature" ||
         mime_type == "application/x-pkcs7-signature" || mime_type == "application/pgp-signature";
}

class AttachmentLister {
 public:
  void visit(const Part& part, bool among_alternatives = false) {
    if (has_own_parts(part)) {
      for (const auto& child : part.parts) visit(child, is_alternative(part));
      return;
    }
    if (part.is_text && part.filename.empty()) return;
    // Another form of the text that need not be shown: AMP, a text for watches.
    const bool is_form = among_alternatives && part.filename.empty();
    if (is_form && part.mime_type.starts_with("text/") && part.mime_type != "text/calendar") return;
    const bool is_shown_in_text = part.is_text || part.disposition == "inline" ||
                                  (part.disposition.empty() && !part.content_id.empty());
    const bool is_unpacked = !part.parts.empty() && is_package(part.mime_type, part.filename);
    list_.push_back({.part_id = part.id,
                     .filename = part.filename.empty() ? next_name(part.mime_type) : part.filename,
                     .mime_type = part.mime_type,
                     .size = file_content(part).size(),
                     .is_inline = is_shown_in_text,
                     .content_id = part.content_id,
                     .is_file = !is_form && !is_shown_in_text && !is_of_machine(part.mime_type) &&
                                !is_unpacked});
    if (!is_unpacked) return;
    for (const auto& file : part.parts) visit(file);
  }

  std::vector<AttachmentInfo> list() && { return std::move(list_); }

 private:
  std::string next_name(std::string_view mime_type) {
    std::string name = "attachment";
    if (++unnamed_ > 1) name += "-" + std::to_string(unnamed_);
    return name.append(extension_of(mime_type));
  }

  std::size_t unnamed_ = 0;
  std::vector<AttachmentInfo> list_;
};

}  // namespace

std::string_view header(const Part& part, std::string_view name) {
  const auto found = std::ranges::find_if(part.headers, [name](const auto& field) {
    return field.first.size() == name.size() && equals_ignoring_case(field.first, name);
  });
  return found == part.headers.end() ? std::string_view{} : found->second;
}

bool TextRule::is_text(const Part& leaf, bool is_alternative) {
  const bool is_first = std::exchange(at_first_leaf_, false);
  const auto& type = leaf.mime_type;
  static constexpr auto readable =
      std::to_array<std::string_view>({"text/plain", "text/html", "text/markdown",
                                       "text/x-markdown", "text/enriched", "text/richtext"});
  const bool can_be_read = std::ranges::find(readable, type) != readable.end();
  if (!can_be_read || leaf.disposition == "attachment" || texts_ == most_texts) return false;
  const bool is_named_file =
      !leaf.filename.empty() && leaf.disposition != "inline" && !is_first && !is_alternative;
  if (is_named_file) return false;
  ++texts_;
  return true;
}

std::string_view file_content(const Part& part) {
  return part.as_attached.empty() ? part.content : part.as_attached;
}

TextParts text_parts(const Part& root) {
  auto pieces = pieces_of(root);
  auto whole = pieces.size() == 1 ? std::move(pieces.front()) : together(pieces);
  return {.plain = std::move(whole.plain), .html = std::move(whole.html)};
}

Bodies bodies(const Part& root) {
  const auto parts = text_parts(root);
  return {.plain = plain_of(parts), .html = html_of(parts)};
}

Bodies take_bodies(Part& root) {
  const auto parts = text_parts(root);
  // All of them are in `root`.
  const auto take = [](const Part* part) { return std::move(const_cast<Part*>(part)->content); };
  Bodies out;
  const bool is_one_html = parts.html.size() == 1 && is_html(parts.html.front());
  out.html = is_one_html ? take(parts.html.front()) : html_of(parts);
  // Of plain text among HTML both may be made.
  const bool is_one_plain =
      parts.plain.size() == 1 && std::ranges::count(parts.html, parts.plain.front()) == 0;
  out.plain = is_one_plain ? take(parts.plain.front()) : plain_of(parts);
  return out;
}

std::vector<AttachmentInfo> attachments(const Part& root) {
  AttachmentLister lister;
  lister.visit(root);
  return std::move(lister).list();
}

}  // namespace gmail_mcp::mime
