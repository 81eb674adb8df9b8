#include "accounts/client_documents.h"

#include <boost/json.hpp>
#include <utility>

#include "accounts/redirect_uri.h"
#include "base/caught.h"
#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::size_t most_kept = 500;
constexpr std::size_t most_under_way = 64;
// A slow site keeps a place for seconds: nobody gets all places for theirs.
constexpr std::size_t most_documents_of_a_network = 2;
constexpr std::size_t largest_document = std::size_t{64} << 10U;
constexpr std::chrono::seconds time_for_document{5};
constexpr std::chrono::hours good_for{1};
constexpr std::chrono::minutes bad_for{1};
constexpr std::chrono::hours longest_trust{24};

Error bad_document(std::string message) {
  return Error{Errc::invalid_argument, std::move(message),
               "The program's makers must correct the document at its client_id."};
}

Error nothing_said() {
  return Error{Errc::unavailable, "The program's metadata cannot be read at the address it names."};
}

bool is_json(std::string_view content_type) {
  const auto type = to_lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

// The document must say whose it is: somebody may be able to put files onto another's site.
bool names_itself(std::string_view body, std::string_view id) {
  boost::system::error_code failed;
  const auto parsed = json::parse({body.data(), body.size()}, failed);
  if (failed || !parsed.is_object()) return false;
  const auto* named = parsed.get_object().if_contains("client_id");
  return named != nullptr && named->is_string() && std::string_view{named->get_string()} == id;
}

class UnderWay {
 public:
  using Networks = std::unordered_map<std::string, std::size_t>;

  UnderWay(std::size_t& all, Networks& networks, std::string network)
      : all_{all}, networks_{networks}, network_{std::move(network)} {
    ++all_;
    ++networks_[network_];
  }
  ~UnderWay() {
    --all_;
    const auto place = networks_.find(network_);
    if (--place->second == 0) networks_.erase(place);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  std::size_t& all_;
  Networks& networks_;
  std::string network_;
};

}  // namespace

bool ClientDocuments::is_address(std::string_view client_id) {
  const auto uri = RedirectUri::parse(client_id);
  if (!uri || uri->kind != RedirectUri::Kind::https) return false;
  const auto url = http::Url::parse(client_id);
  return url && url->scheme == "https" && url->path != "/" && url->query.empty();
}

void ClientDocuments::make_place() {
  if (kept_.size() < most_kept) return;
  const auto now = clock_.steady_now();
  std::erase_if(kept_, [&](const auto& entry) { return now >= entry.second.until; });
  if (kept_.size() >= most_kept) kept_.clear();
}

Task<Result<ClientApp>> ClientDocuments::read(std::string client_id) {
  http::ClientRequest request;
  request.url = client_id;
  request.headers.add("Accept", "application/json");
  request.timeout = time_for_document;
  request.max_body = largest_document;
  const auto got = co_await caught(http_.send(std::move(request)));
  if (!got) {
    if (got.error().code == Errc::too_large) {
      co_return bad_document("The program's metadata is larger than 64 KiB.");
    }
    co_return nothing_said();
  }
  const auto& response = got.value();
  if (response.status == 429 || response.status >= 500) {
    co_return nothing_said();
  }
  if (response.status != 200) {
    co_return bad_document(
        "The program's metadata is not at the address it names: redirects are not followed.");
  }
  if (!is_json(response.headers.get("content-type"))) {
    co_return bad_document("The program's metadata is not served as application/json.");
  }
  if (!names_itself(response.body, client_id)) {
    co_return bad_document("The program's metadata does not name its own address as client_id.");
  }
  auto app = read_client_metadata(response.body, client_id);
  if (app) app.value().host = http::Url::parse(client_id).value().host;
  co_return app;
}

bool ClientDocuments::knows(const std::string& client_id) const {
  const auto known = kept_.find(client_id);
  return known != kept_.end() && clock_.steady_now() < known->second.until;
}

std::optional<ClientDocuments::Kept> ClientDocuments::said_last(
    const std::string& client_id) const {
  const auto known = kept_.find(client_id);
  const bool holds = known != kept_.end() && known->second.app &&
                     clock_.steady_now() < known->second.read_at + longest_trust;
  if (!holds) return std::nullopt;
  return known->second;
}

Task<ClientApp> ClientDocuments::fetch(std::string client_id, std::string network) {
  if (knows(client_id)) {
    const auto known = kept_.find(client_id);
    if (known->second.app) co_return *known->second.app;
    throw bad_document(known->second.trouble);
  }
  const auto own = under_way_of_.find(network);
  const bool has_its_share =
      own != under_way_of_.end() && own->second >= most_documents_of_a_network;
  if (under_way_ >= most_under_way || has_its_share) {
    throw Error{Errc::rate_limited, "Too many programs are being looked up at the same time.",
                "Try again in a moment."};
  }
  const UnderWay counted{under_way_, under_way_of_, std::move(network)};
  auto app = co_await read(client_id);
  const bool was_silent = !app && app.error().code == Errc::unavailable;
  const auto before = was_silent ? said_last(client_id) : std::nullopt;
  make_place();
  Kept kept;
  const auto now = clock_.steady_now();
  kept.until = now + (app ? std::chrono::seconds{good_for} : std::chrono::seconds{bad_for});
  if (app) {
    kept.app = std::move(app).value();
    kept.read_at = now;
  } else if (before) {
    kept.app = before->app;
    kept.read_at = before->read_at;
  } else {
    kept.trouble = app.error().message;
  }
  const auto [place, is_new] = kept_.insert_or_assign(std::move(client_id), std::move(kept));
  if (!place->second.app) throw bad_document(place->second.trouble);
  co_return *place->second.app;
}

}  // namespace gmail_mcp::accounts
