"""examples/, run as their readers run them, in Python and in TypeScript: who connects on the consent
page is served, her mailboxes are shown together, and nobody sees another's mail."""

import json
import re
import shutil
import subprocess
import sys

from stage import web
from stage.claims import claim, end, holds, same
from stage.person import connect, consent_in
from stage.programs import (NODE_PROGRAMS, REFEREES, REPOSITORY, Program, Sandbox, Server, directory,
                            environment, free_port, until)

ALEX, PRIYA, TOM = "alex.morgan@gmail.example", "priya.nair@gmail.example", "tom.becker@gmail.example"
TOKEN = "the-token"

# What `npm install` in examples/typescript brings is what is installed for the referees.
shutil.copytree(REPOSITORY / "examples/typescript", directory / "typescript",
                ignore=shutil.ignore_patterns("node_modules"))
(directory / "typescript/node_modules").symlink_to(REFEREES / "node_modules")
with claim("TypeScript: the official client that the examples ask for is the one judged here"):
    wanted = json.loads((REPOSITORY / "examples/typescript/package.json").read_text())["dependencies"]
    installed = json.loads((REFEREES / "package.json").read_text())["dependencies"]
    same(wanted, {name: installed[name] for name in wanted})


class Examples:
    """The programs of one language, as the user of an application in front of `server`."""

    def __init__(self, language, server):
        self.command, self.folder, self.ending = {
            "Python": (sys.executable, REPOSITORY / "examples/python", "py"),
            "TypeScript": (NODE_PROGRAMS / "node", directory / "typescript", "ts")}[language]
        self.settings = {"GMAIL_MCP_URL": server.url, "GMAIL_MCP_TOKEN": TOKEN,
                         "PYTHONDONTWRITEBYTECODE": "1"}

    def _line(self, name, arguments):
        return [self.command, self.folder / f"{name}.{self.ending}", *arguments]

    def ended(self, name, *arguments, **settings):
        return subprocess.run(self._line(name, arguments), capture_output=True, text=True, timeout=300,
                              env=environment(**{**self.settings, **settings}), check=False,
                              stdin=subprocess.DEVNULL)

    def run(self, name, *arguments):
        """What it prints."""
        ended = self.ended(name, *arguments)
        same(ended.returncode, 0, f"status, after {ended.stderr}")
        return ended.stdout

    def start(self, name, *arguments):
        return Program(name, self._line(name, arguments), self.settings)


def follow(text, email):
    """The person opens the link that an example shows her, and agrees."""
    browser = web.Browser()
    browser.open(re.search(r"http://\S+/oauth/start\S*", text).group())
    browser.press("Continue")
    page = consent_in(browser, email)
    assert page.status == 200 and email in page.text, page


def judge_assistant(how, examples, google):
    with claim(f"{how}: assistant: who has not connected gets a link; after the consent page it answers"):
        before = examples.run("assistant", "bob", "What did I get today?")
        holds(before, "First connect your Gmail: ")
        follow(before, TOM)
        holds(examples.run("assistant", "bob", "What did I get today?"), "messages:")
    google.deliver(ALEX, "Lunch at noon?", **{"from": "Ann <ann@shop.example>"})
    google.deliver(ALEX, "Lunch a year ago", date="2020-01-02T03:04:05Z")
    google.deliver(TOM, "For Tom alone")
    with claim(f"{how}: assistant: what came today is in the answer, what is older is not"):
        said = examples.run("assistant", "alice", "What did I get today?")
        holds(said, "- Ann: Lunch at noon?\n")
        assert "a year ago" not in said, said
    with claim(f"{how}: assistant: each user's holds mail of his own mailbox only"):
        alice, bob = (examples.run("assistant", user, "Anything unread?") for user in ("alice", "bob"))
        same([("Lunch a year ago" in said, "For Tom alone" in said) for said in (alice, bob)],
             [(True, False), (False, True)])


def judge_automation(how, examples, google, server):
    def order(subject, sender=TOM, to=ALEX):
        google.deliver(to, subject, **{"from": sender})

    def marked(connection, subject):
        return server.ask("gmail_search", connection_id=connection,
                          query=f"subject:({subject}) is:starred -is:unread")["messages"]

    alex = next(one["id"] for one in server.ask("gmail_list_connections", user_id="alice")["connections"]
                if one["gmail_address"] == ALEX)
    google.reset_counters()
    order("Order 1 of a robot", "no-reply@shop.example")
    order("Order 2 of herself", PRIYA)
    running = examples.start("automation", "alice", "0.2")
    with claim(f"{how}: automation: new mail is answered, its sender has the answer, and it is marked"):
        order("Order 4711")
        assert until(lambda: marked(alex, "Order 4711")), running.output()
        same(google.inbox_subjects(TOM).count("Re: Order 4711"), 1)
        holds(running.output(), f"answered {TOM}: Order 4711\n")
    with claim(f"{how}: automation: killed before the mark it answers no second time"):
        running.kill()
        server.ask("gmail_modify_labels", connection_id=alex, add_labels=["UNREAD"],
                   message_id=marked(alex, "Order 4711")[0]["id"])
        same(marked(alex, "Order 4711"), [])
        running = examples.start("automation", "alice", "0.2")
        assert until(lambda: marked(alex, "Order 4711")), running.output()
        same(google.inbox_subjects(TOM).count("Re: Order 4711"), 1)
    with claim(f"{how}: automation: a letter that cannot be answered keeps no other waiting"):
        running.kill()
        order("Order 4709")
        order("Order 4710")  # newer, and so looked at first; its key has gone to another message
        spoiled = server.ask("gmail_search", connection_id=alex, query='subject:"Order 4710"')["messages"]
        server.ask("gmail_send", connection_id=alex, to=[PRIYA], subject="Other", body="b",
                   idempotency_key=f"thanks/{spoiled[0]['id']}")
        running = examples.start("automation", "alice", "0.2")
        assert until(lambda: marked(alex, "Order 4709")), running.output()
        holds(running.output(), "not answered: Order 4710: This idempotency_key was used")
    with claim(f"{how}: automation: robots and the user's own mailboxes get no answer"):
        order("Order 4712")  # once it is answered, the letters before it have been looked at
        assert until(lambda: marked(alex, "Order 4712")), running.output()
        same(google.counters()["sends"], 4, running.output())
        same(google.inbox_subjects(PRIYA).count("Re: Order 2 of herself"), 0)
    with claim(f"{how}: automation: a mailbox taken away is told with its link, the other is served"):
        google.faults(revoke=[PRIYA])
        assert until(lambda: f"{PRIYA}: Token refresh failed" in running.output()), running.output()
        order("Order 4713")
        assert until(lambda: marked(alex, "Order 4713")), running.output()
        same(google.inbox_subjects(TOM).count("Re: Order 4713"), 1)
        follow(running.output(), PRIYA)
        order("Order 4714", to=PRIYA)
        assert until(lambda: "Re: Order 4714" in google.inbox_subjects(TOM)), running.output()
    running.kill()


def judge_dashboard(how, examples, google, server):
    google.deliver(ALEX, "To Alex's first")
    google.deliver(PRIYA, "To her second")
    with claim(f"{how}: dashboard: all mailboxes of a user in one list, newest first, and nobody else's"):
        lines = examples.run("dashboard", "alice").splitlines()
        for address, subject in ((ALEX, "To Alex's first"), (PRIYA, "To her second")):
            assert any(address in line and line.endswith(subject) for line in lines), lines
        dates = [line[:16] for line in lines]
        same(dates, sorted(dates, reverse=True))
        assert not any(TOM + "  " in line for line in lines), lines
    with claim(f"{how}: dashboard: a mailbox taken away is told with its link and hides no other"):
        google.faults(revoke=[PRIYA])
        said = examples.run("dashboard", "alice")
        holds(said, f"{PRIYA}: ", "To Alex's first")
        assert "To her second" not in said, said
    with claim(f"{how}: dashboard: who follows that link has it back"):
        follow(said, PRIYA)
        holds(examples.run("dashboard", "alice"), "To Alex's first", "To her second")
    with claim(f"{how}: dashboard: a disconnected mailbox is not shown any more"):
        mailboxes = server.ask("gmail_list_connections", user_id="alice")["connections"]
        gone = next(one["id"] for one in mailboxes if one["gmail_address"] == PRIYA)
        server.ask("gmail_disconnect", connection_id=gone)
        said = examples.run("dashboard", "alice")
        holds(said, f"  {ALEX}  ")
        assert f"{PRIYA}: Token" not in said and f"  {PRIYA}  " not in said, said
    with claim(f"{how}: dashboard: connect shows a link, and the mailbox of who follows it joins the list"):
        follow(examples.run("dashboard", "carol", "connect"), TOM)
        holds(examples.run("dashboard", "carol"), f"  {TOM}  ")


for how in ("Python", "TypeScript"):
    google = Sandbox()
    server = Server({**google.settings(), "GMAIL_MCP_SERVER_AUTH_TOKEN": TOKEN})
    server.headers = {"Authorization": f"Bearer {TOKEN}"}
    for address in (PRIYA, ALEX):
        connect(server, "alice", address)
    examples = Examples(how, server)
    judge_assistant(how, examples, google)
    judge_automation(how, examples, google, server)
    judge_dashboard(how, examples, google, server)
    for wrong, settings in (("a wrong token", {"GMAIL_MCP_TOKEN": "wrong"}),
                            ("nobody listening", {"GMAIL_MCP_URL": f"http://127.0.0.1:{free_port()}"})):
        with claim(f"{how}: with {wrong} each says so in one line, with status 1"):
            for arguments in (("assistant", "alice", "Hello"), ("automation", "alice"),
                              ("dashboard", "alice")):
                ended = examples.ended(*arguments, **settings)
                same((ended.returncode, ended.stdout), (1, ""), arguments)
                same(len(ended.stderr.splitlines()), 1, ended.stderr)
    with claim(f"{how}: the server saw no error of its own"):
        assert '"level":"ERROR"' not in server.output(), server.output()[-2000:]
    server.stop()
    google.kill()
end()
