#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/archive.h"
#include "mail/imap_smtp/imap_feed.h"
#include "store/testing/test_store.h"
#include "tests/contract/gmail_rest_over_sandbox.h"
#include "tests/contract/imap_smtp_over_sandbox.h"

namespace gmail_mcp::mail {

/// How an archive follows its mailbox; and it is in SQLite if nothing else is said.
enum class Way { gmail_imap, plain_imap, rest, rest_in_postgres };
std::string name_of(Way way);

/// What an archive says of a message, as one text; by its id.
using Rows = std::map<std::string, std::string>;

/// A simulated mailbox and its archive, of which a test asks whether the two are the same. Hours
/// pass only when the test says so.
class ArchivedUpstream : public ::testing::TestWithParam<Way> {
 protected:
  ArchivedUpstream();
  ~ArchivedUpstream() override;

  sandbox::Sandbox& sandbox();
  sandbox::Mailbox& upstream() { return sandbox().world().mailbox(own_address); }
  /// All that goes wrong; what kind of server it is stays.
  void clear_faults();
  sandbox::MailSwitches& moods() { return sandbox().faults().switches().mail; }
  bool is_imap() const { return GetParam() == Way::gmail_imap || GetParam() == Way::plain_imap; }

  /// Also once more, after it was disconnected.
  model::Connection connect(const std::string& user);

  /// A mail arrives a minute after the one before: its id upstream.
  std::string deliver(const std::string& subject, const std::string& text = "Hello.",
                      std::vector<std::string> labels = {"INBOX", "UNREAD"});

  /// What the sync failed with; nullopt: it did not.
  std::optional<Error> sync();
  /// The same; each time a fault holds a request, `act` is done before it goes on.
  std::optional<Error> sync_amid(std::function<void()> act);
  /// As of now, and what an archive holds that was never there before.
  Rows archived();
  Rows freshly_archived();
  std::vector<std::string> subjects();
  const std::string& stuck() const { return stuck_; }

  std::string cursor();
  void set_cursor(const std::string& cursor);
  std::unique_ptr<Feed> open_feed();

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    run(detail::store_result(std::move(task), result));
    return std::move(*result);
  }
  void run(Task<void> task);

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_ = open_store();
  model::Access all_ = model::Access::system("test");
  model::Connection connection_;
  std::unique_ptr<Archive> archive_;

 private:
  store::testing::TestStore open_store();
  std::unique_ptr<Archive> make_archive();
  Rows rows_of(const model::Connection& connection);

  SystemClock wall_clock_;  // of the sandbox and the connections: sleeping by hand turns no hours
  std::unique_ptr<ImapSmtpOverSandbox> imap_;
  std::unique_ptr<GmailRestOverSandbox> rest_;
  std::unique_ptr<ImapFeeds> feeds_;
  std::string stuck_;
  Timestamp next_arrival_;
  int letters_ = 0;
  int others_ = 0;
};

}  // namespace gmail_mcp::mail
