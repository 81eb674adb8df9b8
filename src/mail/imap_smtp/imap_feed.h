#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/task.h"
#include "mail/feed.h"
#include "mail/imap_smtp/sessions.h"

namespace gmail_mcp::mail {

/// What all feeds over IMAP share. Borrowed: outlives them.
struct ImapFeeds {
  Sessions& sessions;
  Clock& clock;
  WorkPool* work_pool = nullptr;  // parses mail; none: on the loop
  /// For the messages asked for together; then it is fewer. And for a silent server.
  std::chrono::milliseconds patience{40'000};
};

/// Follows an account over IMAP.
///
/// With X-GM-EXT-1: All Mail, Spam and Trash, found by their use; where All Mail is hidden, every
/// folder that can be opened but Starred and Important, a message in several of them being the same
/// message. On other servers: every folder that can be opened.
///
/// New mail is what is at UIDNEXT and above, changes are what CHANGEDSINCE tells (without CONDSTORE
/// a change is noticed by the next walk only). That something was removed shows in the number of
/// messages; what it was, IMAP cannot tell any more, so the step says which UIDs the folder still
/// has (`present`), and who knows the UIDs of what he keeps knows what is gone. Later a walk over
/// ids and labels alone (`restarts`, all of it `relabelled`) makes sure of it, for those who do not
/// and where a message may be in several folders. At Gmail that walk is made at most every quarter
/// of an hour, and every three hours in a mailbox of 100,000: Gmail limits what may be read in a
/// day.
///
/// Nothing stops it for ever. What the server refuses or leaves out of an answer, although it is
/// there, is passed over and asked for again every hour; where asking costs the connection, fewer
/// messages are asked for together, down to the one. A folder that cannot be opened is left out;
/// one at which the server hangs up or falls silent, for an hour at a time. A walk that could not
/// see everything removes nothing.
///
/// Of messages over 1 MB only headers, structure and texts are fetched.
std::unique_ptr<Feed> open_imap_feed(const ImapFeeds& shared, ImapAccount account, FeedUse use);

}  // namespace gmail_mcp::mail
