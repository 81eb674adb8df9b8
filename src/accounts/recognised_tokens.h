#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/share_table.h"
#include "model/caller.h"

namespace gmail_mcp::accounts {

/// Who held a bearer token, so that a busy client's token is not looked up or checked at every
/// request; and what tells an event stream that its token has ended. One for each Recognizer.
///
/// Every person has a share: whoever has more tokens than that loses the one of theirs that was
/// used longest ago, which costs another look-up and nothing else. A token that an event stream
/// still uses stays. One loop.
class RecognisedTokens {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// Tokens take about a kilobyte each.
  static constexpr std::size_t most = 20'000;
  static constexpr std::size_t most_of_one = 256;

  /// `clock` is borrowed.
  explicit RecognisedTokens(const Clock& clock);

  /// What was found out about a token.
  struct Found {
    model::Caller caller;  // a person
    /// What ends it: the id of the token, or of the sign-in that it belongs to; "": only time.
    std::string source;
    std::optional<Timestamp> expires;
    bool has_ended = false;
    Moment believed_until;                   // afterwards it is found out again
    std::shared_ptr<const void> proof = {};  // what it was checked with
  };

  class Known {
   public:
    /// With the validity that ends with the token: the same for all who ask.
    model::Caller caller() const;
    const std::string& source() const { return found_.source; }
    const std::shared_ptr<const void>& proof() const { return found_.proof; }
    bool has_ended() const { return validity_->has_ended; }
    bool holds(Timestamp now) const { return validity_->holds(now); }

    std::optional<Timestamp> use_noted_at;  // in the store

   private:
    friend class RecognisedTokens;
    bool is_held() const { return validity_.use_count() > 1; }

    Found found_;
    std::shared_ptr<model::Validity> validity_;
  };

  /// The token of this digest, which counts as a use. nullptr: it has to be found out. Valid until
  /// the next change.
  Known* believed(std::string_view digest);
  /// What has ended stays so, whatever is found.
  Known& remember(const std::string& digest, Found found);
  /// There is no such token any more, or it is no longer good.
  void forget(std::string_view digest);
  /// All tokens of this source have ended.
  void end(std::string_view source);

  struct Held {
    std::string digest;
    std::string source;
  };
  /// The tokens that something uses which outlives the request that showed them, and that have not
  /// ended as far as is known.
  std::vector<Held> held();

  std::size_t size() const { return tokens_.size(); }

 private:
  const Clock& clock_;
  ShareTable<Known> tokens_;  // by digest
};

}  // namespace gmail_mcp::accounts
