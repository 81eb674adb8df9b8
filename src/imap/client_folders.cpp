#include <algorithm>
#include <utility>

#include "imap/client_state.h"

namespace gmail_mcp::imap {

namespace {

// Gmail allows 10,000 labels.
constexpr std::size_t most_folders = 20'000;

std::string status_items(const Client& client) {
  std::string items = "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY";
  if (client.can("CONDSTORE")) items += " HIGHESTMODSEQ";
  return items + ")";
}

// A folder that refuses STATUS is listed without it; the others are not affected.
Task<void> ask_status(Client& client, Folder& folder) {
  try {
    folder.status = co_await client.status(folder.name);
  } catch (const Error& error) {
    if (!client.is_open()) throw;
  }
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// What a server says about the folder that it opens (RFC 3501 §6.3.1, RFC 7162 §3.1.2).
bool note(Selected& folder, const Response& response) {
  if (const auto* exists = std::get_if<Exists>(&response)) {
    folder.exists = exists->messages;
    return true;
  }
  const auto* status = std::get_if<StatusResponse>(&response);
  if (status == nullptr || !status->is_ok()) return false;
  if (status->code == "UIDVALIDITY") {
    folder.uid_validity = static_cast<std::uint32_t>(number(status->argument));
  } else if (status->code == "UIDNEXT") {
    folder.uid_next = static_cast<Uid>(number(status->argument));
  } else if (status->code == "HIGHESTMODSEQ") {
    folder.highest_modseq = number(status->argument);
  } else if (status->code == "PERMANENTFLAGS" && status->argument.size() >= 2) {
    const auto inside = std::string_view{status->argument}.substr(1, status->argument.size() - 2);
    folder.permanent_flags.clear();
    for (std::size_t at = 0; at < inside.size();) {
      const auto end = std::min(inside.find(' ', at), inside.size());
      if (end > at) folder.permanent_flags.emplace_back(inside.substr(at, end - at));
      at = end + 1;
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace

Task<std::vector<Folder>> Client::folders(bool with_status) {
  auto& state = *state_;
  const bool is_extended = can("LIST-EXTENDED");
  const bool in_one = with_status && is_extended && can("LIST-STATUS");
  std::string wanted;
  if (is_extended && can("SPECIAL-USE")) wanted = "SPECIAL-USE";
  if (in_one) wanted += (wanted.empty() ? "STATUS " : " STATUS ") + status_items(*this);
  auto command = state.command("LIST \"\" \"*\"");
  if (!wanted.empty()) command.words(" RETURN (" + wanted + ")");

  std::vector<Folder> folders;
  std::vector<FolderNumbers> numbers;
  auto take = [&](Response& response) {
    if (folders.size() + numbers.size() > 2 * most_folders) {
      throw Error{Errc::too_large, "The account has more folders than can be handled.",
                  "Remove folders that are not needed, or hide them from IMAP."};
    }
    if (auto* listing = std::get_if<FolderListing>(&response)) {
      folders.push_back(std::move(listing->folder));
      return true;
    }
    if (auto* one = std::get_if<FolderNumbers>(&response); one != nullptr && in_one) {
      numbers.push_back(std::move(*one));
      return true;
    }
    return false;
  };
  Conversation::Take taking{std::ref(take)};
  co_await state.run(std::move(command), std::move(taking));

  std::sort(numbers.begin(), numbers.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& folder : folders) {
    const auto at =
        std::lower_bound(numbers.begin(), numbers.end(), folder.name,
                         [](const auto& one, const std::string& name) { return one.name < name; });
    if (at != numbers.end() && at->name == folder.name) folder.status = at->status;
  }
  if (with_status && !in_one) {
    constexpr std::size_t at_once = 50;
    for (std::size_t begin = 0; begin < folders.size(); begin += at_once) {
      std::vector<Task<void>> asks;
      for (std::size_t i = begin; i < std::min(begin + at_once, folders.size()); ++i) {
        if (folders[i].can_select) asks.push_back(ask_status(*this, folders[i]));
      }
      co_await run_all(std::move(asks));
    }
  }
  co_return folders;
}

Task<FolderStatus> Client::status(std::string folder) {
  auto& state = *state_;
  auto command = state.command("STATUS ");
  command.name(folder).words(" " + status_items(*this));
  FolderStatus status;
  auto take = [&](Response& response) {
    const auto* numbers = std::get_if<FolderNumbers>(&response);
    if (numbers == nullptr || numbers->name != folder) return false;
    status = numbers->status;
    return true;
  };
  Conversation::Take taking{std::ref(take)};
  co_await state.run(std::move(command), std::move(taking));
  co_return status;
}

Task<Selected> Client::State::open(std::string verb, std::string folder) {
  auto words = command(verb + " ");
  words.name(folder);
  if (can("CONDSTORE")) words.words(" (CONDSTORE)");
  Selected opened;
  opened.name = std::move(folder);
  opened.is_read_only = verb == "EXAMINE";
  auto take = [&](Response& response) { return note(opened, response); };
  Conversation::Command full;
  full.pieces = std::move(words).finish();
  full.take = std::ref(take);
  const auto status = co_await conversation.run(std::move(full));
  has_changed = false;
  if (!status.is_ok()) {
    selected.reset();  // RFC 3501 §6.3.1: no folder is open now
    throw failure_of(status, Asked::command);
  }
  if (status.code == "READ-ONLY") opened.is_read_only = true;
  selected = opened;
  co_return opened;
}

Task<Selected> Client::select(std::string folder) {
  return state_->open("SELECT", std::move(folder));
}

Task<Selected> Client::examine(std::string folder) {
  return state_->open("EXAMINE", std::move(folder));
}

Task<void> Client::create_folder(std::string folder) {
  auto command = state_->command("CREATE ");
  command.name(folder);
  co_await state_->run(std::move(command));
}

Task<void> Client::rename_folder(std::string folder, std::string name) {
  auto command = state_->command("RENAME ");
  command.name(folder).words(" ").name(name);
  co_await state_->run(std::move(command));
}

Task<void> Client::delete_folder(std::string folder) {
  auto command = state_->command("DELETE ");
  command.name(folder);
  co_await state_->run(std::move(command));
}

}  // namespace gmail_mcp::imap
