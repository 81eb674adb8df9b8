#include "sandbox/gmail_api.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sandbox/fields.h"
#include "sandbox/google_error.h"
#include "sandbox/rfc822.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

// The parameters that every Google API takes.
constexpr std::array<std::string_view, 13> global_parameters{
    "alt",         "fields",   "prettyPrint", "quotaUser",       "$.xgafv", "key",  "access_token",
    "oauth_token", "callback", "uploadType",  "upload_protocol", "userIp",  "$.alt"};

GoogleError refusal(int status, std::string_view reason, std::string message) {
  auto error = usual_error(status, reason);
  error.message = std::move(message);
  return error;
}

GoogleError insufficient_scope(const Method& method) {
  auto error = usual_error(403, "insufficientPermissions");
  error.details = json::array{json::object{
      {"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
      {"reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
      {"domain", "googleapis.com"},
      {"metadata", json::object{{"service", "gmail.googleapis.com"},
                                {"method", "gmail.users." + std::string{method.name}}}}}};
  return error;
}

// Google refuses parameters the method does not have, instead of guessing.
void judge_query(const Method& method, const http::QueryFields& query) {
  const auto own = split(method.query, ' ');
  for (const auto& [name, value] : query) {
    if (contains(global_parameters, name) || contains(own, name)) continue;
    throw Error{Errc::invalid_argument, "Invalid JSON payload received. Unknown name \"" + name +
                                            "\": Cannot bind query parameter. Field '" + name +
                                            "' could not be found in request message."};
  }
}

// The two forms of an upload the sandbox takes: the mail alone, or JSON and mail together.
void read_upload(const ApiRequest& request, GmailCall& call) {
  const auto type = call.text("uploadType");
  const auto content_type = request.headers.get("Content-Type");
  if (type == "media") {
    call.media = std::move(call.body);
    call.body.clear();
    return;
  }
  if (type != "multipart") {
    throw Error{Errc::invalid_argument, "Upload type \"" + type + "\" is not supported."};
  }
  const std::string_view body = call.body;
  const auto ranges =
      multipart_ranges(body, Range{0, body.size()}, parameter_value(content_type, "boundary"));
  if (ranges.size() != 2) {
    throw Error{Errc::invalid_argument, "Multipart must have exactly two parts."};
  }
  std::array<std::string, 2> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::vector<HeaderField> fields;
    const auto begin = read_head(body, ranges[i].begin, ranges[i].end, fields);
    parts[i] = body.substr(begin, ranges[i].end - begin);
  }
  call.body = std::move(parts[0]);
  call.media = std::move(parts[1]);
}

}  // namespace

std::string_view bearer_token(const http::Headers& headers) {
  const auto value = headers.get("Authorization");
  if (value.size() < 7 || !equals_ignoring_case(value.substr(0, 7), "Bearer ")) return {};
  return trim(value.substr(7));
}

Account* GmailApi::account_of(const http::Headers& headers) const {
  const auto* token = grants_.find(bearer_token(headers));
  return token == nullptr ? nullptr : world_.find(token->email);
}

std::size_t GmailApi::body_limit(const GmailRoute& route) {
  if (route.method == nullptr || route.method->upload_limit == 0) return std::size_t{1} << 20U;
  // An upload has a boundary and some JSON around the mail; in JSON the mail is a third longer.
  const auto limit = route.method->upload_limit;
  return route.upload ? limit + (std::size_t{64} << 10U) : limit / 3 * 4 + (std::size_t{1} << 20U);
}

http::Response GmailApi::answer(const ApiRequest& request) {
  const auto route = find_route(request.verb, request.path);
  if (!route) {
    return to_response(refusal(404, "notFound", "Requested entity was not found."));
  }
  try {
    return perform(*route, request);
  } catch (const Error& error) {
    if (error.code == Errc::forbidden) {
      return to_response(refusal(403, "insufficientPermissions", error.message));
    }
    return to_response(to_google(error));
  }
}

http::Response GmailApi::perform(const GmailRoute& route, const ApiRequest& request) {
  const auto& method = *route.method;
  if (bearer_token(request.headers).empty()) {
    auto error = refusal(401, "authError",
                         "Request is missing required authentication credential. Expected OAuth 2 "
                         "access token, login cookie or other valid authentication credential.");
    return to_response(error);
  }
  const auto* token = grants_.find(bearer_token(request.headers));
  auto* account = token == nullptr ? nullptr : world_.find(token->email);
  if (account == nullptr) return to_response(usual_error(401, ""));
  if (route.user != "me" && !equals_ignoring_case(route.user, account->email)) {
    return to_response(refusal(403, "forbidden", "Delegation denied for " + account->email));
  }
  if (!any_scope_granted(token->scopes, method.scopes)) {
    return to_response(insufficient_scope(method));
  }
  auto query = http::decode_query(request.query);
  if (!query) throw Error{Errc::invalid_argument, "Invalid query string."};
  judge_query(method, *query);

  GmailCall call{.world = world_,
                 .account = *account,
                 .counters = counters_,
                 .scopes = token->scopes,
                 .ids = route.ids,
                 .query = std::move(*query),
                 .body = request.body,
                 .media = {}};
  if (!call.text("q").empty() &&
      !any_scope_granted(token->scopes, "full gmail.modify gmail.readonly gmail.compose")) {
    throw Error{Errc::forbidden, "Metadata scope does not support 'q' parameter"};
  }
  std::optional<FieldMask> mask;
  if (const auto text = call.text("fields"); !text.empty()) mask = FieldMask::parse(text).value();
  if (route.upload) read_upload(request, call);

  auto value = method.run(call);
  if (value.is_null()) {
    http::Response empty;
    empty.status = 204;
    return empty;
  }
  if (mask) value = mask->apply(value);
  return json_response(200, value, call.text("prettyPrint") != "false");
}

}  // namespace gmail_mcp::sandbox
