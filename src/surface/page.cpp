#include "surface/page.h"

#include "base/text.h"

namespace gmail_mcp::surface {

namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5a6375;--line:#dde2ea;--card:#fff;--ground:#f3f5f9;
--accent:#1a5fd0;--good:#17794a;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf2;--soft:#a4adbd;--line:#343b49;--card:#1c212b;
--ground:#12151b;--accent:#6ea2ff;--good:#5fcf98;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);
color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;min-width:0;max-width:460px;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--line);border-radius:14px;
padding:32px;border-top:4px solid var(--accent)}
main.good{border-top-color:var(--good)}main.bad{border-top-color:var(--bad)}
h1{font-size:22px;line-height:1.3;margin:0 0 12px}
h2{font-size:16px;margin:20px 0 8px}
p{margin:0 0 12px}
dl{margin:16px 0;border-top:1px solid var(--line)}
dl div{display:flex;justify-content:space-between;gap:16px;padding:10px 0;border-bottom:1px solid var(--line)}
.main{margin:16px 0;padding:14px 16px;background:var(--ground);border:1px solid var(--line);border-radius:10px}
.main span{display:block;color:var(--soft);font-size:14px}.main strong{display:block;font-size:22px;line-height:1.3}
dt{color:var(--soft);flex:none}dd{margin:0;text-align:right;overflow-wrap:anywhere;font-weight:600}
ul{margin:0 0 16px;padding-left:20px}li{margin:4px 0}
.kept{color:var(--soft);font-size:14px}
button{width:100%;padding:12px 16px;margin-top:8px;border:0;border-radius:10px;background:var(--accent);
color:var(--card);font:inherit;font-weight:600;cursor:pointer}
button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
ol{margin:0 0 16px;padding-left:22px}a{color:var(--accent)}
label{display:block;font-weight:600;margin:12px 0 4px}
.note{display:block;color:var(--soft);font-size:14px;margin-top:4px}
input{width:100%;padding:10px 12px;border:1px solid var(--line);border-radius:10px;background:var(--ground);
color:var(--ink);font:inherit}
input:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
form button{margin-top:16px}
button.plain{background:none;color:var(--accent);border:1px solid var(--line)}
main.wide{max-width:680px}
.wide dl div{display:block}.wide dt{font-size:14px}.wide dd{text-align:left}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 16px;padding:14px;
background:var(--ground);border:1px solid var(--line);border-radius:10px;font:inherit;font-size:15px;unicode-bidi:plaintext}
ul.alert{list-style:none}
.alert{border-left:4px solid var(--bad);background:var(--ground);border-radius:6px;padding:10px 14px}
p.alert{outline:none}
.other{text-align:center;margin:16px 0 0}
@media(max-width:420px){body{padding:12px}main{padding:24px 20px}}
small{display:block;margin-top:16px;color:var(--soft);font-size:14px}
)";

std::string_view class_of(const Page& page) {
  switch (page.mood) {
    case Page::Mood::neutral: return page.is_wide ? " class=\"wide\"" : "";
    case Page::Mood::good: return " class=\"good\"";
    case Page::Mood::bad: return " class=\"bad\"";
  }
  return "";
}

// `beside`: the page stays open, because something is still to be done on it.
void append_link(std::string& html, const Link& link, bool beside) {
  html += "<a href=\"" + escape_html(link.url) + "\"" +
          (beside ? " target=\"_blank\" rel=\"noopener noreferrer\"" : "") + ">" +
          escape_html(link.label) + "</a>";
}

void append_list(std::string& html, std::string_view opening,
                 const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  html += opening;
  for (const auto& one : lines) html += "<li>" + escape_html(one) + "</li>";
  html += "</ul>";
}

void append_steps(std::string& html, const std::vector<Instruction>& steps) {
  if (steps.empty()) return;
  html += "<ol>";
  for (const auto& step : steps) {
    html += "<li>" + escape_html(step.text);
    if (!step.link.url.empty()) {
      html += " ";
      constexpr bool beside = true;
      append_link(html, step.link, beside);
    }
    html += "</li>";
  }
  html += "</ol>";
}

std::string_view type_of(Input::Kind kind) {
  switch (kind) {
    case Input::Kind::text: return "text";
    case Input::Kind::email: return "email";
    case Input::Kind::password: return "password";
  }
  return "text";
}

void append_input(std::string& html, const Input& input) {
  const auto name = escape_html(input.name);
  html += "<label for=\"" + name + "\">" + escape_html(input.label) + "</label><input id=\"" +
          name + "\" name=\"" + name + "\" type=\"" + std::string{type_of(input.kind)} +
          "\" autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"320\"";
  if (!input.value.empty()) html += " value=\"" + escape_html(input.value) + "\"";
  if (input.is_required) html += " required";
  html += ">";
  if (!input.note.empty()) html += "<span class=\"note\">" + escape_html(input.note) + "</span>";
}

void append_form(std::string& html, const Page& page) {
  if (page.button.empty() && page.buttons.empty()) return;
  html += "<form method=\"post\" autocomplete=\"off\" action=\"" + escape_html(page.action) + "\">";
  for (const auto& [name, value] : page.hidden) {
    html += "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" +
            escape_html(value) + "\">";
  }
  for (const auto& input : page.inputs) append_input(html, input);
  if (!page.button.empty()) {
    html += "<button type=\"submit\">" + escape_html(page.button) + "</button>";
  }
  for (const auto& one : page.buttons) {
    html += "<button type=\"submit\" name=\"choice\" value=\"" + escape_html(one.value) + "\"" +
            (one.is_main ? ">" : " class=\"plain\">") + escape_html(one.label) + "</button>";
  }
  html += "</form>";
}

}  // namespace

http::Response render(const Page& page, const std::vector<std::string>& form_targets) {
  const auto title = escape_html(page.title);
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" href=\"data:,\"><title>" +
      title + "</title><style>" + std::string{style} + "</style></head><body><main" +
      std::string{class_of(page)} + "><h1>" + title + "</h1>";
  for (const auto& one : page.paragraphs) html += "<p>" + escape_html(one) + "</p>";
  if (!page.main_fact.second.empty()) {
    html += "<p class=\"main\"><span>" + escape_html(page.main_fact.first) + "</span><strong>" +
            escape_html(page.main_fact.second) + "</strong></p>";
  }
  if (!page.facts.empty()) {
    html += "<dl>";
    for (const auto& [label, value] : page.facts) {
      html += "<div><dt>" + escape_html(label) + "</dt><dd>" + escape_html(value) + "</dd></div>";
    }
    html += "</dl>";
  }
  append_list(html, "<ul class=\"alert\">", page.warnings);
  if (!page.list_title.empty()) html += "<h2>" + escape_html(page.list_title) + "</h2>";
  append_list(html, "<ul>", page.list);
  for (const auto& [heading, text] : page.letters) {
    html += "<h2>" + escape_html(heading) + "</h2><pre>" + escape_html(text) + "</pre>";
  }
  append_steps(html, page.steps);
  if (!page.kept.empty()) html += "<h2>What happens to your mail</h2>";
  append_list(html, "<ul class=\"kept\">", page.kept);
  for (const auto& one : page.advice) html += "<p>" + escape_html(one) + "</p>";
  if (!page.alert.empty()) {
    // On a telephone it is below the fold: focused, it is in sight and read out.
    html += "<p class=\"alert\" role=\"alert\" tabindex=\"-1\" autofocus>" +
            escape_html(page.alert) + "</p>";
  }
  append_form(html, page);
  if (!page.other_way.url.empty()) {
    html += "<p class=\"other\">";
    constexpr bool beside = false;  // a program may wait for its answer in this very tab
    append_link(html, page.other_way, beside);
    html += "</p>";
  }
  if (!page.footnote.empty()) html += "<small>" + escape_html(page.footnote) + "</small>";
  html += "</main></body></html>";

  http::Response response;
  response.status = page.status;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "DENY");
  std::string targets = "'self'";
  for (const auto& one : form_targets) targets += " " + one;
  response.headers.add(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "
      "base-uri 'none'; form-action " +
          targets);
  response.body = std::move(html);
  return response;
}

bool reads_pages(const http::RequestHead& head) {
  const auto accept = to_lower_ascii(head.headers.get("Accept"));
  return accept.find("text/html") != std::string::npos &&
         accept.find("text/event-stream") == std::string::npos;
}

http::Response error_page(const Error& error, int status) {
  Page page;
  page.status = status;
  page.mood = Page::Mood::bad;
  page.title = "This did not work";
  page.paragraphs = {error.message};
  if (error.code == Errc::not_found) {
    // The hint is about addresses for programs.
    page.paragraphs.emplace_back("Perhaps the link was not copied whole.");
  } else if (error.retryable()) {
    page.title = "This does not work at the moment";
    page.paragraphs.emplace_back("Please try again in a moment.");
  } else if (!error.hint.empty()) {
    page.paragraphs.push_back(error.hint);
  }
  return render(page);
}

}  // namespace gmail_mcp::surface
