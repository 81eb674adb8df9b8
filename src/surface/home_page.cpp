#include "surface/home_page.h"

#include "surface/page.h"

namespace gmail_mcp::surface {

Task<void> HomePage::show(http::Exchange& exchange) const {
  Page page;
  page.title = "This server is for programs";
  page.paragraphs = {
      "Programs and AI agents work with Gmail through it. There is nothing to do here in a "
      "browser."};
  page.main_fact = {"Address for MCP clients", options_.public_url + "/mcp"};
  page.paragraphs.emplace_back(
      people_sign_in_ ? "Give your MCP client this address. It then brings you to a page on which "
                        "you sign in with Google and decide what it may do."
                      : "Your application gives you a link when there is something for you to "
                        "decide, such as which mailbox to connect.");
  page.footnote =
      "For developers: GET /tools lists what there is, GET /openapi.json describes it, GET /health "
      "says whether it works.";
  co_await exchange.respond(render(page));
}

}  // namespace gmail_mcp::surface
