"""When Gmail refuses a login, the person gets a sentence they can act on: over REST and on the page
where they type their App Password."""

import uuid

from stage import mail_doors as gmail
from stage import web
from stage.claims import claim, end, holds, same
from stage.programs import Sandbox, Server, run

GOOD, WRONG = "abcdefghijklmnop", "zyxwvutsrqponmlk"
PEOPLE = [f"{name}@gmail.com" for name in ("ann", "ben", "cora", "dan", "eve", "finn", "gus", "hal")]
doors = gmail.MailDoors({person: GOOD for person in PEOPLE})
google = Sandbox()
server = Server(doors.settings())


def add(email, password=GOOD):
    return server.request("POST", "/accounts", {"user_id": "u", "email": email, "app_password": password})


for what, email, words, password, status, code, said in (
        ("a wrong password", "ann@gmail.com", None, WRONG, 400, "invalid_argument", "apppasswords"),
        ("an ordinary password", "ben@gmail.com", gmail.ORDINARY, "Summer2026!", 400,
         "invalid_argument", "2-Step Verification"),
        ("an account challenge", "cora@gmail.com", gmail.CHALLENGE, GOOD, 400, "invalid_argument",
         "browser"),
        ("IMAP switched off", "dan@gmail.com", gmail.IMAP_OFF, GOOD, 400, "invalid_argument",
         "Forwarding and POP/IMAP"),
        ("too many connections", "eve@gmail.com", gmail.CONNECTIONS, GOOD, 429, "rate_limited",
         "connections"),
        ("bandwidth used up", "finn@gmail.com", gmail.BANDWIDTH, GOOD, 429, "rate_limited", "Wait"),
        ("too many logins at SMTP", "gus@gmail.com", gmail.TOO_MANY_LOGINS, GOOD, 429,
         "rate_limited", "minutes"),
        ("SMTP alone refuses the password", "hal@gmail.com", (None, gmail.WRONG[1]), GOOD, 400,
         "invalid_argument", "apppasswords")):
    with claim(f"{what}: {status} {code}, with what to do; nothing is saved"):
        doors.refusals[email] = words or (None, None)
        answer = add(email, password)
        same((answer.status, answer.json()["code"]), (status, code), answer)
        holds(answer.json()["error"] + " " + answer.json()["hint"], said)
        assert password not in answer.text, answer
        same(server.request("GET", "/accounts").json()["accounts"], [])
doors.refusals.clear()


def begin(email="ann@gmail.com", **more):
    return server.request("POST", "/accounts", {"user_id": "u", "email": email, **more}).json()["connect_url"]


with claim("the page: steps, one field, the address fixed, nothing kept by the browser"):
    page = web.request("GET", begin(display_name="Ann <b>"))
    same(page.status, 200)
    holds(page.text, "2-Step Verification", "https://myaccount.google.com/apppasswords", "ann@gmail.com",
          'type="password"', 'autocomplete="off"', "Ann &lt;b&gt;")
    assert 'name="email"' not in page.text, page
with claim("a mistyped password can be typed again, and is not shown"):
    browser = web.Browser()
    browser.open(begin())
    page = browser.press("Connect", app_password=WRONG)
    same(page.status, 400)
    holds(page.text, "refused", 'role="alert"', "apppasswords")
    assert WRONG not in page.text
    page = browser.press("Connect", app_password="abcd efgh ijkl mnop", display_name="Ann")
    same(page.status, 200)
    holds(page.text, "Gmail is connected", "ann@gmail.com")
    same([(a["email"], a["display_name"]) for a in server.request("GET", "/accounts").json()["accounts"]],
         [("ann@gmail.com", "Ann")])
with claim("the link works once"):
    link = begin("ben@gmail.com")
    browser = web.Browser()
    browser.open(link)
    browser.press("Connect", app_password=GOOD)
    same(web.request("GET", link).status, 404)
with claim("a form of another site, without the cookie, is refused and tries nothing"):
    state = begin("cora@gmail.com").split("state=")[1]
    before = len(doors.tried)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for token in ("", "guess"):
        body = f"state={state}&token={token}&app_password={GOOD}"
        same(web.request("POST", server.url + "/oauth/password", body, form).status, 403)
    same(len(doors.tried), before)
with claim("six wrong ones end the patience of a flow: 429 with Retry-After, in words"):
    browser = web.Browser()
    browser.open(begin("dan@gmail.com"))
    answers = [browser.press("Connect", app_password=WRONG).status for _ in range(7)]
    same(answers, [400] * 6 + [429])
    holds(browser.page.text, "again in", "minutes")
    assert browser.page.headers.get("Retry-After"), browser.page.headers
with claim("an unknown state, GET or POST, is a page that says what to do"):
    same(web.request("GET", server.url + "/oauth/password?state=" + "A" * 43).status, 404)
with claim("through a proxy in the clear the form is not shown"):
    page = web.request("GET", begin("eve@gmail.com"), headers={"X-Forwarded-Proto": "http"})
    same(page.status, 403)
    assert "app_password" not in page.text, page
with claim("the command line takes the password from stdin, never as an argument"):
    settings = {**server.settings}
    done = run("accounts", "add", "finn@gmail.com", "--user-id", "cli", settings=settings, stdin=GOOD + "\n")
    same(done.returncode, 0, done.stderr)
    holds(done.stdout, "finn@gmail.com")
    assert GOOD not in done.stdout + done.stderr
    listed = run("accounts", "list", settings=settings)
    holds(listed.stdout, "finn@gmail.com", "app_password")
    account = done.stdout.split()[-1]
    same(run("accounts", "remove", account, settings=settings).returncode, 0)
    same(run("accounts", "remove", str(uuid.uuid4()), settings=settings).returncode, 1)
    same(run("accounts", "add", "hal@gmail.com", settings=settings, stdin="").returncode, 1)
server.stop()

both = Server({**google.settings(), **doors.settings()})
with claim("with a Google client the page offers both ways, and either connects the same user"):
    start = both.ask("gmail_get_auth_url", user_id="u")
    page = web.request("GET", start["connect_url"])
    holds(page.text, "Continue with Google", "/oauth/password?state=")
    other = web.Browser()
    other.open(both.url + "/oauth/password?state=" + start["state"])
    holds(other.page.text, 'name="email"', "Connect with Google instead")
    page = other.press("Connect", email="gus@gmail.com", app_password=GOOD)
    holds(page.text, "Gmail is connected", "gus@gmail.com")
both.stop()
with claim("no password, state or address is in the log"):
    for log in (server.output(), both.output()):
        for word in (GOOD, WRONG, "Summer2026", "state=", "@gmail.com"):
            assert word not in log, word
end()
