// Plays the conversations of tests/transcripts/mcp; their language is explained in its README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "base/text.h"
#include "mcp/transcript_server_test.h"

namespace gmail_mcp::mcp::test {
namespace {

struct Step {
  int line = 0;
  std::string label;
  char kind = '!';  // > sent, < expected, ! command
  std::vector<std::string> lines;
};

[[noreturn]] void complain(const std::string& what) { throw std::runtime_error{what}; }

std::vector<Step> steps_of(const std::string& text) {
  std::vector<Step> steps;
  int number = 0;
  bool joined = false;  // the line before belongs to the same kind of block
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (trim(line).empty() || line.front() == '#') {
      joined = false;
      continue;
    }
    const auto mark = line.find_first_of("<> ");
    const bool sign = mark != std::string::npos && line[mark] != ' ';
    if (!sign) {
      steps.push_back({number, {}, '!', {line}});
      joined = false;
      continue;
    }
    const auto label = line.substr(0, mark);
    auto rest = line.substr(mark + 1);
    if (rest.starts_with(' ')) rest.erase(0, 1);
    if (!joined || steps.back().kind != line[mark] || steps.back().label != label) {
      steps.push_back({number, label, line[mark], {}});
    }
    // Indented: continues the line before.
    if (rest.starts_with(' ')) {
      steps.back().lines.back() += trim(rest);
    } else {
      steps.back().lines.push_back(rest);
    }
    joined = true;
  }
  return steps;
}

class Player {
 public:
  void play(const Step& step) {
    if (step.kind == '!') return command(step.lines.front());
    if (!server_.started()) server_.start(stdio_);
    if (stdio_) {
      if (step.kind == '>') {
        for (const auto& line : step.lines) server_.write(expand(line));
      } else {
        for (const auto& line : step.lines) expect_line(line);
      }
    } else if (step.kind == '>') {
      send(step);
    } else {
      expect(step);
    }
  }

  void finish() {
    if (stdio_ && !server_.output.empty()) complain("left over: " + server_.output);
    for (const auto& [label, exchange] : server_.exchanges) {
      if (exchange->headers.get("Content-Type") != "text/event-stream") continue;
      if (!exchange->received.empty()) complain(label + " left over: " + exchange->received);
    }
  }

 private:
  void command(const std::string& line) {
    std::istringstream words{line};
    std::string verb;
    std::string first;
    words >> verb >> first;
    std::string rest;
    std::getline(words >> std::ws, rest);
    const auto number = [&] { return static_cast<std::size_t>(std::stoul(rest)); };
    if (verb == "stdio") {
      stdio_ = true;
    } else if (verb == "let") {
      words_[first] = expand(rest);
    } else if (verb == "limit") {
      if (first == "body_bytes") return void(server_.limits.body_bytes = number());
      if (first == "sessions") return void(server_.limits.sessions = number());
      if (first == "listens") return void(server_.limits.listens = number());
      if (first == "sse_streams") return void(server_.limits.sse_streams = number());
      if (first == "sse_requests") return void(server_.limits.sse_requests = number());
      if (first == "sse_queued_bytes") return void(server_.limits.sse_queued_bytes = number());
      if (first == "max_runtime") {
        return void(server_.limits.max_runtime = std::chrono::seconds{number()});
      }
      if (first == "answer_wait") {
        return void(server_.limits.answer_wait = std::chrono::seconds{number()});
      }
      if (first == "answer_bytes") return void(server_.limits.answer_bytes = number());
      if (first == "waiting_calls_of_one") {
        return void(server_.limits.waiting_calls_of_one = number());
      }
      complain("no limit " + first);
    } else if (verb == "without") {
      if (first == "prompts") server_.families.prompts = false;
      if (first == "completions") server_.families.completions = false;
    } else if (verb == "unchanging") {
      if (first == "tools") server_.changing.tools = false;
      if (first == "resources") server_.changing.resources = false;
    } else if (verb == "updated") {
      server_.bus().publish_resource_updated(first);
    } else if (verb == "changed") {
      server_.bus().publish_list_changed(first == "tools"     ? ListKind::tools
                                         : first == "prompts" ? ListKind::prompts
                                                              : ListKind::resources);
    } else if (verb == "hide") {
      server_.offer.hidden = first;
    } else if (verb == "new-tool") {
      server_.offer.more_tools = first;
    } else if (verb == "release") {
      server_.offer.release();
    } else if (verb == "advance") {
      server_.clock.advance(std::chrono::seconds{std::stoi(first)});
    } else if (verb == "hang-up") {
      server_.exchanges.at(first == "-" ? "" : first)->hang_up();
    } else if (verb == "stop") {
      server_.stop();
    } else if (verb == "close") {
      server_.close_input();
    } else if (verb == "returned") {
      if (!server_.returned) complain("the server still runs");
    } else if (verb == "cancelled") {
      if (server_.offer.cancelled != std::stoi(first)) {
        complain(std::to_string(server_.offer.cancelled) + " handlers saw a cancellation");
      }
    } else if (verb == "sessions") {
      if (server_.sessions() != static_cast<std::size_t>(std::stoul(first))) {
        complain(std::to_string(server_.sessions()) + " sessions are open");
      }
    } else {
      complain("no command " + verb);
    }
    if (server_.started()) server_.settle();
  }

  // Request line, header lines, then the body if a line starts like JSON or like a placeholder.
  void send(const Step& step) {
    http::RequestHead head;
    head.local_is_loopback = true;
    head.headers = {{"Host", "localhost:8000"},
                    {"Content-Type", "application/json"},
                    {"Accept", "application/json, text/event-stream"}};
    std::istringstream request{step.lines.front()};
    request >> head.method >> head.path;
    head.path = expand(head.path);
    if (const auto mark = head.path.find('?'); mark != std::string::npos) {
      head.query = head.path.substr(mark + 1);
      head.path.resize(mark);
    }
    std::string body;
    for (std::size_t i = 1; i < step.lines.size(); ++i) {
      const auto line = expand(step.lines[i]);
      const auto colon = line.find(": ");
      const bool header =
          body.empty() && colon != std::string::npos && line.front() != '{' && line.front() != '[';
      if (!header) {
        body += line;
      } else if (const auto name = line.substr(0, colon); line.substr(colon + 2) == "-") {
        head.headers.remove(name);
      } else if (replaced_.contains(to_lower_ascii(name))) {
        head.headers.set(name, line.substr(colon + 2));
      } else {
        head.headers.add(name, line.substr(colon + 2));
      }
    }
    server_.request(step.label, std::move(head), std::move(body));
  }

  void expect(const Step& step) {
    auto& exchange = *server_.exchanges.at(step.label);
    for (const auto& raw : step.lines) {
      const auto line = expand(raw);
      if (line == "nothing") {
        if (exchange.status != 0) complain("answered " + std::to_string(exchange.status));
      } else if (line == "empty") {
        if (!exchange.received.empty()) complain("received " + exchange.received);
      } else if (line == "open") {
        if (!exchange.received.empty()) complain("received " + exchange.received);
        if (!exchange.is_open()) complain("the stream has ended");
      } else if (line == "end") {
        if (!exchange.received.empty()) complain("received " + exchange.received);
        if (!exchange.ended) complain("the stream is still open");
      } else if (line.starts_with("event ")) {
        match_json(line.substr(6), take_event(exchange, "message"));
      } else if (line.starts_with("opening")) {
        if (!take_event(exchange, {}).empty()) complain("the first event says something");
      } else if (line.starts_with("endpoint ")) {
        const auto before = line.find('$');
        const auto endpoint = take_event(exchange, "endpoint");
        if (!endpoint.starts_with(line.substr(9, before - 9))) complain("is at " + endpoint);
        match_text(line.substr(before), endpoint.substr(before - 9));
      } else if (line.front() == '{' || line.front() == '[') {
        match_json(line, exchange.received);
      } else if (line.starts_with("no ")) {
        if (exchange.headers.find(line.substr(3))) complain("has the header " + line.substr(3));
      } else if (const auto colon = line.find(": "); colon != std::string::npos) {
        const auto name = line.substr(0, colon);
        const auto* value = exchange.headers.find(name);
        if (!value) complain("has no header " + name);
        match_text(line.substr(colon + 2), *value);
      } else if (std::to_string(exchange.status) != line) {
        complain("the status is " + std::to_string(exchange.status) + " " + exchange.received);
      }
    }
  }

  std::string take_event(MemoryExchange& exchange, const std::string& name) {
    auto& text = exchange.received;
    const auto end = text.find("\n\n");
    if (end == std::string::npos) complain("no event in: " + text);
    auto event = text.substr(0, end);
    const auto whole = event;
    const auto drop_field = [&](std::string_view field) {
      if (!event.starts_with(field)) return std::string{};
      const auto line_end = std::min(event.find('\n'), event.size());
      auto value = event.substr(field.size(), line_end - field.size());
      event.erase(0, line_end + 1);
      return value;
    };
    drop_field("retry: ");
    const auto named = drop_field("event: ");
    const auto id = drop_field("id: ");
    if (!id.empty()) words_["last"] = id;
    const bool opens = named.empty() && event == "data: ";
    if (named != name && !opens) complain("no event in: " + whole);
    if (!event.starts_with("data: ")) complain("no data in: " + whole);
    text.erase(0, end + 2);
    // Where the first event of a stream says nothing, it need not be written down.
    if (opens && !name.empty()) return take_event(exchange, name);
    return event.substr(6);
  }

  void expect_line(const std::string& raw) {
    auto& output = server_.output;
    if (raw == "nothing") {
      if (!output.empty()) complain("received " + output);
      return;
    }
    const auto end = output.find('\n');
    if (end == std::string::npos) complain("no line came");
    const auto line = output.substr(0, end);
    output.erase(0, end + 1);
    match_json(expand(raw), line);
  }

  // $name, <<100 x>> and <<hex ff>>.
  std::string expand(std::string_view line) const {
    std::string out;
    while (!line.empty()) {
      const auto close = line.find(">>");
      if (line.starts_with("<<") && close != std::string_view::npos) {
        const auto inside = line.substr(2, close - 2);
        const auto space = inside.find(' ');
        const auto what = inside.substr(space + 1);
        if (inside.starts_with("hex ")) {
          out += from_hex(what).value();
        } else {
          const auto times = std::stoul(std::string{inside.substr(0, space)});
          for (std::size_t i = 0; i < times; ++i) out += what;
        }
        line.remove_prefix(close + 2);
        continue;
      }
      bool replaced = false;
      if (line.front() == '$') {
        for (auto word = words_.rbegin(); word != words_.rend() && !replaced; ++word) {
          if (!line.substr(1).starts_with(word->first)) continue;
          out += word->second;
          line.remove_prefix(1 + word->first.size());
          replaced = true;
        }
      }
      if (replaced) continue;
      out += line.front();
      line.remove_prefix(1);
    }
    return out;
  }

  // "*" matches anything; an unknown "$name" matches anything and remembers it.
  void match_text(const std::string& expected, const std::string& actual) {
    if (expected == "*" || expected == actual) return;
    if (!expected.starts_with('$')) complain("expected " + expected + " but got " + actual);
    words_[expected.substr(1)] = actual;
  }

  void match_json(const std::string& expected, const std::string& actual) {
    boost::system::error_code failed;
    const auto got = json::parse(actual, failed);
    if (failed) complain("no JSON: " + actual);
    const auto want = json::parse(expected, failed);
    if (failed) complain("the expectation is no JSON: " + expected);
    match(want, got, actual);
  }

  // Everything must be equal, except that the string "*" matches anything and an object with a
  // member "..." may have more members.
  void match(const json::value& want, const json::value& got, const std::string& whole) {
    const auto differ = [&] {
      complain("expected " + json::serialize(want) + " but got " + json::serialize(got) + " in " +
               whole);
    };
    if (want.is_string()) {
      if (want.get_string() == "*") return;
      if (!got.is_string()) differ();
      return match_text(std::string{want.get_string().c_str()},
                        std::string{got.get_string().c_str()});
    }
    if (want.is_object() && got.is_object()) {
      const bool more = want.get_object().contains("...");
      for (const auto& member : want.get_object()) {
        if (member.key() == "...") continue;
        const auto* value = got.get_object().if_contains(member.key());
        if (!value) differ();
        match(member.value(), *value, whole);
      }
      if (!more && want.get_object().size() != got.get_object().size()) differ();
    } else if (want.is_array() && got.is_array()) {
      if (want.get_array().size() != got.get_array().size()) differ();
      for (std::size_t i = 0; i < want.get_array().size(); ++i) {
        match(want.get_array()[i], got.get_array()[i], whole);
      }
    } else if (want != got) {
      differ();
    }
  }

  const std::set<std::string> replaced_{"host", "content-type", "accept"};
  bool stdio_ = false;
  std::map<std::string, std::string> words_;
  TranscriptServer server_;
};

class McpTranscriptTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(McpTranscriptTest, GoesAsWritten) {
  std::ifstream file{GetParam()};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(text.empty());
  Player player;
  for (const auto& step : steps_of(text)) {
    try {
      player.play(step);
    } catch (const std::exception& error) {
      FAIL() << GetParam().string() << ":" << step.line << ": " << error.what();
    }
  }
  EXPECT_NO_THROW(player.finish());
}

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{"tests/transcripts/mcp", failed}) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Mcp, McpTranscriptTest, testing::ValuesIn(transcripts()),
                         [](const auto& test) {
                           auto name = test.param.stem().string();
                           for (char& c : name) {
                             if (c == '-' || c == '.') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace gmail_mcp::mcp::test
