#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "google/credentials.h"
#include "http/client.h"

// Two substitutes for http::Client, for tests of this folder and of those above it.
namespace gmail_mcp::google::testing {

/// A scripted conversation of requests and answers. Parallel requests may come in any order; each
/// takes the first line that fits it. An unexpected request, or a line without a request, fails the
/// test.
///
///   google.on("GET /gmail/v1/users/me/messages/m1").answer(200, R"({"id":"m1"})");
class ScriptedClient final : public http::Client {
 public:
  explicit ScriptedClient(std::string root = "https://gmail.test") : root_{std::move(root)} {}

  ~ScriptedClient() override {
    for (const auto& line : script_) ADD_FAILURE() << "nobody asked " << line.asked;
  }

  class Line {
   public:
    /// The request's body must contain `text`.
    Line& saying(std::string text) {
      said_.push_back(std::move(text));
      return *this;
    }
    Line& authorized_by(std::string token) {
      token_ = std::move(token);
      return *this;
    }
    void answer(int status, std::string body, http::Headers headers = {}) {
      response_ = {.status = status, .headers = std::move(headers), .body = std::move(body)};
    }
    void answer(http::ClientResponse response) { response_ = std::move(response); }
    /// The request fails without an answer.
    void fails(Errc code) { failure_ = Error{code, "scripted"}; }

    std::string asked;

   private:
    friend class ScriptedClient;
    std::vector<std::string> said_;
    std::string token_;
    http::ClientResponse response_{.status = 200, .headers = {}, .body = "{}"};
    std::optional<Error> failure_;
  };

  /// `asked`: the method and the beginning of the path.
  Line& on(std::string asked) {
    script_.emplace_back();
    script_.back().asked = std::move(asked);
    return script_.back();
  }

  Task<http::ClientResponse> send(http::ClientRequest request) override {
    co_return reply(std::move(request));
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    ++sent_once;
    co_return reply(std::move(request));
  }

  std::vector<http::ClientRequest> requests;
  int sent_once = 0;

 private:
  http::ClientResponse reply(http::ClientRequest request) {
    requests.push_back(request);
    const auto asked = request.method + " " + request.url.substr(root_.size());
    for (auto line = script_.begin(); line != script_.end(); ++line) {
      if (!asked.starts_with(line->asked)) continue;
      Line found = std::move(*line);
      script_.erase(line);
      for (const auto& text : found.said_) {
        EXPECT_NE(request.sent_body().find(text), std::string_view::npos)
            << asked << " did not say " << text << " but " << request.sent_body();
      }
      if (!found.token_.empty()) {
        EXPECT_EQ(request.headers.get("Authorization"), "Bearer " + found.token_) << asked;
      }
      if (found.failure_) throw Error{*found.failure_};
      return std::move(found.response_);
    }
    ADD_FAILURE() << "nobody expected " << asked;
    return {.status = 500, .headers = {}, .body = {}};
  }

  std::string root_;
  std::deque<Line> script_;
};

/// Answers by a rule. Each answer takes one turn of the loop, so that requests really overlap.
class RuledClient final : public http::Client {
 public:
  using Rule = std::function<http::ClientResponse(const http::ClientRequest&)>;

  explicit RuledClient(Rule rule) : rule_{std::move(rule)} {}

  Task<http::ClientResponse> send(http::ClientRequest request) override {
    ++requests;
    most_at_once = std::max(most_at_once, ++under_way_);
    auto response = rule_(request);
    auto executor = co_await current_executor();
    co_await boost::asio::post(executor, use_task);
    --under_way_;
    co_return response;
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }

  int requests = 0;
  int most_at_once = 0;

 private:
  Rule rule_;
  int under_way_ = 0;
};

/// The paths of the GETs within a batch, read without our own encoder's help.
inline std::vector<std::string> paths_of_batch(std::string_view body) {
  std::vector<std::string> paths;
  for (auto at = body.find("\r\nGET "); at != std::string_view::npos;
       at = body.find("\r\nGET ", at + 1)) {
    const auto begin = at + 6;
    paths.emplace_back(body.substr(begin, body.find("\r\n", begin) - begin));
  }
  return paths;
}

struct PartAnswer {
  int status = 200;
  std::string body = "{}";
  std::string header_line;  // "Retry-After: 1", or empty
};

/// A batch answer as Google writes it.
inline http::ClientResponse batch_response(const std::vector<PartAnswer>& parts) {
  std::string body;
  int number = 0;
  for (const auto& part : parts) {
    body += "--batch_answer\r\nContent-Type: application/http\r\nContent-ID: <response-i" +
            std::to_string(++number) + ">\r\n\r\nHTTP/1.1 " + std::to_string(part.status) +
            " X\r\nContent-Type: application/json; charset=UTF-8\r\n";
    if (!part.header_line.empty()) body += part.header_line + "\r\n";
    body += "\r\n" + part.body + "\r\n";
  }
  body += "--batch_answer--\r\n";
  return {.status = 200,
          .headers = {{"Content-Type", "multipart/mixed; boundary=batch_answer"}},
          .body = std::move(body)};
}

/// Returns "token-1", then "token-2" when that is refused; then Google gives no other.
class TwoTokens final : public TokenSource {
 public:
  Task<Secret> token() override { co_return Secret{"token-" + std::to_string(current_)}; }
  Task<Secret> replace(Secret refused) override {
    ++replacements;
    if (refused.reveal() != "token-1") {
      throw Error{Errc::reconnect_required, "Google has withdrawn the access."};
    }
    current_ = 2;
    co_return Secret{"token-2"};
  }

  int replacements = 0;

 private:
  int current_ = 1;
};

}  // namespace gmail_mcp::google::testing
