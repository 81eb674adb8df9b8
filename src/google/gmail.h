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

/// How much of a message is asked for. The quota cost is the same for all.
enum class View {
  minimal,  // no headers, no parts
  /// All headers and the tree of parts with names and sizes, but no bytes. Not Gmail's own
  /// `format=metadata`: that has no parts, so that nobody could tell whether there are attachments.
  outline,
  full,  // with the bytes of texts; files are fetched apart
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

/// A message on its way out.
struct RawOutgoing {
  std::string rfc822;
  std::string thread_id;  // empty: a new thread
};

/// The Gmail REST API for one mailbox: one function per method. Throws Error: reconnect_required
/// when Google refuses a fresh token too, insufficient_scope naming the scope, rate_limited and
/// unavailable when the retry budget is used up, and what failure.h says. Google's own words are in
/// no message.
///
/// Each request takes its units from the policy's quota of the mailbox; it waits for them within
/// the retry budget, and beyond that is rate_limited without being made.
///
/// Reads and idempotent changes are tried again within the budget. Effects (send_*, *_draft) are
/// made once, through http::Client::send_once: what may have happened is `outcome_unknown`.
///
/// A resource of one loop. Borrows all it is given. Several calls may run at once.
class GmailApi {
 public:
  /// Work on more than 256 KiB is done by `work_pool`, if there is one. `tally` counts, if given.
  GmailApi(http::Client& http, ApiRoot& root, TokenSource& tokens, Gate& gate, Clock& clock,
           Policy policy = {}, WorkPool* work_pool = nullptr, CallTally* tally = nullptr);

  Task<RawProfile> get_profile();
  Task<std::vector<RawLabel>> list_labels();
  Task<std::vector<Result<RawLabel>>> get_labels(std::vector<std::string> ids);

  /// Once: of two labels made by one call, the second would be refused as a double of the first.
  Task<RawLabel> create_label(RawLabelWish wish);
  Task<RawLabel> patch_label(std::string id, RawLabelWish wish);
  Task<void> delete_label(std::string id);

  /// The addresses that mail may be sent under, with the names it then bears.
  Task<std::vector<RawSendAs>> list_send_as();

  Task<MessageList> list_messages(MessageQuery query);
  /// What happened since: not_found when Google no longer remembers that far back.
  Task<HistoryPage> list_history(std::string since, int max_results, std::string page_token);
  Task<RawMessage> get_message(std::string id, View view);
  /// In the order of `ids`, in batches side by side. An id that fails does not harm the others.
  Task<std::vector<Result<RawMessage>>> get_messages(std::vector<std::string> ids, View view);
  Task<RawThread> get_thread(std::string id, View view);
  Task<RawBody> get_attachment(std::string message_id, std::string attachment_id);

  Task<RawMessage> modify_message(std::string id, std::vector<std::string> add,
                                  std::vector<std::string> remove);
  /// Each by itself, in batches: an id that fails does not harm the others.
  Task<std::vector<Result<RawMessage>>> modify_messages(std::vector<std::string> ids,
                                                        std::vector<std::string> add,
                                                        std::vector<std::string> remove);
  /// Up to 1,000 in one request. Gmail says nothing of ids that it does not know.
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

  /// Many reads or idempotent changes of one method; paths begin at "/gmail/v1". In the order of
  /// `parts`; what failed for good has its failing answer. Only failed parts are asked for again.
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
  /// How many calls may be made now; if none, how long until one may.
  struct Share {
    std::size_t calls = 0;
    std::chrono::milliseconds wait{0};
    bool of_project = false;  // all mailboxes wait
  };

  /// What to show after Google refused one; `earlier`: how often it did so in this call before.
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
