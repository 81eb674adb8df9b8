#pragma once

// For this folder's tests: a sandbox on a loop of its own and a client that talks to it.

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base64.h"
#include "http/client.h"
#include "http/url.h"
#include "sandbox/sandbox.h"

namespace gmail_mcp::sandbox {

inline constexpr std::string_view alex = "alex.morgan@gmail.example";
inline constexpr std::string_view priya = "priya.nair@gmail.example";
inline constexpr std::string_view full_access = "https://mail.google.com/";

class Bench {
 public:
  explicit Bench(Options options = unseeded())
      : sandbox_{Sandbox::start(loop_, std::move(options), clock, *log_)},
        client_{http::make_client(loop_, http::ClientOptions{})} {}

  ~Bench() {
    client_.reset();
    await(sandbox_->stop());
  }

  static Options unseeded() {
    Options options;
    options.seed_mail = false;
    return options;
  }

  boost::asio::io_context& loop() { return loop_; }
  Sandbox& sandbox() { return *sandbox_; }
  World& world() { return sandbox_->world(); }
  std::string url(std::string_view path) { return sandbox_->base_url() + std::string{path}; }

  /// Runs the loop until `task` has ended.
  template <class T>
  T await(Task<T> task) {
    std::optional<T> result;
    await(detail::store_result(std::move(task), result));
    return std::move(*result);
  }
  void await(Task<void> task) {
    bool done = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop_, std::move(task), [&](const std::exception_ptr& thrown) {
      done = true;
      failure = thrown;
    });
    loop_.restart();
    while (!done && loop_.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
  }

  /// Runs the loop until a request of this name is held.
  void await_held(const std::string& name) {
    loop_.restart();
    while (!sandbox_->counters().held.contains(name) && loop_.run_one() > 0) {
    }
  }

  /// "GET /path" without a body, or with one. Not repeated by the transport.
  http::ClientResponse request(std::string_view line, std::string body = {},
                               http::Headers headers = {}) {
    http::ClientRequest request;
    const auto blank = line.find(' ');
    request.method = line.substr(0, blank);
    request.url = url(line.substr(blank + 1));
    request.body = std::move(body);
    request.headers = std::move(headers);
    return await(client_->send_once(std::move(request)));
  }

  http::ClientResponse form(std::string_view path, const http::QueryFields& fields) {
    http::Headers headers;
    headers.add("Content-Type", "application/x-www-form-urlencoded");
    return request("POST " + std::string{path}, http::encode_query(fields), std::move(headers));
  }

  std::string consent_url(std::string_view scopes, const http::QueryFields& more = {}) {
    http::QueryFields fields{{"client_id", Options{}.client_id},
                             {"redirect_uri", "http://127.0.0.1:9/callback"},
                             {"response_type", "code"},
                             {"access_type", "offline"},
                             {"state", "s1"},
                             {"scope", std::string{scopes}}};
    fields.insert(fields.end(), more.begin(), more.end());
    return url("/o/oauth2/v2/auth?") + http::encode_query(fields);
  }

  /// The code of a consent to `scopes`.
  std::string code(std::string_view email, std::string_view scopes,
                   const http::QueryFields& more = {}) {
    const auto redirect = sandbox_->approve(consent_url(scopes, more), email).value();
    const auto query = http::Url::parse(redirect).value().query;
    return std::string{http::query_value(http::decode_query(query).value(), "code")};
  }

  http::QueryFields exchange_fields(std::string_view code) {
    return {{"grant_type", "authorization_code"},
            {"client_id", Options{}.client_id},
            {"client_secret", Options{}.client_secret},
            {"redirect_uri", "http://127.0.0.1:9/callback"},
            {"code", std::string{code}}};
  }

  boost::json::value json(const http::ClientResponse& response) {
    return boost::json::parse(response.body);
  }

  /// Consents and remembers the access token for api().
  std::string sign_in(std::string_view email = alex, std::string_view scopes = full_access) {
    const auto answer = json(form("/token", exchange_fields(code(email, scopes))));
    token = answer.at("access_token").as_string();
    return token;
  }

  /// A Gmail call by the account that signed in last: "GET messages?q=x".
  http::ClientResponse api(std::string_view line, std::string body = {}) {
    http::Headers headers;
    headers.add("Authorization", "Bearer " + token);
    if (!body.empty()) headers.add("Content-Type", "application/json");
    const auto blank = line.find(' ');
    const auto target = std::string{line.substr(0, blank)} + " /gmail/v1/users/me/" +
                        std::string{line.substr(blank + 1)};
    return request(target, std::move(body), std::move(headers));
  }

  ManualClock clock;
  std::string token;

 private:
  boost::asio::io_context loop_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<http::Client> client_;
};

/// {"raw": …} for a mail given as text.
inline std::string raw_json(std::string_view mail, std::string_view thread_id = {}) {
  std::string body = "{\"raw\":\"" + crypto::base64url_encode(mail) + "\"";
  if (!thread_id.empty()) body += ",\"threadId\":\"" + std::string{thread_id} + "\"";
  return body + "}";
}

/// A short mail.
inline std::string letter(std::string_view from, std::string_view to, std::string_view subject,
                          std::string_view text, std::string_view more_headers = {}) {
  std::string mail;
  mail += "From: " + std::string{from} + "\r\n";
  mail += "To: " + std::string{to} + "\r\n";
  mail += "Subject: " + std::string{subject} + "\r\n";
  mail += std::string{more_headers};
  mail += "Content-Type: text/plain; charset=utf-8\r\n\r\n" + std::string{text} + "\r\n";
  return mail;
}

}  // namespace gmail_mcp::sandbox
