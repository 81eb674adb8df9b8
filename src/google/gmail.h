#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "google/api_root.h"
#include "google/batch.h"
#include "google/call_tally.h"
#include "google/credentials.h"
#include "google/failure.h"
#include "google/gate.h"
#include "google/message.h"
#include "google/patience.h"
#include "google/quota.h"
#include "google/scopes.h"
#include "http/client.h"

namespace gmail_mcp::google {

/// How much of a message is requested. All cost the same quota.
enum class View {
  minimal,  // no headers, no parts
  /// All headers and the tree of parts with names and sizes, but no bytes. Not Gmail's own
  /// `format=metadata`, which has no parts and so does not show whether there are attachments.
  outline,
  full,  // with the bytes of texts; files are fetched separately
  raw,   // RFC 5322
  /// Only the headers find_sent() compares. Gmail's `format=metadata`.
  marks,
};

struct MessageQuery {
  std::string q;
  std::vector<std::string> label_ids;
  int max_results = 100;
  std::string page_token;
};

/// A message to be sent or stored.
struct RawOutgoing {
  std::string rfc822;
  std::string thread_id;  // empty: a new thread
};

/// The Gmail REST API for one mailbox: one function per method. Throws Error: reconnect_required
/// when Google refuses a new token too, insufficient_scope naming the scope, rate_limited and
/// unavailable when the retry budget is used up, and what failure.h says. No message contains
/// Google's own text.
///
/// Each request takes its units from the policy's quota for the mailbox. It waits for them within
/// the retry budget; if that is not enough, it is rate_limited without being sent.
///
/// Reads and idempotent changes are repeated within the budget. Effects (send_*, *_draft) are
/// attempted once, through http::Client::send_once: if one may have happened, the error is
/// `outcome_unknown`.
///
/// A resource of one loop. Borrows everything it is given. Several calls may run at once.
class GmailApi {
 public:
  /// Work on more than 256 KiB is done by `work_pool`, if there is one. `tally` counts, if given.
  GmailApi(http::Client& http, ApiRoot& root, TokenSource& tokens, Gate& gate, Clock& clock,
           Policy policy = {}, WorkPool* work_pool = nullptr, CallTally* tally = nullptr);

  Task<RawProfile> get_profile();
  Task<std::vector<RawLabel>> list_labels();
  Task<std::vector<Result<RawLabel>>> get_labels(std::vector<std::string> ids);

  /// Not repeated: if the first attempt had succeeded, the second would be refused as a duplicate.
  Task<RawLabel> create_label(RawLabelWish wish);
  Task<RawLabel> patch_label(std::string id, RawLabelWish wish);
  Task<void> delete_label(std::string id);

  /// The addresses that mail may be sent from, with the sender's name for each.
  Task<std::vector<RawSendAs>> list_send_as();

  Task<MessageList> list_messages(MessageQuery query);
  /// The changes since then; not_found when Google no longer remembers that far back.
  Task<HistoryPage> list_history(std::string since, int max_results, std::string page_token);
  Task<RawMessage> get_message(std::string id, View view);
  /// In the order of `ids`, fetched in parallel batches. An id that fails does not affect the
  /// others.
  Task<std::vector<Result<RawMessage>>> get_messages(std::vector<std::string> ids, View view);
  Task<RawThread> get_thread(std::string id, View view);
  Task<RawBody> get_attachment(std::string message_id, std::string attachment_id);

  Task<RawMessage> modify_message(std::string id, std::vector<std::string> add,
                                  std::vector<std::string> remove);
  /// Each on its own, in batches: an id that fails does not affect the others.
  Task<std::vector<Result<RawMessage>>> modify_messages(std::vector<std::string> ids,
                                                        std::vector<std::string> add,
                                                        std::vector<std::string> remove);
  /// Up to 1,000 in one request. Gmail ignores unknown ids.
  Task<void> batch_modify(std::vector<std::string> ids, std::vector<std::string> add,
                          std::vector<std::string> remove);
  Task<void> trash_message(std::string id);
  Task<void> untrash_message(std::string id);

  Task<RawMessage> send_message(RawOutgoing mail);
  Task<RawDraft> create_draft(RawOutgoing mail);
  Task<RawDraft> update_draft(std::string id, RawOutgoing mail);
  Task<void> delete_draft(std::string id);
  Task<RawDraft> get_draft(std::string id);
  /// The message in the draft, with `raw`.
  Task<RawMessage> get_draft_source(std::string id);
  Task<DraftList> list_drafts(int max_results, std::string page_token);
  Task<RawMessage> send_draft(std::string id);

  /// Many reads or idempotent changes of one method; paths begin at "/gmail/v1". The answers are in
  /// the order of `parts`; a part that finally failed has its last answer. Only failed parts are
  /// repeated.
  Task<std::vector<BatchAnswer>> batch(Method method, std::vector<BatchPart> parts);

 private:
  struct Request {
    Method method;
    std::string verb = "GET";
    std::string path;  // with query
    std::string content_type;
    std::string body;
    std::shared_ptr<const std::string> upload = {};  // instead of `body`
  };
  struct Attempt {
    http::ClientResponse response;
    std::optional<Failure> failure;
  };
  struct Round;
  /// How many calls may be made now and, if none, how long until one may.
  struct Share {
    std::size_t calls = 0;
    std::chrono::milliseconds wait{0};
    bool of_project = false;  // the wait is for all mailboxes
  };

  /// The token to use after Google refused one; `earlier`: how often it already did so in this
  /// call.
  Task<Secret> next_token(Secret refused, int earlier);
  Task<http::ClientResponse> call(Request request);
  Task<http::ClientResponse> call_once(Request request);
  Task<Attempt> attempt(const Request& request, const Secret& token);
  Task<http::ClientResponse> upload(Request request, RawOutgoing mail);
  http::ClientRequest to_http(const Request& request, const Secret& token) const;

  Task<void> run_round(Round& round);
  Task<void> work_off(Round& round);
  Task<void> ask(Round& round, std::vector<std::size_t> slice, const Gate::Permit& permit);
  Task<bool> ask_together(Round& round, const std::vector<std::size_t>& slice);
  Task<void> ask_each(Round& round, const std::vector<std::size_t>& slice);
  Task<void> ask_alone(Round& round, std::size_t index);
  Task<Share> afford(int cost, std::size_t calls, std::chrono::steady_clock::time_point began);
  void note_answer(Method method, int status);  // 0: no answer
  void tell_gate(const Gate::Permit& permit, const std::vector<std::optional<Failure>>& failures);

  http::Client& http_;
  ApiRoot& root_;
  TokenSource& tokens_;
  Gate& gate_;
  Clock& clock_;
  Policy policy_;
  WorkPool* work_pool_;
  CallTally* tally_;
  std::shared_ptr<UnitWindow> quota_;
};

}  // namespace gmail_mcp::google
