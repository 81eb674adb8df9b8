#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "http/server.h"

namespace gmail_mcp::surface {

/// A link on a page.
struct Link {
  std::string label;
  std::string url;
};

/// One thing to do, perhaps at another site.
struct Instruction {
  std::string text;
  Link link = {};
};

/// One field of a form. Nothing of it is kept by the browser.
struct Input {
  enum class Kind { text, email, password };

  std::string name;
  std::string label;
  Kind kind = Kind::text;
  std::string value = {};  // proposed, or typed before; never a password
  std::string note = {};
  bool is_required = true;
};

/// One of several buttons of a form, which sends `choice` = `value`.
struct Button {
  std::string value;
  std::string label;
  bool is_main = false;
};

/// The contents of a page. Every string is plain text and is escaped when written.
struct Page {
  enum class Mood { neutral, good, bad };

  int status = 200;
  Mood mood = Mood::neutral;
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<std::pair<std::string, std::string>> facts;  // label, value
  std::pair<std::string, std::string> main_fact;           // the one to look at before deciding
  std::string list_title;                                  // above the list; may be empty
  std::vector<std::string> list;                           // for example the requested scopes
  std::vector<std::string> warnings;
  /// Texts by others, shown as they are: heading and text.
  std::vector<std::pair<std::string, std::string>> letters;
  std::vector<std::string> kept;    // what happens to the person's mail
  std::vector<std::string> advice;  // paragraphs right before the button
  std::string alert;                // what was wrong with the input, right before the form
  std::vector<Instruction> steps;   // in order
  // One button: a form that POSTs `hidden` and `inputs` to `action`.
  std::vector<Input> inputs;
  std::string button;
  std::vector<Button> buttons;  // or several
  std::string action;
  std::vector<std::pair<std::string, std::string>> hidden;
  Link other_way;  // below the button
  std::string footnote;
  bool is_wide = false;  // for more than a few sentences
};

/// A complete HTML document with the headers that keep it harmless: no scripts, no framing, no
/// referrer, no cache. `form_targets`: origins a form's redirects may lead to.
http::Response render(const Page& page, const std::vector<std::string>& form_targets = {});

/// Whether it is a browser that asks, and shows a page to a person. No MCP client asks for HTML.
bool reads_pages(const http::RequestHead& head);

/// A failure as a page, for somebody who can do nothing with an error object.
http::Response error_page(const Error& error, int status);

}  // namespace gmail_mcp::surface
