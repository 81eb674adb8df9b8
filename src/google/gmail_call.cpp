// How GmailApi sends one request and gets its answer: tokens, gate, retries, uploads.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/json_escape.h"
#include "base/offload.h"
#include "crypto/base64.h"
#include "crypto/random.h"
#include "google/gmail.h"
#include "google/methods.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

// What the discovery document allows for messages.send and drafts.*: 35 MiB.
constexpr std::size_t max_upload = 36'700'160;

bool is_complaint_about_load(const Failure& failure) {
  return failure.kind == FailureKind::too_concurrent ||
         (failure.status == 429 && failure.kind == FailureKind::rate_limited);
}

Error unclear(const Failure& failure, Method method) {
  return Error{Errc::outcome_unknown, "Gmail did not say whether this happened.",
               "Look whether it happened before repeating it."}
      .with_detail(fmt::format("{}: {} {}", facts(method).name, failure.status, failure.reason));
}

// After this Google's minute is certainly over.
constexpr std::chrono::seconds longest_pause{60};
// When Google does not say how long.
constexpr std::chrono::seconds usual_pause{5};

Error beyond_quota(std::chrono::milliseconds wait, bool of_project, Method method) {
  if (of_project) {
    Failure failure;
    failure.kind = FailureKind::project_limited;
    failure.retry_after = wait;
    return to_error(failure, method);
  }
  return Error{Errc::rate_limited,
               "Rate limited: this mailbox has used up its Gmail quota of this minute.",
               "Wait and try again, or raise google.quota_units_per_minute if the Google Cloud "
               "project grants more."}
      .with_retry_after(std::chrono::ceil<std::chrono::seconds>(wait));
}

// Written as text: a document would be two more copies of the message.
std::string json_upload(Method method, const RawOutgoing& mail) {
  const bool is_draft = method != Method::messages_send;
  std::string out;
  out.reserve(mail.rfc822.size() / 3 * 4 + mail.thread_id.size() + 64);
  out += is_draft ? R"({"message":{"raw":")" : R"({"raw":")";
  out += crypto::base64url_encode(mail.rfc822);
  out += '"';
  if (!mail.thread_id.empty()) {
    out += R"(,"threadId":")";
    append_json_escaped(out, mail.thread_id);
    out += '"';
  }
  out += is_draft ? "}}" : "}";
  return out;
}

// multipart/related: the resource without its bytes, then the bytes as they are. Written around the
// bytes in place, because they may be many.
std::string media_upload(Method method, RawOutgoing mail, std::string_view boundary) {
  json::object message;
  if (!mail.thread_id.empty()) message["threadId"] = mail.thread_id;
  json::object resource;
  if (method == Method::messages_send) {
    resource = std::move(message);
  } else {
    resource["message"] = std::move(message);
  }
  const std::string begin = fmt::format(
      "--{}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{}\r\n"
      "--{}\r\nContent-Type: message/rfc822\r\n\r\n",
      boundary, json::serialize(resource), boundary);
  const std::string end = fmt::format("\r\n--{}--\r\n", boundary);
  std::string body = std::move(mail.rfc822);
  body.reserve(begin.size() + body.size() + end.size());
  body.insert(0, begin).append(end);
  return body;
}

std::string upload_fields(Method method) {
  const bool is_draft = method != Method::messages_send;
  return is_draft ? "prettyPrint=false&fields=id,message(id,threadId)"
                  : "prettyPrint=false&fields=id,threadId,labelIds";
}

}  // namespace

http::ClientRequest GmailApi::to_http(const Request& request, const Secret& token) const {
  http::ClientRequest out;
  out.method = request.verb;
  out.url = root_.url() + request.path;
  out.headers.add("Authorization", "Bearer " + token.reveal());
  out.headers.add("Accept", "application/json");
  if (!request.content_type.empty()) out.headers.add("Content-Type", request.content_type);
  out.body = request.body;
  out.shared_body = request.upload;
  out.timeout = policy_.timeout;
  out.reader = policy_.reader;
  return out;
}

// Waits while the project is paused, and takes the units for `calls` of `cost` each, waiting for
// them until the retry budget that began at `began` is over; then those of as many as there are
// units for.
Task<GmailApi::Share> GmailApi::afford(int cost, std::size_t calls,
                                       std::chrono::steady_clock::time_point began) {
  const auto deadline = began + policy_.retry_budget;
  Share share;
  for (auto now = clock_.steady_now(); now < root_.paused_until(); now = clock_.steady_now()) {
    share.wait = std::chrono::ceil<std::chrono::milliseconds>(root_.paused_until() - now);
    share.of_project = true;
    const bool refused = now + share.wait > deadline;
    if (tally_ != nullptr) tally_->held_back(refused);
    if (refused) co_return share;
    co_await clock_.sleep(share.wait);
  }
  share = Share{.calls = calls};
  if (!quota_) co_return share;
  const int one = quota_->at_most(cost);
  const int left = std::min(policy_.leaves_units, quota_->limit() - one);
  const int all = std::min(one * static_cast<int>(calls), quota_->limit() - left) / one * one;
  bool has_waited = false;
  for (;;) {
    const auto now = clock_.steady_now();
    const int there = quota_->there(now) - left;
    if (there >= all && quota_->take(all, now)) {
      share.calls = static_cast<std::size_t>(all / one);
      co_return share;
    }
    share.wait = quota_->until(all + left, now);
    const bool too_long = now + share.wait > deadline;
    if (tally_ != nullptr && !too_long && !has_waited) tally_->held_back(false);
    if (too_long) {
      const int some = std::max(there, 0) / one;
      share.calls = static_cast<std::size_t>(some);
      share.wait = quota_->until(one + left, now);
      const bool nothing = some == 0 && now + share.wait > deadline;
      if (nothing && tally_ != nullptr) tally_->held_back(true);
      if (nothing) co_return share;
      if (some > 0 && quota_->take(some * one, now)) co_return share;
    }
    has_waited = true;
    co_await clock_.sleep(share.wait);
  }
}

Task<GmailApi::Attempt> GmailApi::attempt(const Request& request, const Secret& token) {
  Attempt attempt;
  auto out = to_http(request, token);
  try {
    attempt.response = co_await http_.send(std::move(out));
  } catch (const Error& error) {
    if (error.code == Errc::too_large) {
      auto large = error;
      large.hint = remedy_for_large_answer(request.method);
      throw std::move(large);
    }
    // A missing answer is judged like a refusal; other failures go to the caller.
    if (error.code != Errc::unavailable) throw;
    attempt.failure = Failure{};
    co_return attempt;
  }
  const auto& response = attempt.response;
  attempt.failure = judge(response.status, response.headers, response.body, clock_.now());
  co_return attempt;
}

void GmailApi::note_answer(Method method, int status) {
  if (tally_ != nullptr) tally_->answered(method, status);
}

void GmailApi::tell_gate(const Gate::Permit& permit,
                         const std::vector<std::optional<Failure>>& failures) {
  bool went_well = true;
  for (const auto& failure : failures) {
    if (!failure) continue;
    if (failure->kind == FailureKind::project_limited) {
      const std::chrono::milliseconds wait = failure->retry_after.value_or(usual_pause);
      root_.pause_until(clock_.steady_now() +
                        std::min<std::chrono::milliseconds>(wait, longest_pause));
    }
    if (is_complaint_about_load(*failure)) {
      gate_.complained(permit);
      return;
    }
    if (failure->kind == FailureKind::unavailable) went_well = false;
  }
  if (went_well) gate_.went_well(permit);
}

Task<Secret> GmailApi::next_token(Secret refused, int earlier) {
  if (earlier == 0) co_return co_await tokens_.replace(std::move(refused));
  co_await clock_.sleep(policy_.first_wait);
  co_return co_await tokens_.token();
}

Task<http::ClientResponse> GmailApi::call(Request request) {
  Patience patience{policy_, clock_};
  Secret token = co_await tokens_.token();
  int refusals = 0;
  for (;;) {
    Attempt attempt;
    const auto share = co_await afford(units(request.method), 1, clock_.steady_now());
    if (share.calls == 0) throw beyond_quota(share.wait, share.of_project, request.method);
    {
      const auto permit = co_await gate_.enter(1);
      attempt = co_await this->attempt(request, token);
      note_answer(request.method, attempt.response.status);
      tell_gate(permit, {attempt.failure});
    }
    if (!attempt.failure) co_return std::move(attempt.response);
    const auto& failure = *attempt.failure;
    if (failure.kind == FailureKind::unauthorized && refusals < policy_.refused_tokens) {
      Secret refused = std::move(token);
      token = co_await next_token(std::move(refused), refusals);
      ++refusals;
      continue;
    }
    const auto wait = patience.wait_after(failure, false);
    if (!wait) throw to_error(failure, request.method, policy_.client_id);
    patience.spent_one();
    co_await clock_.sleep(*wait);
  }
}

// Only after a refused token is it certain that Google did nothing, and likely that another attempt
// helps; everything else is left to the caller.
Task<http::ClientResponse> GmailApi::call_once(Request request) {
  Secret token = co_await tokens_.token();
  int refusals = 0;
  for (;;) {
    http::ClientResponse response;
    std::optional<Failure> failure;
    const auto share = co_await afford(units(request.method), 1, clock_.steady_now());
    if (share.calls == 0) throw beyond_quota(share.wait, share.of_project, request.method);
    {
      const auto permit = co_await gate_.enter(1);
      auto out = to_http(request, token);
      try {
        response = co_await http_.send_once(std::move(out));
      } catch (const Error&) {
        note_answer(request.method, 0);
        throw;
      }
      note_answer(request.method, response.status);
      failure = judge(response.status, response.headers, response.body, clock_.now());
      tell_gate(permit, {failure});
    }
    if (!failure) co_return response;
    if (failure->kind == FailureKind::unauthorized && refusals < policy_.refused_tokens) {
      Secret refused = std::move(token);
      token = co_await next_token(std::move(refused), refusals);
      ++refusals;
      continue;
    }
    if (failure->kind == FailureKind::unavailable) throw unclear(*failure, request.method);
    throw to_error(*failure, request.method, policy_.client_id);
  }
}

Task<http::ClientResponse> GmailApi::upload(Request request, RawOutgoing mail) {
  const std::size_t size = mail.rfc822.size();
  if (size > max_upload) {
    throw Error{Errc::too_large, "The message is larger than the 35 MB that Gmail accepts.",
                "Send fewer or smaller attachments."};
  }
  const auto method = request.method;
  if (size <= policy_.json_limit) {
    auto write = [method, &mail] { return json_upload(method, mail); };
    request.body = co_await offload(work_pool_, size, write);
    request.content_type = "application/json";
    request.path += "?" + upload_fields(method);
  } else {
    const auto boundary = "part_" + crypto::random_token(18);
    auto write = [&] { return media_upload(method, std::move(mail), boundary); };
    auto written = co_await offload(work_pool_, size, write);
    request.upload = std::make_shared<const std::string>(std::move(written));
    request.content_type = "multipart/related; boundary=" + boundary;
    request.path = "/upload" + request.path + "?uploadType=multipart&" + upload_fields(method);
  }
  co_return co_await call_once(std::move(request));
}

}  // namespace gmail_mcp::google
