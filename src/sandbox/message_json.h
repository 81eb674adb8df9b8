#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/mailbox.h"

namespace gmail_mcp::sandbox {

/// Gmail's resources as JSON, by Google's rules: 64-bit numbers are strings, bytes are base64url,
/// empty lists are left out.

enum class Format { minimal, full, raw, metadata };

struct View {
  Format format = Format::full;
  std::vector<std::string> metadata_headers;  // for Format::metadata; empty: all
};

boost::json::object message_json(const StoredMessage& message, const View& view);
/// {id, threadId}, as in lists.
boost::json::object message_reference(const StoredMessage& message);
/// {id, threadId, labelIds}, as answers to changes have it.
boost::json::object message_brief(const StoredMessage& message);

/// With `counts`, as in labels.get but not in labels.list.
boost::json::object label_json(const Label& label, const Mailbox* counts);

boost::json::object change_json(const Change& change);

/// An attachmentId: long, different each time it is asked for, valid for ever.
std::string make_attachment_id(std::string_view message_id, std::string_view part_id);
/// The part that it stands for, if it belongs to that message.
std::optional<std::string> part_of_attachment(std::string_view attachment_id,
                                              std::string_view message_id);
/// The part of that id; nullptr if there is none.
const Part* find_part(const Part& root, std::string_view part_id);

}  // namespace gmail_mcp::sandbox
