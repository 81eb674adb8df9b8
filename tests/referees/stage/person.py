"""The person who connects her Gmail: opens pages, presses buttons, agrees."""

import urllib.parse

from . import web


def connect(server, user, email, **flow):
    """Begins as the application, goes all the way as the person, and returns the connection's id."""
    start = server.ask("gmail_get_auth_url", user_id=user, **flow)
    browser = web.Browser()
    browser.open(start["connect_url"])
    browser.press("Continue")
    page = consent_in(browser, email)
    assert page.status == 200 and email in page.text, page
    listed = server.ask("gmail_list_connections", user_id=user)["connections"]
    return next(c["id"] for c in listed if c["gmail_address"] == email)


def add_account(server, google, user, email):
    """Connects with an App Password, as the application does for a person who gave it one."""
    return server.ask("add_gmail_account", user_id=user, email=email,
                      app_password=google.app_password(email))["account_id"]


def consent(auth_url, email):
    """Agrees on Google's page, but does not go where Google sends her: the code and the state."""
    browser = web.Browser(stays_before="/oauth/callback")
    browser.open(auth_url)
    page = consent_in(browser, email)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(page.headers.get("Location") or "").query)
    assert "code" in query, f"no consent: {page}"
    return query["code"][0], query["state"][0]


def consent_in(browser, email):
    """On a consent page: one form to choose from, or one for each account."""
    forms = browser.forms()
    assert forms, browser.page
    form = next((f for f in forms if ("email", email) in f.values), forms[0])
    return browser.submit(form, "Allow", email=email)
