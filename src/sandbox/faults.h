#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "http/message.h"
#include "sandbox/counters.h"

namespace gmail_mcp::sandbox {

class AppPasswords;
class Grants;
class World;

/// Where a connection is dropped. Only `before_response` spares the effect of the request.
enum class Cut {
  none,
  before_response,  // nothing happened, nothing is answered
  after_headers,
  mid_body,
  after_effect,  // it happened, and nothing is answered
  hang,          // IMAP and SMTP: nothing happens, nothing is answered, and the connection stays
};
std::vector<std::string_view> enum_names(Cut);

/// Where a request stands still until it is let go. Then it goes on as it would have gone, even if
/// nobody is left to hear the answer.
enum class Hold {
  none,
  before,  // nothing has happened
  after,   // it happened; the answer is kept back (IMAP: the tagged one)
};
std::vector<std::string_view> enum_names(Hold);

/// What goes wrong with one request.
struct Fault {
  std::optional<int> status;  // none: the request is served
  /// Of a 403 or 429: "userRateLimitExceeded", "domainPolicy" …; of the token endpoint:
  /// "invalid_grant" …. Empty: the usual one for the status. In IMAP and SMTP: one of the names in
  /// mail_refusals.h, whose text is the answer.
  std::string reason;
  /// IMAP and SMTP: the answer itself, instead of a reason: "NO [CANNOT] …", "* BYE …" (which also
  /// ends the connection), "451 4.3.0 …".
  std::string reply;
  std::optional<std::chrono::seconds> retry_after;
  bool retry_after_header = false;  // Google often gives the time in the text only
  bool retry_after_text = true;
  std::chrono::milliseconds delay{0};  // before anything else
  Hold hold = Hold::none;
  Cut cut = Cut::none;
};

/// Which requests a fault hits.
struct FaultRule {
  /// "messages.get", a path prefix ("/gmail/v1/users"), "token" and its like, or "*" for all HTTP.
  /// IMAP: "imap.LOGIN", "imap.UID FETCH" … by command, "imap.greeting", or "imap.*".
  /// SMTP: "smtp.EHLO", "smtp.DATA" … by command, "smtp.greeting", "smtp.body" (what follows DATA:
  /// its answer is to the whole mail), or "smtp.*".
  std::string match = "*";
  std::string email;         // only requests for this mailbox; empty: any
  std::string folder;        // IMAP: only commands that name it or find it open, and STATUS of it
                             // asked for with LIST; empty: any
  int skip = 0;              // so many of these requests go by first
  std::optional<int> times;  // nullopt: until cleared
  double probability = 1.0;
  std::uint64_t seed = 1;  // of the dice, so that a run can be repeated
  Fault then;
};

/// Lasting moods of its mail servers.
struct MailSwitches {
  std::vector<std::string> imap_disabled;  // addresses for which an administrator forbids IMAP
  int max_imap_connections = 15;           // per account
  std::string folder_language;             // "": English; "de"
  bool hide_all_mail = false;              // the person keeps All Mail from IMAP
  bool without_gmail_extensions = false;   // no X-GM-EXT-1: some other server
  bool auto_expunge = true;  // Gmail's default: what is marked \Deleted leaves the folder at once
  // Of the messages with these ids: the text is refused (NO, after the others of the FETCH); asking
  // for the text ends the connection (BYE); asking for it is never answered; no answer to a FETCH
  // has them; their flags and labels are refused (NO).
  std::vector<std::string> refused_texts, fatal_texts, silent_texts, left_out, refused_labels;
  std::vector<std::string> closed_folders;  // by name: LIST and STATUS show them, nobody opens them
};

/// Lasting moods of the simulated Google.
struct Switches {
  std::optional<int> max_concurrent;  // per mailbox; above it 429, as for the parts of a batch
  std::optional<int> refuse_batch;    // the status to refuse /batch with: 403 or 404
  std::optional<int> quota_units_per_minute;  // per mailbox
  /// The next consent grants only these of the requested scopes; used up by it.
  std::optional<std::vector<std::string>> next_consent_scopes;
  bool omit_refresh_token = false;  // a code exchange answers without one
  MailSwitches mail;
};

/// What a fault does to the mail servers at once; called with an address.
struct MailActions {
  std::function<void(std::string_view)> change_uid_validity, drop_connections;
};

/// What goes wrong, by request. One thread.
class Faults {
 public:
  Faults(World& world, Grants& grants, AppPasswords& app_passwords, Counters& counters)
      : world_{world}, grants_{grants}, app_passwords_{app_passwords}, counters_{counters} {}

  /// The first rule that matches and whose dice say so is the one that fires, in order of adding.
  void add(FaultRule rule);
  /// Drops rules and switches, and lets go. What was revoked stays revoked.
  void clear();

  Switches& switches() { return switches_; }
  const Switches& switches() const { return switches_; }

  /// The person withdraws the consent: every token of the account is dead.
  void revoke(std::string_view email);
  /// Access tokens of the account die at once; refresh tokens live on.
  void expire_access_tokens(std::string_view email);
  /// The App Password of the account is dead at once; `renew` makes another one, shown by
  /// Sandbox::app_password.
  void revoke_app_password(std::string_view email);
  void renew_app_password(std::string_view email);
  /// Every UID of the account is void: its folders get new ones, its IMAP connections a BYE.
  void change_uid_validity(std::string_view email);
  /// Its IMAP connections get a BYE.
  void drop_imap_connections(std::string_view email);
  /// Who does these things.
  void set_mail_actions(MailActions actions) { mail_actions_ = std::move(actions); }
  /// history.list knows nothing before now: 404 for every earlier startHistoryId.
  void expire_history(std::string_view email);

  /// What goes wrong with this request; uses up the rule that fires.
  std::optional<Fault> next(std::string_view method, std::string_view path, std::string_view email,
                            std::string_view folder = {});
  /// Whether a rule is about this folder.
  bool names(std::string_view folder) const;

  /// Until somebody lets go; `name` is what it counts under.
  Task<void> hold(std::string name);
  /// Whoever is held goes on, and nobody counts as held any more.
  void let_go();

 private:
  struct Armed {
    FaultRule rule;
    std::mt19937_64 dice;
  };

  World& world_;
  Grants& grants_;
  AppPasswords& app_passwords_;
  Counters& counters_;
  MailActions mail_actions_;
  std::shared_ptr<Event> gate_;  // nullptr: nobody is held
  std::vector<Armed> rules_;
  Switches switches_;
};

/// Reads the body of `POST /sandbox/faults` and does what it says:
///
///     {"rules": [{"match": "messages.get", "skip": 1, "times": 2, "probability": 0.5, "seed": 7,
///                 "email": "alex.morgan@gmail.example", "folder": "",
///                 "then": {"status": 429, "reason": "userRateLimitExceeded", "retry_after": 3,
///                          "retry_after_in": "text", "delay_ms": 50, "cut": "mid_body"}},
///                {"match": "imap.LOGIN", "then": {"reason": "web_login"}},
///                {"match": "smtp.RCPT", "then": {"reply": "451 4.3.0 Later."}},
///                {"match": "smtp.body", "times": 1, "then": {"hold": "after"}}],
///      "let_go": true,
///      "max_concurrent": 10, "refuse_batch": 404, "quota_units_per_minute": 6000,
///      "next_consent_scopes": ["gmail.readonly"], "omit_refresh_token": true,
///      "revoke": ["alex.morgan@gmail.example"], "expire_access_tokens": [], "expire_history": [],
///      "imap": {"disabled": ["alex.morgan@gmail.example"], "max_connections": 15,
///               "folder_language": "de", "hide_all_mail": true, "without_gmail_extensions": true,
///               "auto_expunge": false, "refused_texts": ["18c2…"], "fatal_texts": [],
///               "silent_texts": [], "left_out": [], "refused_labels": [],
///               "closed_folders": ["Receipts"]},
///      "revoke_app_passwords": [], "renew_app_passwords": [], "change_uid_validity": [],
///      "drop_imap_connections": []}
///
/// Errc::invalid_argument names what is wrong; then nothing has been done.
std::optional<Error> apply_json(Faults& faults, std::string_view text);

/// The answer a fault with a status gives, in the manner of the endpoint it hits.
enum class Manner { api, oauth };
http::Response fault_answer(const Fault& fault, Manner manner, Timestamp now);

}  // namespace gmail_mcp::sandbox
