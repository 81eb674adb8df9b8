#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmail_mcp::mime {

/// One node of a message (RFC 2045, RFC 2046): a multipart with `parts`, or a leaf with `content`.
/// An embedded message (message/rfc822) is a leaf: its content is the message, as received.
struct Part {
  std::string id;              // Gmail's part id: "" for the root, then "0", "1", "1.0" …
  std::string mime_type;       // lower case type/subtype
  std::string filename;        // decoded (RFC 2231, RFC 2047), "" if none
  std::string charset;         // as declared, lower case, "" if none
  std::string disposition;     // lower case: "attachment", "inline", "" if none
  std::string content_id;      // without brackets
  bool is_flowed = false;      // format=flowed of a text/plain (RFC 3676)
  bool deletes_space = false;  // DelSp=yes

  bool is_text = false;  // to be read, and no file: see TextRule

  /// Bytes with the transfer encoding undone; empty for a multipart. Text that is meant to be read
  /// is UTF-8. An attached file is byte for byte as it was attached, text or not.
  std::string content;
  /// For a text that is meant to be read and has a name: its bytes as attached; otherwise empty.
  std::string as_attached;

  /// The headers of this part as sent: unfolded, otherwise raw (see decode_words and
  /// parse_addresses).
  std::vector<std::pair<std::string, std::string>> headers;

  std::vector<Part> parts;
};

/// The first header of that name, in any case; "" if there is none. Borrows from `part`.
std::string_view header(const Part& part, std::string_view name);

/// Decides, leaf by leaf in their order, which are text to be read and which are files; for code
/// that makes a tree of Parts. Text is plain, HTML, markdown, enriched or richtext and not declared
/// an attachment (RFC 2183 §2.2). With a name it is a file (`Content-Type: …; name=`, a file name)
/// unless it is declared inline or is where the letter itself has to be: the first leaf, or one of
/// several alternatives. Of very many texts the first 50 count as the letter.
class TextRule {
 public:
  bool is_text(const Part& leaf, bool is_alternative);

 private:
  bool at_first_leaf_ = true;
  std::size_t texts_ = 0;
};

/// The content of this leaf when it is fetched as a file. Borrowed from `part`.
std::string_view file_content(const Part& part);

struct Bodies {
  std::string plain;                // empty when no plain text contains all of it
  std::optional<std::string> html;  // also all of it
};

/// The whole letter, as text and as HTML: the best alternative of each kind, and all other texts
/// one after the other (RFC 2046 §5.1.3 and §5.1.4), never from an embedded message. Plain text
/// among HTML is put into the HTML as <pre>. With HTML among the texts there is no `plain`, because
/// it would not be complete.
Bodies bodies(const Part& root);

/// The same. A text that is a body as it stands is moved out of `root`, whose part is then empty.
Bodies take_bodies(Part& root);

/// The parts that bodies() is made of; `html` is empty when no part is HTML. Borrowed from `root`.
struct TextParts {
  std::vector<const Part*> plain;
  std::vector<const Part*> html;
};
TextParts text_parts(const Part& root);

struct AttachmentInfo {
  std::string part_id;
  std::string filename;  // never empty
  std::string mime_type;
  std::size_t size;        // bytes of content
  bool is_inline;          // shown within the text, as images of an HTML body are
  std::string content_id;  // by which HTML names it ("cid:…"), without brackets; empty: it has none
  /// Someone attached it: it is not part of the letter's appearance, not a signature, and not
  /// another form of something already there.
  bool is_file;
};

/// Every leaf that is not text to be read, in order: files, inline images, embedded messages; also
/// a text to be read that has a name. Not other forms of the text, such as AMP. A leaf without a
/// name is called "attachment.pdf", "attachment-2.png" and so on by its position, so that the name
/// is the same each time.
std::vector<AttachmentInfo> attachments(const Part& root);

}  // namespace gmail_mcp::mime
