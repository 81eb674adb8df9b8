#include "accounts/connect_tally.h"

namespace gmail_mcp::accounts {

ConnectTally::ConnectTally(Meter& meter)
    : meter_{meter},
      links_{meter.counter("gmail_mcp_connect_links_total",
                           "Links to connect a mailbox that were issued.", {})} {
  for (const auto outcome : {"ok", "refused_by_person", "refused_by_administrator",
                             "refused_by_google", "unknown_state", "other_browser"}) {
    oauth(outcome);
  }
  for (const auto outcome : {"ok", "unauthenticated"}) app_password(outcome);
}

void ConnectTally::link_issued() { links_.add(); }

void ConnectTally::oauth_ended(std::string_view outcome) { oauth(outcome).add(); }

void ConnectTally::app_password_tried(std::string_view outcome) { app_password(outcome).add(); }

Counter& ConnectTally::oauth(std::string_view outcome) {
  return meter_.counter("gmail_mcp_oauth_total",
                        "Ends of connecting with Google: ok, or why it failed.",
                        {{"outcome", std::string{outcome}}});
}

Counter& ConnectTally::app_password(std::string_view outcome) {
  return meter_.counter("gmail_mcp_app_passwords_total",
                        "App Passwords tried: ok, or why the servers did not accept it.",
                        {{"outcome", std::string{outcome}}});
}

}  // namespace gmail_mcp::accounts
