#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mime {

/// What Outlook packed into a winmail.dat (MS-OXTNEF).
struct Tnef {
  struct File {
    std::string name;  // UTF-8; "" if it has none
    std::string content;
  };

  std::string text;                 // UTF-8; "" if there is none
  std::optional<std::string> html;  // the same as HTML
  std::vector<File> files;
};

/// Reads the text (plain, HTML, or RTF, in that order) and the files. Empty for bytes that are not
/// TNEF; damaged data is read up to the damage. At most 1,000 files and four megabytes of text.
/// Never fails; linear in time and memory; thread-safe.
Tnef read_tnef(std::string_view bytes);

}  // namespace gmail_mcp::mime
