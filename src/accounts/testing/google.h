#pragma once

#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "google/endpoints.h"
#include "http/client.h"
#include "http/url.h"

namespace gmail_mcp::accounts::testing {

/// Google's OAuth endpoints for tests: they answer successfully until the test says otherwise, and
/// record the requests.
class Google final : public http::Client {
 public:
  struct Answer {
    int status = 200;
    std::string body;
    std::optional<Errc> failure;  // instead of an answer
  };

  static Answer refuse(std::string error, int status = 400) {
    return Answer{status, R"({"error":")" + error + R"("})", std::nullopt};
  }
  static Answer down() { return Answer{503, "<html>busy</html>", std::nullopt}; }
  static Answer unreachable() { return Answer{0, "", Errc::unavailable}; }

  // The answers to the next requests of each kind; when empty, the usual ones.
  std::deque<Answer> refresh_answers, exchange_answers, revoke_answers, userinfo_answers;

  /// If set, the answer to every refresh.
  std::optional<Answer> refresh_always;
  /// While true every refresh waits until `release`.
  bool hold = false;
  /// Runs while a refresh is under way.
  std::function<Task<void>()> meanwhile;

  int refreshes = 0;
  std::vector<std::string> refreshed_with;   // refresh tokens
  std::vector<http::QueryFields> exchanges;  // the forms
  std::vector<std::string> revoked;          // tokens

  std::string sub = "sub-ann";
  std::string email = "ann@gmail.com";
  bool email_verified = true;
  std::string hosted_domain;
  std::string scope;                              // of a grant; empty: not said
  std::string new_refresh_token = "refresh-new";  // of an exchange

  static google::Endpoints endpoints() {
    google::Endpoints all;
    all.auth_url = "https://google.test/auth";
    all.token_url = "https://google.test/token";
    all.revoke_url = "https://google.test/revoke";
    all.userinfo_url = "https://google.test/userinfo";
    return all;
  }

  void release() {
    hold = false;
    if (held_) held_->set();
  }
  bool is_holding() const { return held_ && !held_->is_set(); }

  Task<http::ClientResponse> send(http::ClientRequest request) override {
    const auto executor = co_await current_executor();
    co_await boost::asio::post(executor, use_task);
    const auto path = http::Url::parse(request.url).value().path;
    const auto form = http::decode_query(request.body).value_or(http::QueryFields{});
    const std::string kind{http::query_value(form, "grant_type")};
    if (path == "/token" && kind == "refresh_token") {
      ++refreshes;
      refreshed_with.emplace_back(http::query_value(form, "refresh_token"));
      const int number = refreshes;
      if (hold) {
        held_ = std::make_unique<Event>(executor);
        co_await held_->wait();
      }
      if (meanwhile) {
        const auto happen = std::exchange(meanwhile, nullptr);
        co_await happen();
      }
      if (refresh_always) refresh_answers = {*refresh_always};
      co_return reply(refresh_answers, grant("access-" + std::to_string(number), ""));
    }
    if (path == "/token") {
      exchanges.push_back(form);
      co_return reply(exchange_answers, grant("access-exchanged", new_refresh_token));
    }
    if (path == "/revoke") {
      revoked.emplace_back(http::query_value(form, "token"));
      co_return reply(revoke_answers, "{}");
    }
    co_return reply(userinfo_answers, R"({"sub":")" + sub + R"(","email":")" + email +
                                          R"(","hd":")" + hosted_domain +
                                          R"(","name":"Ann","email_verified":)" +
                                          (email_verified ? "true}" : "false}"));
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }

 private:
  std::string grant(const std::string& access_token, const std::string& refresh_token) const {
    std::string body =
        R"({"token_type":"Bearer","expires_in":3600,"access_token":")" + access_token + "\"";
    if (!refresh_token.empty()) body += R"(,"refresh_token":")" + refresh_token + "\"";
    if (!scope.empty()) body += R"(,"scope":")" + scope + "\"";
    return body + "}";
  }

  static http::ClientResponse reply(std::deque<Answer>& answers, std::string usual) {
    http::ClientResponse response;
    response.status = 200;
    response.body = std::move(usual);
    if (answers.empty()) return response;
    const Answer next = std::move(answers.front());
    answers.pop_front();
    if (next.failure) throw Error{*next.failure, "The host could not be reached."};
    response.status = next.status;
    if (!next.body.empty()) response.body = next.body;
    return response;
  }

  std::unique_ptr<Event> held_;
};

}  // namespace gmail_mcp::accounts::testing
