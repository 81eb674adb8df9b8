#pragma once

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"
#include "jwt/testing/signer.h"

namespace gmail_mcp::jwt::testing {

/// The documents of an authorization server, without a network.
class Issuer final : public http::Client {
 public:
  explicit Issuer(std::string issuer = "https://login.example.com/") : name{std::move(issuer)} {
    const boost::json::object metadata{{"issuer", name}, {"jwks_uri", origin + "/keys"}};
    documents[origin + "/.well-known/openid-configuration"] = boost::json::serialize(metadata);
  }

  void publish(std::initializer_list<const Signer*> signers) {
    documents[origin + "/keys"] = key_set(signers);
  }

  /// Answers in a later turn of the loop.
  Task<http::ClientResponse> send(http::ClientRequest request) override {
    asked.push_back(request.url);
    const auto executor = co_await current_executor();
    co_await boost::asio::post(executor, use_task);
    if (failure) throw Error{*failure};
    const auto found = documents.find(request.url);
    http::ClientResponse response;
    response.status = found == documents.end() ? 404 : 200;
    if (found != documents.end()) response.body = found->second;
    if (!cache_control.empty()) response.headers.add("Cache-Control", cache_control);
    co_return response;
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }

  /// How often the keys were asked for.
  int fetches() const {
    int count = 0;
    for (const auto& url : asked) count += url.ends_with("/keys") ? 1 : 0;
    return count;
  }

  std::string name;
  std::string origin = "https://login.example.com";
  std::map<std::string, std::string> documents;  // by address
  std::string cache_control;
  std::optional<Error> failure;  // of every request from now on
  std::vector<std::string> asked;
};

}  // namespace gmail_mcp::jwt::testing
