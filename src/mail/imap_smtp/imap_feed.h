#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/task.h"
#include "mail/feed.h"
#include "mail/imap_smtp/sessions.h"

namespace gmail_mcp::mail {

/// Shared by all feeds over IMAP. Borrowed: must outlive them.
struct ImapFeeds {
  Sessions& sessions;
  Clock& clock;
  WorkPool* work_pool = nullptr;  // parses mail; nullptr: on the loop
  /// The limit for messages requested together, after which fewer are requested; and for a silent
  /// server.
  std::chrono::milliseconds patience{40'000};
};

/// Follows an account over IMAP.
///
/// With X-GM-EXT-1: All Mail, Spam and Trash, found by their use; if All Mail is hidden, every
/// folder that can be opened except Starred and Important, where a message in several of them is
/// the same message. On other servers: every folder that can be opened.
///
/// New mail is everything from UIDNEXT on; changes come from CHANGEDSINCE (without CONDSTORE only
/// the next walk notices a change). The number of messages shows that something was removed, but
/// IMAP cannot tell what; so the step lists the UIDs that the folder still has (`present`), from
/// which a reader that stores UIDs knows what is gone. Later a walk over ids and labels only
/// (`restarts`, all of it `relabelled`) makes certain, for readers that do not store UIDs and when
/// a message may be in several folders. At Gmail this walk is made at most every quarter of an
/// hour, and every three hours in a mailbox of 100,000, because Gmail limits what may be read in a
/// day.
///
/// Nothing stops it for ever. Messages that the server refuses or leaves out, although they exist,
/// are skipped and requested again every hour; if requesting them ends the connection, fewer are
/// requested together, down to single ones. A folder that cannot be opened is left out; one at
/// which the server hangs up or falls silent, for an hour at a time. A walk that could not see
/// everything removes nothing.
///
/// For messages over 1 MB only headers, structure and texts are fetched.
std::unique_ptr<Feed> open_imap_feed(const ImapFeeds& shared, ImapAccount account, FeedUse use);

}  // namespace gmail_mcp::mail
