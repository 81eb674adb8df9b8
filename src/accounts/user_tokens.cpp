#include "accounts/user_tokens.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::string_view token_head = "gmu_";
constexpr std::size_t token_size = token_head.size() + 43;
constexpr std::size_t id_size = token_head.size() + 8;
constexpr std::size_t most_unknown = 4'096;
constexpr std::chrono::seconds between_notes{20};

bool is_user_token(std::string_view text) {
  if (text.size() != token_size || !text.starts_with(token_head)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

model::Access recognising() { return model::Access::system("recognising a token"); }

Error ended_token(const char* sentence) {
  return {Errc::unauthenticated, sentence,
          "Ask whoever runs this server for a new one: gmail-mcp tokens create makes it."};
}

}  // namespace

UserTokens::UserTokens(const Executor& executor, store::Store& store, Clock& clock)
    : executor_{executor}, store_{store}, clock_{clock}, known_{clock}, asking_{executor} {}

Task<std::optional<model::Caller>> UserTokens::recognize(std::string token) {
  if (!is_user_token(token)) co_return std::nullopt;
  const auto digest = crypto::sha256_hex(token);
  auto* known = known_.believed(digest);
  if (known == nullptr && !is_unknown(digest)) {
    co_await look_up(digest);
    known = known_.believed(digest);
  }
  if (known == nullptr) co_return std::nullopt;
  co_return judge(*known);
}

model::Caller UserTokens::judge(RecognisedTokens::Known& known) {
  const auto now = clock_.now();
  if (known.has_ended()) throw ended_token("This token was revoked.");
  if (!known.holds(now)) throw ended_token("This token has expired.");
  if (!known.use_noted_at || now - *known.use_noted_at >= between_notes) {
    known.use_noted_at = now;
    store_.user_tokens().touch(known.source());
  }
  return known.caller();
}

bool UserTokens::is_unknown(const std::string& digest) {
  const auto found = unknown_.find(digest);
  if (found == unknown_.end()) return false;
  const bool is_old = clock_.steady_now() - found->second > remembers;
  if (is_old) unknown_.erase(found);
  return !is_old;
}

Task<void> UserTokens::look_up(std::string digest) {
  if (!next_) next_ = std::make_shared<Round>(executor_);
  const auto round = next_;
  round->digests.push_back(std::move(digest));
  if (!is_asking_) asking_.spawn(ask());
  co_await round->over.wait();
  if (round->failure) throw Error{*round->failure};
}

// One question at a time: what is looked for meanwhile is the next one.
Task<void> UserTokens::ask() {
  is_asking_ = true;
  while (next_) {
    const auto round = std::exchange(next_, nullptr);
    try {
      co_await ask_for(*round);
    } catch (const Error& error) {
      round->failure = error;
    } catch (...) {
      round->failure = Error{Errc::unavailable, "The server is being stopped.", "Try again later."};
    }
    round->over.set();
  }
  is_asking_ = false;
}

Task<void> UserTokens::ask_for(Round& round) {
  const auto read_at = clock_.steady_now();
  std::sort(round.digests.begin(), round.digests.end());
  round.digests.erase(std::unique(round.digests.begin(), round.digests.end()), round.digests.end());
  const auto access = recognising();
  auto found = co_await store_.user_tokens().find(access, round.digests);
  if (unknown_.size() > most_unknown) unknown_.clear();
  for (const auto& digest : round.digests) {
    const bool is_stored = std::any_of(found.begin(), found.end(),
                                       [&](const auto& one) { return one.digest == digest; });
    if (is_stored) continue;
    unknown_[digest] = read_at;
    known_.forget(digest);
  }
  for (const auto& one : found) remember(one, read_at);
}

void UserTokens::remember(const store::FoundToken& found, Moment read_at) {
  const auto& token = found.token;
  RecognisedTokens::Found good;
  good.caller.kind = model::CallerKind::user;
  good.caller.only_user = token.user;
  good.caller.credential = "token " + token.id;
  good.caller.grant = token.grant;
  good.caller.grant.client = token.name;
  good.source = token.id;
  good.expires = token.expires_at;
  good.has_ended = token.revoked_at.has_value();
  good.believed_until = read_at + remembers;
  known_.remember(found.digest, std::move(good));
}

Task<bool> UserTokens::is_used() {
  const auto now = clock_.steady_now();
  if (!looked_for_any_at_ || now - *looked_for_any_at_ > remembers) {
    const auto access = model::Access::system("whether there are tokens");
    has_any_ = co_await store_.user_tokens().has_any(access);
    looked_for_any_at_ = now;
  }
  co_return has_any_;
}

Task<UserTokens::Made> UserTokens::make(model::Access access, model::UserToken wanted) {
  co_await store_.users().get_or_create(access, wanted.user);
  wanted.created_at = clock_.now();
  Secret text{std::string{token_head} + crypto::random_token(32)};
  wanted.id = text.reveal().substr(0, id_size);
  auto digest = crypto::sha256_hex(text.reveal());
  const bool is_added =
      co_await store_.user_tokens().add(access, wanted, std::move(digest), most_of_one_user);
  if (!is_added) {
    throw Error{Errc::conflict, "This user has 100 tokens already.",
                "Revoke one that is no longer used: gmail-mcp tokens list shows their last use."};
  }
  looked_for_any_at_.reset();
  co_return Made{std::move(text), std::move(wanted)};
}

Task<model::UserToken> UserTokens::revoke(model::Access access, std::string which) {
  auto id = which.substr(0, is_user_token(which) ? id_size : which.size());
  auto revoked = co_await store_.user_tokens().revoke(access, id);
  if (!revoked) {
    throw Error{Errc::not_found, "There is no such token.",
                "gmail-mcp tokens list shows the first characters of each."};
  }
  known_.end(id);
  looked_for_any_at_.reset();
  co_return std::move(*revoked);
}

Task<void> UserTokens::watch() {
  while (true) {
    co_await clock_.sleep(remembers);
    auto held = known_.held();
    if (held.empty()) continue;
    if (!next_) next_ = std::make_shared<Round>(executor_);
    for (auto& one : held) next_->digests.push_back(std::move(one.digest));
    // A database that does not answer says so to those who call.
    if (!is_asking_) asking_.spawn(ask());
  }
}

Task<void> UserTokens::close() {
  asking_.cancel();
  co_await asking_.join();
}

}  // namespace gmail_mcp::accounts
