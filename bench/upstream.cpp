// A Gmail that answers at once and always alike: what is measured is the program that asks it. Its
// letters are made by bench/letters.py. Any id is a message: its first digit says of which kind,
// its last ones which of the letters. So a bench never has to ask for the same message twice.
//
//   bench_upstream FOLDER PORT      serves until it is told to end
//
// Beside Gmail's paths:
//   POST /bench/reset?delay_ms=N    forgets what was asked; every answer takes N ms from now on
//   GET  /bench/seen                how many requests came since, how many wait for their answer,
//   and
//                                   the first of them whole
#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "http/url.h"

namespace {

using namespace gmail_mcp;
namespace json = boost::json;

constexpr std::size_t id_length = 16;
constexpr int messages_of_a_thread = 20;

/// One JSON text of a message, with marks where its ids belong.
class Document {
 public:
  explicit Document(std::string text)
      : text_{std::move(text)},
        message_{places_of("@message-number@")},
        thread_{places_of("@thread--number@")} {}

  void append_to(std::string& out, std::string_view message_id, std::string_view thread_id) const {
    const auto begin = out.size();
    out += text_;
    for (const auto at : message_) out.replace(begin + at, id_length, message_id);
    for (const auto at : thread_) out.replace(begin + at, id_length, thread_id);
  }

 private:
  std::vector<std::size_t> places_of(std::string_view mark) const {
    std::vector<std::size_t> places;
    for (auto at = text_.find(mark); at != std::string::npos; at = text_.find(mark, at + 1)) {
      places.push_back(at);
    }
    return places;
  }

  std::string text_;
  std::vector<std::size_t> message_;
  std::vector<std::size_t> thread_;
};

/// How much of a message the program asks for (google/gmail.cpp): Gmail itself would obey any mask.
enum class View { full, outline, minimal };

View view_of(std::string_view query) {
  if (query.find("format=minimal") != std::string_view::npos) return View::minimal;
  return query.find("parts(") != std::string_view::npos ? View::outline : View::full;
}

class Letters {
 public:
  explicit Letters(const std::filesystem::path& folder) {
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      for (std::size_t view = 0; view < views.size(); ++view) {
        kinds_[kind][view] = read(folder / fmt::format("{}.{}", names[kind], views[view]));
      }
    }
  }

  /// nullptr if `id` is none of ours.
  const Document* find(std::string_view id, View view) const {
    if (id.size() != id_length || id.front() < '1' || id.front() > '3') return nullptr;
    std::size_t number = 0;
    const auto* end = id.data() + id.size();
    const auto [stop, failed] = std::from_chars(end - 8, end, number, 16);
    if (failed != std::errc{} || stop != end) return nullptr;
    const auto& documents = kinds_[static_cast<std::size_t>(id.front() - '1')];
    const auto& wanted = documents[static_cast<std::size_t>(view)];
    return &wanted[number % wanted.size()];
  }

 private:
  static constexpr std::array<std::string_view, 3> names{"typical", "newsletter", "short"};
  static constexpr std::array<std::string_view, 3> views{"full", "outline", "minimal"};

  static std::vector<Document> read(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::vector<Document> documents;
    for (std::string line; std::getline(in, line);) documents.emplace_back(std::move(line));
    if (documents.empty()) throw std::runtime_error{file.string() + " holds no letters"};
    return documents;
  }

  std::array<std::array<std::vector<Document>, views.size()>, names.size()> kinds_;
};

/// "…/messages/17…?format=full" → the id. Empty if there is none.
std::string_view id_in(std::string_view target) {
  static constexpr std::string_view collection = "/messages/";
  const auto at = target.find(collection);
  if (at == std::string_view::npos) return {};
  target.remove_prefix(at + collection.size());
  return target.substr(0, target.find('?'));
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + begin.size());
  return text.substr(0, text.find(end));
}

/// The header fields Google sends with every answer.
http::Response answer_with(std::string content_type, std::string body) {
  http::Response response;
  response.headers = {{"Content-Type", std::move(content_type)},
                      {"Vary", "Origin, X-Origin, Referer"},
                      {"Server", "ESF"},
                      {"Cache-Control", "private"},
                      {"X-XSS-Protection", "0"},
                      {"X-Frame-Options", "SAMEORIGIN"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(body);
  return response;
}

http::Response answer_json(std::string body) {
  return answer_with("application/json; charset=UTF-8", std::move(body));
}

http::Response not_found() {
  auto response = answer_json(R"({"error":{"code":404,"errors":[{"reason":"notFound"}]}})");
  response.status = 404;
  return response;
}

/// A request as it came.
struct Asked {
  std::string method, target, content_type, authorization, body;
};

class Gmail {
 public:
  Gmail(Letters letters, Clock& clock) : letters_{std::move(letters)}, clock_{clock} {}

  void add_to(http::Router& router) {
    const auto serve = [&](const char* method, const char* path, Answer answer) {
      router.add(method, path,
                 [this, answer](http::Exchange& exchange) { return respond(exchange, answer); });
    };
    serve("GET", "/gmail/v1/users/me/messages", &Gmail::list);
    serve("GET", "/gmail/v1/users/me/messages/{id}", &Gmail::message);
    serve("GET", "/gmail/v1/users/me/threads/{id}", &Gmail::thread);
    serve("POST", "/gmail/v1/users/me/messages/send", &Gmail::send);
    serve("GET", "/gmail/v1/users/me/settings/sendAs", &Gmail::send_as);
    serve("POST", "/batch/gmail/v1", &Gmail::batch);
    serve("POST", "/token", &Gmail::token);
    serve("GET", "/v1/userinfo", &Gmail::userinfo);
    router.add("POST", "/bench/reset",
               [this](http::Exchange& exchange) { return reset(exchange); });
    router.add("GET", "/bench/seen", [this](http::Exchange& exchange) { return seen(exchange); });
  }

 private:
  using Answer = http::Response (Gmail::*)(const Asked&, std::string_view id) const;

  Task<void> respond(http::Exchange& exchange, Answer answer) {
    const auto& head = exchange.head();
    Asked asked{.method = head.method,
                .target = head.query.empty() ? head.path : head.path + "?" + head.query,
                .content_type = std::string{head.headers.get("Content-Type")},
                .authorization = std::string{head.headers.get("Authorization")},
                .body = {}};
    if (asked.method == "POST") asked.body = co_await exchange.read_body(most_body);
    ++under_way_;
    if (delay_.count() > 0) co_await clock_.sleep(delay_);
    --under_way_;
    auto response = (this->*answer)(asked, exchange.parameter("id"));
    ++requests_;
    if (first_.size() < most_kept) first_.push_back(std::move(asked));
    co_await exchange.respond(std::move(response));
  }

  /// A hundred typical letters, as the newest of more.
  http::Response list(const Asked&, std::string_view) const {
    std::string body = R"({"messages":[)";
    for (int i = 0; i < 100; ++i) {
      const auto id = fmt::format("1{:015x}", i);
      body += fmt::format(R"({}{{"id":"{}","threadId":"{}"}})", i == 0 ? "" : ",", id, id);
    }
    return answer_json(body +
                       R"(],"nextPageToken":"12345678901234567890","resultSizeEstimate":201})");
  }

  http::Response message(const Asked& asked, std::string_view id) const {
    const auto* document = letters_.find(id, view_of(asked.target));
    if (document == nullptr) return not_found();
    std::string body;
    document->append_to(body, id, id);
    return answer_json(std::move(body));
  }

  http::Response thread(const Asked&, std::string_view id) const {
    std::string body = fmt::format(R"({{"id":"{}","messages":[)", id);
    for (int i = 0; i < messages_of_a_thread; ++i) {
      const auto one = fmt::format("{}{:02x}", id.substr(0, id_length - 2), i);
      const auto* document = letters_.find(one, View::full);
      if (document == nullptr) return not_found();
      if (i > 0) body += ',';
      document->append_to(body, one, id);
    }
    return answer_json(body + "]}");
  }

  http::Response send(const Asked&, std::string_view) const {
    return answer_json(
        R"({"id":"1999999999999999","threadId":"1999999999999999","labelIds":["SENT"]})");
  }

  http::Response send_as(const Asked& asked, std::string_view) const {
    const auto name = between(asked.authorization, "token-", " ");
    return answer_json(json::serialize(json::object{
        {"sendAs", json::array{json::object{{"sendAsEmail", fmt::format("{}@gmail.example", name)},
                                            {"displayName", name},
                                            {"replyToAddress", ""},
                                            {"isPrimary", true},
                                            {"isDefault", true}}}}}));
  }

  /// Each part is a GET of a message.
  http::Response batch(const Asked& asked, std::string_view) const {
    static constexpr std::string_view boundary = "batch_of-the-bench-and-nobody-else";
    std::string body;
    std::string_view rest = asked.body;
    static constexpr std::string_view mark = "Content-ID: <";
    for (auto at = rest.find(mark); at != std::string_view::npos; at = rest.find(mark)) {
      rest.remove_prefix(at + mark.size());
      const auto target = between(rest, "GET ", "\r\n");
      const auto id = id_in(target);
      const auto* document = letters_.find(id, view_of(target));
      std::string one;
      if (document != nullptr) document->append_to(one, id, id);
      body += fmt::format(
          "--{}\r\nContent-Type: application/http\r\nContent-ID: <response-{}>\r\n\r\n"
          "HTTP/1.1 {}\r\nContent-Type: application/json; charset=UTF-8\r\n"
          "Vary: Origin\r\nVary: X-Origin\r\nVary: Referer\r\nContent-Length: {}\r\n\r\n",
          boundary, rest.substr(0, rest.find('>')),
          document == nullptr ? "404 Not Found" : "200 OK", one.size());
      body += one;
      body += "\r\n";
    }
    body += fmt::format("--{}--\r\n", boundary);
    return answer_with(fmt::format("multipart/mixed; boundary={}", boundary), std::move(body));
  }

  // The authorization code is the person's name; it is found again in the access token.
  http::Response token(const Asked& asked, std::string_view) const {
    const auto form = http::decode_query(asked.body).value_or(http::QueryFields{});
    const auto name = http::query_value(form, "code");
    return answer_json(json::serialize(json::object{{"access_token", fmt::format("token-{}", name)},
                                                    {"refresh_token", "refresh"},
                                                    {"expires_in", 86'400},
                                                    {"token_type", "Bearer"}}));
  }

  http::Response userinfo(const Asked& asked, std::string_view) const {
    const auto name = between(asked.authorization, "token-", " ");
    return answer_json(
        json::serialize(json::object{{"sub", name},
                                     {"email", fmt::format("{}@gmail.example", name)},
                                     {"email_verified", true},
                                     {"name", name}}));
  }

  Task<void> reset(http::Exchange& exchange) {
    const auto fields = http::decode_query(exchange.head().query).value_or(http::QueryFields{});
    const auto text = http::query_value(fields, "delay_ms");
    int milliseconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    delay_ = std::chrono::milliseconds{milliseconds};
    requests_ = 0;
    first_.clear();
    co_await exchange.respond(answer_json("{}"));
  }

  Task<void> seen(http::Exchange& exchange) {
    json::array first;
    for (const auto& asked : first_) {
      first.push_back(json::object{{"method", asked.method},
                                   {"target", asked.target},
                                   {"content_type", asked.content_type},
                                   {"body", asked.body}});
    }
    const json::object all{
        {"requests", requests_}, {"under_way", under_way_}, {"first", std::move(first)}};
    co_await exchange.respond(answer_json(json::serialize(all)));
  }

  static constexpr std::size_t most_body = std::size_t{64} << 20;
  static constexpr std::size_t most_kept = 8;

  Letters letters_;
  Clock& clock_;
  std::chrono::milliseconds delay_{0};
  std::uint64_t requests_ = 0;
  std::uint64_t under_way_ = 0;
  std::vector<Asked> first_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_upstream FOLDER PORT\n";
    return 2;
  }
  boost::asio::io_context loop{1};
  SystemClock clock;
  const auto log = Log::silent();
  Gmail gmail{Letters{argv[1]}, clock};
  http::Router router;
  gmail.add_to(router);
  http::ListenOptions options;
  options.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  const auto server = http::Server::listen(loop, options, router, {}, clock, *log);
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  loop.run();
}
