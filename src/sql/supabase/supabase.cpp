#include "sql/supabase/supabase.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/caught.h"
#include "base/error.h"
#include "http/client.h"
#include "http/retry.h"
#include "http/url.h"
#include "sql/job.h"
#include "sql/own_loop.h"
#include "sql/supabase/names.h"
#include "sql/supabase/script.h"
#include "sql/supabase/wire.h"

namespace gmail_mcp::sql {

namespace {

using std::chrono::milliseconds;

// Before the second, third and fourth attempt: Supabase's clients wait 1, 2 and 4 s, but nobody
// waits that long for us.
constexpr std::array<milliseconds, 3> waits = {milliseconds{200}, milliseconds{400},
                                               milliseconds{800}};
constexpr int most_repetitions = 5;           // of a transaction that lost against others
constexpr std::size_t slowest_sending = 128;  // bytes a millisecond
constexpr std::size_t largest_answer = std::size_t{128} << 20;

constexpr char may_be_done[] =
    "The Supabase project did not say whether the change was made, so it may have been made.";
constexpr char how_to_change[] =
    "Run the SQL that `gmail-mcp migrate --print` prints in the project's SQL editor.";

Error no_key(std::string why) {
  return {Errc::misconfigured, std::move(why),
          "Set GMAIL_MCP_STORAGE_SUPABASE_KEY to the secret key of the project (sb_secret_...) or "
          "to its "
          "service_role key: Project Settings, API Keys."};
}

// The address of the function.
std::string function_url(const std::string& project) {
  const auto url = http::Url::parse(project);
  const auto wrong = [](std::string message) {
    return Error{Errc::misconfigured, std::move(message),
                 "Set GMAIL_MCP_STORAGE_SUPABASE_URL to the project's address, such as "
                 "https://abcdefgh.supabase.co, with nothing behind it."};
  };
  if (!url) throw wrong("GMAIL_MCP_STORAGE_SUPABASE_URL is not an address.");
  if (url->scheme != "https" && !url->is_loopback()) {
    throw wrong(
        "GMAIL_MCP_STORAGE_SUPABASE_URL must begin with https://, because the key is sent there.");
  }
  std::string path = url->path;
  while (path.ends_with('/')) path.pop_back();
  if (path.ends_with("/rest/v1")) path.resize(path.size() - std::string_view{"/rest/v1"}.size());
  if (!path.empty() || !url->query.empty()) {
    throw wrong("GMAIL_MCP_STORAGE_SUPABASE_URL has something behind the project's name.");
  }
  return url->origin() + "/rest/v1/rpc/" + supabase_function;
}

struct Asked : Job {
  bool has_effect = false;
};

// How often one request was sent already, and whether it may be sent again.
struct Attempts {
  std::size_t after_refusals = 0;
  int after_lost_transactions = 0;
  bool is_careful = false;

  // Until the next attempt; nothing when there is none.
  std::optional<milliseconds> wait_after(supabase::Refusal::Next next, bool has_effect,
                                         std::optional<std::chrono::seconds> wished) {
    if (next == supabase::Refusal::Next::repeat) {
      if (++after_lost_transactions > most_repetitions) return std::nullopt;
      return milliseconds{10 * after_lost_transactions};
    }
    const bool may_be_sent = next == supabase::Refusal::Next::wait && !has_effect;
    if (!may_be_sent || after_refusals >= waits.size()) return std::nullopt;
    const auto wait = waits[after_refusals++];
    return wished ? milliseconds{*wished} : wait;
  }
};

class SupabaseDatabase final : public Database {
 public:
  explicit SupabaseDatabase(SupabaseOptions options)
      : options_{std::move(options)}, url_{function_url(options_.url)} {
    const std::string_view key = options_.key.reveal();
    if (key.empty()) throw no_key("There is no key for the Supabase project.");
    if (key.starts_with("sb_publishable_")) {
      throw no_key(
          "GMAIL_MCP_STORAGE_SUPABASE_KEY is a publishable key, which may not do anything here.");
    }
    if (key.find_first_of(" \t\r\n") != key.npos) {
      throw no_key("GMAIL_MCP_STORAGE_SUPABASE_KEY has a blank in it.");
    }
    http::ClientOptions client;
    client.ca_file = options_.ca_file;
    client.proxy = options_.proxy;
    client.user_agent = "gmail-mcp";
    client.connections_per_host = options_.requests_at_once;
    client_ = http::make_client(loop_.executor().context(), std::move(client));
  }

  ~SupabaseDatabase() override { loop_.end(); }

  Task<Rows> read(Statement statement) override {
    std::vector<Statement> only;
    only.push_back(std::move(statement));
    auto answers = co_await ask(std::move(only), Urgency::interactive, false);
    co_return std::move(answers.front());
  }

  Task<Rows> write(Statement statement) override {
    std::vector<Statement> only;
    only.push_back(std::move(statement));
    auto answers = co_await ask(std::move(only), Urgency::interactive, true);
    co_return std::move(answers.front());
  }

  Task<std::vector<Rows>> atomically(std::vector<Statement> statements, Urgency urgency) override {
    return ask(std::move(statements), urgency, true);
  }

  Task<Tables> tables() override {
    Statement statement{supabase::list_columns};
    const Rows rows = co_await read(std::move(statement));
    Tables tables;
    for (const auto& row : rows) tables[row[0].text()].insert(row[1].text());
    co_return tables;
  }

 private:
  Task<std::vector<Rows>> ask(std::vector<Statement> statements, Urgency urgency, bool has_effect) {
    for (const auto& statement : statements) {
      if (*statement.sql.name() != '\0') continue;
      throw Error{Errc::misconfigured,
                  "The schema of a Supabase project cannot be changed over its REST interface.",
                  how_to_change};
    }
    Asked job;
    job.statements = statements;
    job.has_effect = has_effect;
    std::function<void()> submit = [this, &job, urgency] {
      loop_.post([this, &job, urgency] {
        waiting_.push(job, urgency);
        start_more();
      });
    };
    co_await finished(job, std::move(submit));
    co_return std::move(job.results);
  }

  // From here on, all is on the own loop's thread.

  void start_more() {
    while (under_way_ < options_.requests_at_once && !waiting_.empty()) {
      for (auto* job : waiting_.take(1)) {
        ++under_way_;
        boost::asio::co_spawn(loop_.executor(), serve(*job), boost::asio::detached);
      }
    }
  }

  Task<void> serve(Asked& job) {
    try {
      job.results = co_await request(job);
    } catch (...) {
      job.failure = std::current_exception();
    }
    --under_way_;
    start_more();
    job.finish();
  }

  Task<std::vector<Rows>> request(const Asked& job) {
    using Next = supabase::Refusal::Next;
    auto body = std::make_shared<const std::string>(supabase::request_of(job.statements));
    const auto until = std::chrono::steady_clock::now() + options_.answer_within +
                       milliseconds{body->size() / slowest_sending};
    Attempts attempts;
    while (true) {
      auto sent = co_await caught(send(body, until, job.has_effect, attempts.after_refusals));
      if (sent && sent->status < 300) {
        auto answers = supabase::answers_in(sent->body, job.statements.size());
        co_return std::move(answers).value();
      }
      auto refusal = sent ? supabase::refusal_of(sent->status, sent->headers, sent->body)
                          : refusal_without_an_answer(sent.error(), job.has_effect);
      if (refusal.next == Next::with_care && !std::exchange(attempts.is_careful, true)) {
        body = std::make_shared<const std::string>(
            supabase::request_of(job.statements, supabase::Care::passes_over_no_ids));
        continue;
      }
      if (job.has_effect && refusal.may_be_done) refusal.error.message = may_be_done;
      const auto wished = sent ? http::retry_after(sent->headers) : std::nullopt;
      const auto wait = attempts.wait_after(refusal.next, job.has_effect, wished);
      const auto begin = std::chrono::steady_clock::now() + wait.value_or(milliseconds{0});
      if (!wait || begin >= until) throw std::move(refusal.error);
      Timer timer{loop_.executor(), begin};
      co_await timer.async_wait(use_task);
    }
  }

  Task<http::ClientResponse> send(std::shared_ptr<const std::string> body,
                                  std::chrono::steady_clock::time_point until, bool has_effect,
                                  std::size_t attempt) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers.add("apikey", options_.key.reveal());
    request.headers.add("Authorization", "Bearer " + options_.key.reveal());
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Content-Profile", "public");
    if (attempt > 0) request.headers.add("X-Retry-Count", std::to_string(attempt));
    request.shared_body = std::move(body);
    request.timeout =
        std::max(std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()),
                 milliseconds{1});
    request.max_body = largest_answer;
    if (has_effect) co_return co_await client_->send_once(std::move(request));
    co_return co_await client_->send(std::move(request));
  }

  // The server has not said anything.
  static supabase::Refusal refusal_without_an_answer(const Error& failure, bool has_effect) {
    using Next = supabase::Refusal::Next;
    Error error{
        Errc::unavailable, "The Supabase project does not answer.",
        "If it goes on, check GMAIL_MCP_STORAGE_SUPABASE_URL, that the project is not paused, and "
        "that this machine may connect to it."};
    switch (failure.code) {
      case Errc::outcome_unknown: error.message = may_be_done; break;
      case Errc::unavailable:
      case Errc::timeout: break;
      default: return {Next::fail, failure};
    }
    error.detail = failure.detail;
    error.retry_after = std::chrono::seconds{1};
    const bool may_try_again = !has_effect && failure.code == Errc::unavailable;
    return {may_try_again ? Next::wait : Next::fail, std::move(error)};
  }

  SupabaseOptions options_;
  std::string url_;
  OwnLoop loop_;
  std::unique_ptr<http::Client> client_;
  JobQueue<Asked> waiting_;
  std::size_t under_way_ = 0;
};

}  // namespace

std::unique_ptr<Database> open_supabase(SupabaseOptions options, Log&) {
  return std::make_unique<SupabaseDatabase>(std::move(options));
}

}  // namespace gmail_mcp::sql
