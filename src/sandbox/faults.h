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

/// Where a connection is dropped. Only with `before_response` (and `hang`) the request has no
/// effect.
enum class Cut {
  none,
  before_response,  // nothing happened, nothing is answered
  after_headers,
  mid_body,
  after_effect,  // it happened, and nothing is answered
  hang,          // IMAP and SMTP: nothing happens, nothing is answered, and the connection stays
};
std::vector<std::string_view> enum_names(Cut);

/// Where a request is stopped until it is released. Then it continues normally, even if the client
/// is gone.
enum class Hold {
  none,
  before,  // nothing has happened
  after,   // it happened; the answer is held back (IMAP: the tagged one)
};
std::vector<std::string_view> enum_names(Hold);

/// What goes wrong with one request.
struct Fault {
  std::optional<int> status;  // none: the request is served
  /// With 403 or 429: "userRateLimitExceeded", "domainPolicy" …; at the token endpoint:
  /// "invalid_grant" …. Empty: the usual one for the status. In IMAP and SMTP: a name from
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
  int skip = 0;              // how many of these requests are served normally first
  std::optional<int> times;  // nullopt: until cleared
  double probability = 1.0;
  std::uint64_t seed = 1;  // of the dice, so that a run can be repeated
  Fault then;
};

/// How the mail servers behave until this is changed.
struct MailSwitches {
  std::vector<std::string> imap_disabled;  // addresses whose administrator forbids IMAP
  int max_imap_connections = 15;           // per account
  std::string folder_language;             // "": English; "de"
  bool hide_all_mail = false;              // the person has hidden All Mail from IMAP
  bool without_gmail_extensions = false;   // no X-GM-EXT-1, like another kind of server
  bool auto_expunge = true;  // Gmail's default: what is marked \Deleted leaves the folder at once
  // For messages with these ids, in this order: the text is refused (NO, after the other messages
  // of the FETCH); asking for the text ends the connection (BYE); asking for the text is never
  // answered; the answer to a FETCH leaves them out; their flags and labels are refused (NO).
  std::vector<std::string> refused_texts, fatal_texts, silent_texts, left_out, refused_labels;
  std::vector<std::string> closed_folders;  // by name: LIST and STATUS show them, SELECT is refused
};

/// How the simulated Google behaves until this is changed.
struct Switches {
  std::optional<int> max_concurrent;  // per mailbox; above it 429, also for parts of a batch
  std::optional<int> refuse_batch;    // the status to refuse /batch with: 403 or 404
  std::optional<int> quota_units_per_minute;  // per mailbox
  /// The next consent grants only these of the requested scopes; used up by it.
  std::optional<std::vector<std::string>> next_consent_scopes;
  bool omit_refresh_token = false;  // a code exchange answers without one
  MailSwitches mail;
};

/// Actions of the mail servers that a test asks for; called with an address.
struct MailActions {
  std::function<void(std::string_view)> change_uid_validity, drop_connections;
};

/// Decides what goes wrong with which request. One thread.
class Faults {
 public:
  Faults(World& world, Grants& grants, AppPasswords& app_passwords, Counters& counters)
      : world_{world}, grants_{grants}, app_passwords_{app_passwords}, counters_{counters} {}

  /// Of the rules, in the order in which they were added, the first that matches and whose dice say
  /// so fires.
  void add(FaultRule rule);
  /// Removes all rules, resets the switches and releases held requests. What was revoked stays
  /// revoked.
  void clear();

  Switches& switches() { return switches_; }
  const Switches& switches() const { return switches_; }

  /// The person withdraws the consent: every token of the account becomes invalid.
  void revoke(std::string_view email);
  /// Access tokens of the account become invalid at once; refresh tokens stay valid.
  void expire_access_tokens(std::string_view email);
  /// The App Password of the account becomes invalid at once; `renew` makes a new one, returned by
  /// Sandbox::app_password.
  void revoke_app_password(std::string_view email);
  void renew_app_password(std::string_view email);
  /// Every UID of the account becomes invalid: its folders get new ones, its IMAP connections a
  /// BYE.
  void change_uid_validity(std::string_view email);
  /// Its IMAP connections get a BYE.
  void drop_imap_connections(std::string_view email);
  /// Sets who carries these actions out.
  void set_mail_actions(MailActions actions) { mail_actions_ = std::move(actions); }
  /// history.list forgets everything before now: 404 for every earlier startHistoryId.
  void expire_history(std::string_view email);

  /// What goes wrong with this request; uses up the rule that fires.
  std::optional<Fault> next(std::string_view method, std::string_view path, std::string_view email,
                            std::string_view folder = {});
  /// Whether a rule is about this folder.
  bool names(std::string_view folder) const;

  /// Waits until let_go(); `name` is the name under which it is counted.
  Task<void> hold(std::string name);
  /// Releases all held requests; none counts as held any more.
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
