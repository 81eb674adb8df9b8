#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace gmail_mcp::surface {

/// What a page says. Every string is plain text and is escaped when written.
struct Page {
  enum class Mood { neutral, good, bad };

  int status = 200;
  Mood mood = Mood::neutral;
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<std::pair<std::string, std::string>> facts;  // label, value
  std::vector<std::string> list;                           // e.g. what is asked for
  std::vector<std::string> advice;                         // paragraphs right before the button
  // One button: a form that POSTs `hidden` to `action`.
  std::string button;
  std::string action;
  std::vector<std::pair<std::string, std::string>> hidden;
  std::string footnote;
};

/// A complete HTML document with the headers that keep it harmless: no scripts, no framing, no
/// referrer, no cache. `form_targets`: origins a form's redirects may lead to.
http::Response render(const Page& page, const std::vector<std::string>& form_targets = {});

}  // namespace gmail_mcp::surface
