#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/recognised_tokens.h"
#include "accounts/recognizer.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "model/access.h"
#include "model/user_token.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// Tokens that are given out to persons: "gmu_" and 43 characters of base64url (32 random bytes).
/// Only their SHA-256 is stored: nobody can guess 256 bits, so a slow hash would protect nothing.
/// What was found is remembered for a few seconds; whoever asks for unknown ones meanwhile shares
/// one question to the database with all others, so that wrong tokens cost next to nothing. One
/// loop.
class UserTokens final : public Recognizer {
 public:
  /// How long a revocation by another process may stay unseen.
  static constexpr std::chrono::seconds remembers{4};
  static constexpr std::int64_t most_of_one_user = 100;

  UserTokens(const Executor& executor, store::Store& store, Clock& clock);

  Task<std::optional<model::Caller>> recognize(std::string token) override;
  Task<bool> is_used() override;

  struct Made {
    Secret text;  // the only time that it is known
    model::UserToken token;
  };
  /// Gives out a token to the user of `wanted`, with its name, limits and end. Throws conflict when
  /// the user has too many.
  Task<Made> make(model::Access access, model::UserToken wanted);
  /// `which`: the id, or the whole token. Throws not_found when there is none within the access.
  Task<model::UserToken> revoke(model::Access access, std::string which);

  /// Until it is cancelled: notices the end of tokens that are in use without being shown again,
  /// by event streams.
  Task<void> watch();
  /// Ends what runs in the background.
  Task<void> close();

 private:
  using Moment = std::chrono::steady_clock::time_point;

  // Digests that are looked for together.
  struct Round {
    explicit Round(const Executor& executor) : over{executor} {}
    std::vector<std::string> digests;
    std::optional<Error> failure;
    Event over;
  };

  bool is_unknown(const std::string& digest);
  Task<void> look_up(std::string digest);
  Task<void> ask();
  Task<void> ask_for(Round& round);
  void remember(const store::FoundToken& found, Moment read_at);
  model::Caller judge(RecognisedTokens::Known& known);

  Executor executor_;
  store::Store& store_;
  Clock& clock_;
  RecognisedTokens known_;                           // by digest
  std::unordered_map<std::string, Moment> unknown_;  // digests that are not stored
  std::shared_ptr<Round> next_;
  bool is_asking_ = false;
  std::optional<Moment> looked_for_any_at_;
  bool has_any_ = false;
  TaskGroup asking_;
};

}  // namespace gmail_mcp::accounts
